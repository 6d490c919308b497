import type { FailureCode } from "../errors.ts";

/** Where an allowed request goes, in exactly the bytes that were matched and are sent. */
export interface Target {
  /** The host in lower-case A-label form; also the TLS server name. */
  readonly hostname: string;
  /** 443 unless the entry names another. */
  readonly port: number;
  /** The Host field: the host, and the port where it is not 443. */
  readonly authority: string;
  /** `https://` and the authority: what connections are kept by. */
  readonly origin: string;
  /** The request target: path and query as they are sent. */
  readonly requestTarget: string;
  /** The path alone, for logs: a query may hold what a log must not. */
  readonly path: string;
}

/** What the allowlist rules about one URL. */
export interface Decision {
  readonly allowed: boolean;
  /** Whether an entry matches. In mode `report` a URL may leave that none matches, and then without credentials of the host's. */
  readonly matched: boolean;
  /** The URL as it is matched and sent, without its fragment; undefined where it was refused before that form was reached. */
  readonly canonical: string | undefined;
  /** The entry that matched, or the one that came nearest: as the list spells it, with an A-label host. */
  readonly entry: string | undefined;
  /** The path of the entry that matched. Undefined where none did. */
  readonly template: string | undefined;
  /** Why it may not leave, for people, or may only because of the mode. Undefined where an entry matches. Never holds userinfo or a query. */
  readonly reason: string | undefined;
  /** What would change that: the exact entry to add, or the URL's corrected spelling up to its query. */
  readonly suggestion: string | undefined;
  /** `invalid-url` or `not-allowed`. Undefined where it may leave. */
  readonly code: Extract<FailureCode, "invalid-url" | "not-allowed"> | undefined;
  /** Defined exactly where it may leave. */
  readonly target: Target | undefined;
}

/** What the entry linter rules about one line of `permissions.http`. */
export interface EntryVerdict {
  readonly valid: boolean;
  /** The entry as it is matched, with an A-label host. Undefined where it was refused. */
  readonly canonical: string | undefined;
  /** Why it was refused, or a hint about a valid one (an entry without a path). */
  readonly reason: string | undefined;
  /** The corrected line, itself a valid entry; for a hint, the line it speaks of. */
  readonly suggestion: string | undefined;
}

/** Why a spelling was refused, and the corrected one where there is one. */
export interface Refusal {
  readonly reason: string;
  readonly suggestion: string | undefined;
}
