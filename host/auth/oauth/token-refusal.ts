import {
  AuthorizationResponseError,
  OperationProcessingError,
  ResponseBodyError,
  UnsupportedOperationError,
} from "oauth4webapi";
import { HttpFailure } from "../../errors.ts";
import { Scrubber } from "../seal/scrub.ts";
import type { TokenRefusal } from "./token-endpoint.ts";

/** Carries a refusal through oauth4webapi, which hands on what its fetch throws. */
export class Refused extends Error {
  readonly refusal: TokenRefusal;

  constructor(refusal: TokenRefusal) {
    super(refusal.message);
    this.refusal = refusal;
  }
}

/** An error code that a message may show: RFC 6749, section 5.2, names are words, those of extensions may be URLs. */
const CODE = /^[\w.:/-]{1,64}$/;
const PRINTABLE = /^[\x20-\x7e]{1,200}$/;
// oxlint-disable-next-line no-control-regex
const LATIN_1 = /^[\x00-\xff]*$/;
/** Members of an answer that are secrets of their own, even in one that is an error. */
const SECRET_MEMBERS = ["access_token", "refresh_token", "id_token"] as const;

/** RFC 6749, sections 4.1.2.1 and 5.2, after "the authorization server". */
const MEANINGS: ReadonlyMap<string, string> = new Map([
  ["access_denied", "was told no: the person did not agree"],
  ["invalid_client", "does not accept the client's id, secret or way to authenticate"],
  ["invalid_grant", "does not accept the grant: it was used, revoked or has run out"],
  ["invalid_request", "finds a fault in the request"],
  ["invalid_scope", "does not give these scopes"],
  ["unauthorized_client", "does not let this client use this grant"],
  ["unsupported_grant_type", "does not offer this grant"],
]);

/** Codes that say that a later try may succeed (RFC 6749, section 4.1.2.1). */
const PASSING: ReadonlySet<string> = new Set(["server_error", "temporarily_unavailable"]);

/** A refusal that a later try may not meet. `why` is a clause, as all messages of refusals are. */
export function unavailable(why: string, detail: string, retryAfter?: number): TokenRefusal {
  return { kind: "unavailable", message: why, detail, retryAfter };
}

/** A refusal that stays until somebody changes something. */
export function misconfigured(why: string, detail?: string): TokenRefusal {
  return { kind: "misconfigured", message: why, detail, retryAfter: undefined };
}

/**
 * What an error of the door or of oauth4webapi means. Errors of the latter hold whole answers as their causes: nothing
 * is kept of them but a name that shows none of the secrets.
 *
 * @param secrets - What was sent, and may come back in an error's description.
 */
export function refusalOf(error: unknown, secrets: readonly string[]): TokenRefusal {
  if (error instanceof Refused) return error.refusal;
  if (error instanceof HttpFailure) return failed(error);
  if (error instanceof ResponseBodyError) {
    const own = SECRET_MEMBERS.map((name) => error.cause[name]).filter((value) => typeof value === "string");
    return oauthRefusal(error.error, error.error_description, [...secrets, ...own]);
  }
  if (error instanceof AuthorizationResponseError) {
    const refusal = oauthRefusal(error.error, error.error_description, secrets);
    return error.error === "access_denied" ? { ...refusal, kind: "invalid-grant" } : refusal;
  }
  if (error instanceof UnsupportedOperationError) {
    return misconfigured("the authorization server gave a token of another type than Bearer", error.code);
  }
  if (error instanceof OperationProcessingError && mayShow(error.message, secrets)) {
    const { status = 200 } = error.cause instanceof Response ? error.cause : {};
    if (status !== 200) return misconfigured(`the authorization server answered ${status}`, String(status));
    return misconfigured(`what the authorization server said cannot be used: ${error.message}`, error.code);
  }
  return misconfigured("what the authorization server said, or what it was to be asked, cannot be used");
}

function failed({ code, phase, message }: HttpFailure): TokenRefusal {
  const why = message.replace(/\.$/, "");
  return phase === "policy" ? misconfigured(why, code) : unavailable(why, code);
}

function oauthRefusal(error: string, description: unknown, secrets: readonly string[]): TokenRefusal {
  const code = CODE.test(error) && mayShow(error, secrets) ? error : undefined;
  const meaning = MEANINGS.get(error) ?? "refuses";
  const shown = code === undefined ? "" : ` (${code})`;
  const said = typeof description === "string" && mayShow(description, secrets) ? `: ${description}` : "";
  const kind = error === "invalid_grant" ? "invalid-grant" : PASSING.has(error) ? "unavailable" : "misconfigured";
  return {
    kind,
    message: `the authorization server ${meaning}${shown}${said}`,
    detail: code,
    retryAfter: undefined,
  };
}

/** Whether a text of the server is printable, short and free of secrets, in whatever form it would send them back. */
function mayShow(text: string, secrets: readonly string[]): boolean {
  if (!PRINTABLE.test(text)) return false;
  // A scrubber reads a code unit as a byte.
  const values = secrets.map((secret) => (LATIN_1.test(secret) ? secret : Buffer.from(secret).toString("latin1")));
  return Scrubber.ofValues(values.filter((value) => value !== "")).text(text) === text;
}
