import type { TelemetryOptions } from "../observe/telemetry.ts";
import type { Mode } from "../policy/allowlist.ts";
import type { Limits } from "../transport/limits.ts";

/** What the operator decides: what hooks may reach and what they get. Operator code is trusted. */
export interface BackfillConfig {
  readonly permissions?: {
    /** What may leave: `https://` URLs with an explicit host and a path that may hold wildcards. Default: nothing. */
    readonly http?: readonly string[];
    /**
     * `report` lets calls leave that only want an entry, and records them as `reported`, to learn what the list has to
     * hold. No sealed secret and no OAuth token goes with them. Default `enforce`.
     */
    readonly mode?: Mode;
    /** Has to be true for `report` where NODE_ENV is `production`. Default false. */
    readonly reportInProduction?: boolean;
  };
  /** Hosts whose names or addresses are not public, and that entries may name all the same. Default: none. */
  readonly internalHosts?: readonly string[];
  /**
   * Name servers to ask, as `address` or `address:port`. Default: the operating system's look-up, which holds one of
   * libuv's few threads for as long as it takes; a platform of many hooks names its servers here.
   */
  readonly dnsServers?: readonly string[];
  /** What `Secrets.get` gives, by name. An undefined value counts as not declared, and is reported. */
  readonly secrets?: Readonly<Record<string, SecretDeclaration>>;
  /** Where the tokens of connectors are kept. Without it no connector has an OAuth connection. */
  readonly tokens?: TokensOptions;
  /** Caps on calls and events. */
  readonly limits?: Partial<Limits>;
  /** What OpenTelemetry is told. Default: nothing. */
  readonly telemetry?: TelemetryOptions;
  /** For development and tests only. */
  readonly development?: DevelopmentOptions;
}

/** A secret: its value, or where that comes from and where it may go. */
export type SecretDeclaration = string | undefined | SecretOptions;

/** Where a secret comes from, and where it may go. */
export type SecretOptions = SecretSource & {
  /**
   * Seals the secret: the hook is given an opaque text, and the host puts the value in its place in `auth`, header
   * values, the query and bodies of JSON or of a form, toward these entries alone. At least 16 bytes of value.
   */
  readonly for?: readonly string[];
  /** Whether a sealed value is taken out of what servers send back. Default true. */
  readonly scrub?: boolean;
};

/** The value itself or a function that gives it, the name of an environment variable, or the path of a file. */
export type SecretSource =
  | { readonly value: string | undefined | (() => string | undefined | Promise<string | undefined>) }
  | { readonly env: string }
  | { readonly file: string };

/** The file that connectors' tokens are kept in, encrypted, and the keys to it. */
export interface TokensOptions {
  /** Its path from the current folder. It is made at the first use; processes of one machine may share it. */
  readonly file: string;
  /** 32 bytes in base64 or hex, as `openssl rand -base64 32` makes them. */
  readonly key: SecretSource;
  /** Keys that decrypt beside it, while one key takes the place of another. Default: none. */
  readonly previousKeys?: readonly SecretSource[];
}

/** What stands in for DNS and for the public certificate authorities while developing. */
export interface DevelopmentOptions {
  /** As curl's `--resolve`, with an optional port to dial: `host:port:address[:port]`, IPv6 in brackets. */
  readonly resolve?: readonly string[];
  /** A certificate authority to trust beside the public ones, in PEM. */
  readonly ca?: string;
}

/** Types a `backfill.config.ts`: `export default defineConfig({ … })`. Returns it as it is. */
export function defineConfig(config: BackfillConfig): BackfillConfig {
  return config;
}
