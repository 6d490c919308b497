// What editors and tsc see of `@backfill/http/assembly`; asc reads assembly/index.ts. The two differ where the languages
// do: members of an option may be left out, and `value["name"]` is an operator in AssemblyScript.

/** Named secrets of the platform. */
export declare class Secrets {
  /** The secret of this name, or null where the configuration declares none. */
  static get(name: string): string | null;
}

/** The hook's log. `fields` is a JSON object: `Json.object().set("status", 503)`. */
export declare class Log {
  static debug(message: string, fields?: Json | null): void;
  static info(message: string, fields?: Json | null): void;
  static warn(message: string, fields?: Json | null): void;
  static error(message: string, fields?: Json | null): void;
}

/** Time. `Date.now` does not exist in a sandbox. */
export declare class Clock {
  /** Whole milliseconds since 1970-01-01T00:00:00Z. */
  static now(): i64;
  /** Waits. When the event's deadline comes first, the event ends there. */
  static sleep(milliseconds: u32): void;
}

/** Randomness that nobody can predict. */
export declare class Random {
  /** This many bytes, at most 65536. */
  static bytes(length: i32): Uint8Array;
  /** A random UUID (RFC 9562, version 4), as an idempotency key wants it. */
  static uuid(): string;
}

/**
 * Calls to services outside. Each must match an entry of `permissions.http`.
 *
 * Every method waits for the whole response. It is there twice: `get` ends the hook where there is no response
 * (AssemblyScript has no `catch`), `tryGet` returns the failure as a value. A 4xx or 5xx is a response.
 * Nothing is retried and no redirect is followed.
 *
 * A body may be a string (sent as is), a `Json` or anything `Json.from` takes (sent as JSON), a `Uint8Array`,
 * or a `Body`.
 */
export declare class Http {
  static get(url: string, opts?: RequestOpts): HttpResponse;
  static post<T = string | null>(url: string, body?: T, opts?: RequestOpts): HttpResponse;
  static put<T = string | null>(url: string, body?: T, opts?: RequestOpts): HttpResponse;
  static patch<T = string | null>(url: string, body?: T, opts?: RequestOpts): HttpResponse;
  static delete(url: string, opts?: RequestOpts): HttpResponse;
  static tryGet(url: string, opts?: RequestOpts): HttpResult;
  static tryPost<T = string | null>(url: string, body?: T, opts?: RequestOpts): HttpResult;
  static tryPut<T = string | null>(url: string, body?: T, opts?: RequestOpts): HttpResult;
  static tryPatch<T = string | null>(url: string, body?: T, opts?: RequestOpts): HttpResult;
  static tryDelete(url: string, opts?: RequestOpts): HttpResult;
}

/** The options of a call. All may be left out. */
export declare class RequestOpts {
  /** Name and value of each field: `[["X-Idempotency-Key", key]]`. */
  headers?: string[][] | null;
  /** The body, where it is not an argument of the call. */
  body?: Body | null;
  auth?: Auth | null;
  /** Milliseconds. Without it, the platform's default. 0, negative and NaN are invalid-request. */
  timeout?: f64;
  /** `"auto"`, `"text"` (never parsed) or `"bytes"` (`body` stays empty, see `HttpResponse.bytes`). */
  responseType?: string;
}

/** How the host writes the Authorization field. Exactly one of the three. */
export declare class Auth {
  /** `Authorization: Bearer …` */
  bearer?: string | null;
  /** `Authorization: Basic …` */
  basic?: BasicAuth | null;
  /** The connector's own token, which the hook never sees. */
  oauth?: OAuth | null;
}

/** A user name and password (RFC 7617). */
export declare class BasicAuth {
  /** Must not hold a colon. */
  user?: string;
  pass?: string;
}

/** What is asked of the connector's OAuth token. `{}` is what TypeScript spells `true`. */
export declare class OAuth {
  /** Seconds the token must stay valid; one that does not is refreshed first. */
  minTtlSeconds?: f64;
}

/** A request body, encoded. */
export declare class Body {
  private constructor();
  /** The body as it goes on the wire. */
  readonly encoded: StaticArray<u8>;
  /** Whether `Content-Type: application/json` belongs to it. */
  readonly isJson: bool;
  /** Sent as is, as UTF-8. Set Content-Type yourself. */
  static text(text: string): Body;
  /** Serialised, with `Content-Type: application/json` unless the caller sets one. */
  static json(value: Json): Body;
  /** JSON text as it stands, or null where it is not well-formed. */
  static jsonText(text: string): Body | null;
  /** Sent as is. */
  static raw(bytes: StaticArray<u8>): Body;
  /** Sent as is: exactly the bytes that this view shows. */
  static bytes(view: Uint8Array): Body;
  /** A string as text, bytes as they are, a `Body` as itself, null as no body, and everything else as JSON. */
  static from<T>(value: T): Body | null;
}

/** A response. Every status is one, also 4xx and 5xx. */
export declare class HttpResponse {
  private constructor();
  /** The status code. */
  readonly status: i32;
  /** True for a status of 200 to 299. */
  readonly ok: bool;
  /** One field a name. */
  readonly headers: Headers;
  /**
   * The parsed JSON where the response is well-formed JSON, else its text as a JSON string. Missing (not even
   * null) where the body is bytes: `responseType: "bytes"`, or a charset that is not UTF-8 or Latin-1.
   */
  get body(): Json;
  /** The body's text, also of JSON. */
  get text(): string;
  /** A copy of the body's bytes, decoded of their content coding. */
  get bytes(): Uint8Array;
  /** Every field in the order of arrival: name (lower case) and value. */
  get headerList(): string[][];
}

