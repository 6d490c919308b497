import { BASIC, BEARER, OAUTH, OutboundAuthorization } from "./abi/outbound";
import { Body } from "./body";
import { CallOptions } from "./call";
import { BYTES, TEXT } from "./content";
import { Json } from "./json";

/** A number that was not given: a NaN that no calculation yields. */
const ABSENT: f64 = reinterpret<f64>(0x7ff8_0000_6e6f_6e65);

function isAbsent(value: f64): bool {
  return reinterpret<u64>(value) == reinterpret<u64>(ABSENT);
}

/** A user name and password (RFC 7617). */
export class BasicAuth {
  /** Must not hold a colon. */
  user: string = "";
  pass: string = "";
}

/** What is asked of the connector's OAuth token. `{}` is what TypeScript spells `true`. */
export class OAuth {
  /** Seconds the token must stay valid; one that does not is refreshed first. */
  minTtlSeconds: f64 = ABSENT;
}

/** How the host writes the Authorization field. Exactly one of the three. */
export class Auth {
  /** `Authorization: Bearer …` */
  bearer: string | null = null;
  /** `Authorization: Basic …` */
  basic: BasicAuth | null = null;
  /** The connector's own token, which the hook never sees. */
  oauth: OAuth | null = null;
}

/** The options of a call. All may be left out. */
export class RequestOpts {
  /** Name and value of each field: `[["X-Idempotency-Key", key]]`. */
  headers: string[][] | null = null;
  /** The body, where it is not an argument of the call. */
  body: Body | null = null;
  auth: Auth | null = null;
  /** Milliseconds. Without it, the platform's default. 0, negative and NaN are invalid-request. */
  timeout: f64 = ABSENT;
  /** `"auto"`, `"text"` (never parsed) or `"bytes"` (`body` stays empty, see `HttpResponse.bytes`). */
  responseType: string = "auto";
}

/** None. They are known by their identity, and cost nothing. */
export const NO_OPTIONS: RequestOpts = new RequestOpts();
const NOTHING_ASKED: CallOptions = new CallOptions();

/** Gives options the form that every language shares, which also tells what is wrong with them. */
export function checkOptions(options: RequestOpts): CallOptions {
  if (options == NO_OPTIONS) return NOTHING_ASKED;
  const call = new CallOptions();
  call.body = options.body;
  call.problem = checkHeaders(options.headers, call);
  if (call.problem == null) call.problem = checkTimeout(options.timeout, call);
  if (call.problem == null) call.problem = checkAuth(options.auth, call);
  if (call.problem == null) call.problem = checkResponseType(options.responseType, call);
  return call;
}

function checkHeaders(pairs: string[][] | null, call: CallOptions): string | null {
  if (pairs == null) return null;
  const flat = new StaticArray<string>(pairs.length << 1);
  for (let i = 0, n = pairs.length; i < n; ++i) {
    if (pairs[i].length != 2) return 'headers: each one is a pair of name and value: [["X-Name", "value"]]';
    flat[i << 1] = pairs[i][0];
    flat[(i << 1) + 1] = pairs[i][1];
  }
  call.headers = flat;
  return null;
}

function checkTimeout(timeout: f64, call: CallOptions): string | null {
  if (isAbsent(timeout)) return null;
  if (!(timeout > 0)) return "timeout is " + shown(timeout) + "; it is in milliseconds and must be at least 1";
  call.timeout = wholeUnits(timeout);
  return null;
}

function checkAuth(auth: Auth | null, call: CallOptions): string | null {
  if (auth == null) return null;
  const bearer = auth.bearer;
  const basic = auth.basic;
  const oauth = auth.oauth;
  const given = i32(bearer != null) + i32(basic != null) + i32(oauth != null);
  if (given > 1) return "auth holds more than one of bearer, basic and oauth; give one";
  if (given == 0) return "auth holds none of bearer, basic and oauth; is the secret declared under this name?";
  if (bearer != null) call.authorization = new OutboundAuthorization(BEARER, bearer, "", -1);
  if (basic != null) call.authorization = new OutboundAuthorization(BASIC, basic.user, basic.pass, -1);
  if (oauth != null) {
    const ttl = oauth.minTtlSeconds;
    if (!isAbsent(ttl) && !(ttl >= 0)) return "auth.oauth.minTtlSeconds is " + shown(ttl) + "; it must be 0 or more";
    call.authorization = new OutboundAuthorization(OAUTH, "", "", isAbsent(ttl) ? -1 : wholeUnits(ttl));
  }
  return null;
}

function checkResponseType(name: string, call: CallOptions): string | null {
  if (name == "auto") return null;
  if (name == "text") call.responseType = TEXT;
  else if (name == "bytes") call.responseType = BYTES;
  else return 'responseType is "' + name + '"; it is "auto", "text" or "bytes"';
  return null;
}

/** A number as JavaScript prints it. The language's own way has large tables, which every hook would hold. */
function shown(value: f64): string {
  if (isNaN(value)) return "NaN";
  return isFinite(value) ? Json.from<f64>(value).stringify() : "-Infinity";
}

/** Rounds up to a whole number, at most the largest that crosses the boundary. */
function wholeUnits(value: f64): i64 {
  return value >= <f64>u32.MAX_VALUE ? <i64>u32.MAX_VALUE : <i64>Math.ceil(value);
}
