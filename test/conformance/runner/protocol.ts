// What runner and adapter say to each other: one JSON object a line. ../README.md is the specification.

export const PROTOCOL_VERSION = 1;

/** How a name is answered: with its addresses, or a fault. */
export type DnsAnswer = readonly string[] | "nxdomain" | "servfail" | "silent";

/** A secret that a case declares. */
export interface SecretConfig {
  readonly value: string;
  readonly for?: readonly string[];
}

/** The configuration of one case, as an adapter is given it. */
export interface HostConfig {
  readonly permissions: readonly string[];
  readonly internalHosts?: readonly string[];
  readonly secrets?: Readonly<Record<string, SecretConfig>>;
  readonly limits?: Readonly<Record<string, number>>;
  /** Milliseconds that the event may take. */
  readonly eventDeadline?: number;
  readonly oauth?: OAuthConfig;
  /** Of the authority that vouches for the servers of the case, in PEM. */
  readonly ca?: string;
  /** Every name that there is. */
  readonly dns?: Readonly<Record<string, DnsAnswer>>;
  /** A name server that answers as `dns` says, over UDP. */
  readonly dnsServer?: string;
  /** Where an address with its port is really reached: `"93.184.216.34:443": "127.0.0.1:40001"`. */
  readonly dial?: Readonly<Record<string, string>>;
}

/** The connection that `auth.oauth` draws on. */
export interface OAuthConfig {
  /** The entries that its tokens may go to. */
  readonly for: readonly string[];
  readonly tokenEndpoint: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** What the connection holds when the case begins; absent: there is no connection. */
  readonly connection?: {
    readonly accessToken: string;
    readonly refreshToken?: string;
    /** Seconds from now on that the access token lives. */
    readonly expiresIn: number;
  };
}

export type TrapKind = "error" | "cpu" | "memory" | "deadline" | "other";

export interface LogLine {
  readonly level: string;
  readonly message: string;
  readonly fields?: unknown;
}

/** Where a configuration is refused. */
export interface ConfigRefusal {
  readonly path: string;
  readonly message: string;
}

export interface Decision {
  readonly allowed: boolean;
  readonly code?: string;
  readonly canonical?: string;
}

export interface Hello {
  readonly type: "hello";
  readonly protocol: number;
  readonly host: string;
  readonly version: string;
  readonly profiles: readonly string[];
}

/** Exactly one of `result`, `trap` and `configError` is there. */
export interface Outcome {
  readonly type: "outcome";
  readonly id: string;
  /** JSON text that the guest returned. */
  readonly result?: string;
  readonly trap?: { readonly kind: TrapKind; readonly message: string };
  readonly configError?: ConfigRefusal;
  readonly logs?: readonly LogLine[];
  /** The names that were looked up, from an adapter that does not ask `dnsServer`. */
  readonly lookups?: readonly string[];
}

/** Exactly one of `decisions` and `configError` is there. */
export interface Checked {
  readonly type: "checked";
  readonly id: string;
  readonly decisions?: readonly Decision[];
  readonly configError?: ConfigRefusal;
}

/** What a runner writes. */
export type Request =
  | { readonly type: "hello"; readonly protocol: number }
  | {
      readonly type: "case";
      readonly id: string;
      readonly component: string;
      readonly config: HostConfig;
      readonly event: string;
    }
  | { readonly type: "check"; readonly id: string; readonly config: HostConfig; readonly urls: readonly string[] }
  | { readonly type: "bye" };

/** What an adapter writes. */
export type Answer = Hello | Outcome | Checked;