/** A response, or why there is none: exactly one of the two is there. */
export declare class HttpResult {
  constructor(response: HttpResponse | null, error: HttpError | null);
  readonly response: HttpResponse | null;
  readonly error: HttpError | null;
}

/** Why a call gave no response. */
export declare class HttpError {
  constructor(code: string, phase: string, message: string, detail: string | null, requestMayHaveBeenSent: bool);
  /** What to branch on: one of the codes of `types.failure-code` in the WIT package, as `"timeout"`. */
  readonly code: string;
  /** Where the call was: one of `types.phase`, as `"headers"`. */
  readonly phase: string;
  /** For people: what happened, and what to change. */
  readonly message: string;
  /** For logs, never to be branched on. */
  readonly detail: string | null;
  /** When false, no byte has left, and repeating the call cannot do anything twice. */
  readonly requestMayHaveBeenSent: bool;
  /** Code, phase and message in one line. */
  toString(): string;
  /** A failure found before the host was asked. */
  static invalid(message: string): HttpError;
}

/** The header fields of a response, by lower-case name. */
export type Headers = HeaderFields & { readonly [name: string]: string | null };

interface HeaderFields {
  /**
   * The field's value, or null where there is none. Any case of the name will do. Repeated fields are joined
   * with `, `, but set-cookie, of which this is the first: `HttpResponse.headerList` has all.
   */
  get(name: string): string | null;
  /** Whether there is such a field. */
  has(name: string): bool;
  /** The names, each once, in lower case. */
  keys(): string[];
}

/**
 * A JSON value, parsed or built. Reads like JSON and never ends the hook: what is absent, or asked of another
 * kind of value, is *missing*, and what is read from a missing value is missing too.
 *
 *     const name = body["customer"]["name"].asString();
 *     for (let i = 0; i < body["items"].length; ++i) total += body["items"].at(i)["price"].asNumber();
 *
 * Of two members with one name the last counts, as in JavaScript. Arrays and objects are references, as there:
 * a change is seen through every value that shows the same array or object.
 */
export type Json = JsonValue & JsonMembers;

interface JsonMembers {
  readonly [name: string]: Json;
}

export declare const Json: {
  /** Parses one JSON text (RFC 8259), or gives null where it is not well-formed or has more than 512 levels. */
  parse(text: string): Json | null;
  /** Parses UTF-8, as `parse` does. Malformed UTF-8 and a byte order mark are refused. */
  parseBytes(bytes: Uint8Array): Json | null;
  /** Parses the bytes from `start` up to `end` in place, as `parseBytes` does: nobody may change them afterwards. */
  parseUtf8(bytes: StaticArray<u8>, start: i32, end: i32): Json | null;
  /** What is not there. Written as null. */
  missing(): Json;
  /** An object without members. */
  object(): Json;
  /** An array without elements. */
  array(): Json;
  /**
   * The JSON of a bool, an integer, a float, a string, a `Json` (itself), null, or an `Array`, `StaticArray` or
   * `Map<string, …>` of these. A 64-bit integer keeps all its digits; NaN and the infinities are written as null.
   */
  from<T>(value: T): Json;
};

interface JsonValue {
  /** Whether there is no such value: an absent member or element. */
  get isMissing(): bool;
  /** Whether this is `null`. A missing value is not. */
  get isNull(): bool;
  get isBool(): bool;
  get isNumber(): bool;
  get isString(): bool;
  get isArray(): bool;
  get isObject(): bool;
  /** The text of a string, else null. */
  asString(): string | null;
  /** The number, rounded to the nearest f64 as JavaScript does, else NaN. */
  asNumber(): f64;
  /** The number where it is whole and in the range of i64, exactly (`1e3` and `2.0` are whole), else `fallback`. */
  asInteger(fallback?: i64): i64;
  /** The number as it is written, with all its digits, else null. */
  numberText(): string | null;
  /** Whether this is `true`. */
  asBool(): bool;
  /** How many elements an array has, how many differently named members an object; else 0. */
  get length(): i32;
  /** The member of this name. */
  get(name: string): Json;
  /** Whether there is a member of this name. */
  has(name: string): bool;
  /** The element at this index, from 0. */
  at(index: i32): Json;
  /** The names of an object's members, each once. */
  keys(): string[];
  /** Gives an object this member, new or in place of its namesake; anything else stays as it is. Returns itself. */
  set<T>(name: string, value: T): Json;
  /** Gives an array one more element; anything else stays as it is. Returns itself. */
  push<T>(value: T): Json;
  /** The text of a string, the JSON text of anything else. */
  toString(): string;
  /**
   * The JSON text, without white space. What was parsed keeps its spelling, numbers included. A missing value is
   * written as null; null also cuts off a value that holds itself, and arrays and objects below 512 levels.
   */
  stringify(): string;
  /** What `stringify` gives, as UTF-8. */
  toUtf8(): StaticArray<u8>;
}
