import type { Authorization, Field, RequestOptions } from "backfill:http/client@0.1.0";
import { encodeBody } from "./body.ts";
import { InvalidRequest } from "./error.ts";

/** The options of a call. All may be left out. */
export interface RequestOpts {
  /** The hook's own fields. */
  headers?: Record<string, string>;
  // `any`, as it is documented: whatever can be serialised may be sent.
  /** The body, where it is not an argument of the call. */
  body?: any;
  /** How the host writes the Authorization field: exactly one of the three. */
  auth?: {
    /** `Authorization: Bearer …` */
    bearer?: string;
    /** `Authorization: Basic …` (RFC 7617) */
    basic?: { user: string; pass: string };
    /** The connector's own token, which the hook never sees; it stays valid for `minTtlSeconds` at the least. */
    oauth?: boolean | { minTtlSeconds?: number };
  };
  /** Milliseconds. Without it, the platform's default. 0, negative and NaN are invalid-request. */
  timeout?: number;
  /** `"auto"` (the default), `"text"` (a string, JSON too) or `"bytes"` (a `Uint8Array`). */
  responseType?: "auto" | "text" | "bytes";
}

/**
 * Options in the form that every language shares. Their headers are not frozen: a body may add its Content-Type.
 *
 * @internal
 */
export interface CheckedOptions extends RequestOptions {
  readonly headers: Field[];
}

const NAMES: readonly string[] = ["headers", "body", "auth", "timeout", "responseType"] satisfies (keyof RequestOpts)[];
const LARGEST = 0xffffffff;

/**
 * Checks what only the caller can have got wrong. Throws `InvalidRequest`.
 *
 * @internal
 */
export function checkOptions(options: RequestOpts | null | undefined): CheckedOptions {
  const given = options ?? {};
  if (typeof given !== "object") throw new InvalidRequest(`the options are of type ${typeof given}, not an object`);
  const foreign = Object.keys(given).find((name) => !NAMES.includes(name));
  // A misspelt option would be lost without a word, and a call leave without its timeout or its credentials.
  if (foreign !== undefined) throw new InvalidRequest(`there is no option ${foreign}; there are ${NAMES.join(", ")}`);
  const headers = checkHeaders(given.headers);
  return {
    headers,
    body: encodeBody(given.body, headers),
    authorization: checkAuth(given.auth),
    timeout: checkTimeout(given.timeout),
    responseType: checkResponseType(given.responseType),
  };
}

function checkHeaders(given: unknown): Field[] {
  if (given === undefined || given === null) return [];
  if (typeof given !== "object" || Array.isArray(given)) {
    throw new InvalidRequest('headers is no object of names and values: { "X-Name": "value" }');
  }
  return Object.entries(given).map(([name, value]) => {
    if (typeof value === "string") return { name: name.toWellFormed(), value: value.toWellFormed() };
    throw new InvalidRequest(`headers[${JSON.stringify(name)}] is ${describe(value)}; it must be a string`);
  });
}

function checkTimeout(timeout: unknown): number | null {
  if (timeout === undefined || timeout === null) return null;
  if (typeof timeout === "number" && timeout > 0) return wholeUnits(timeout);
  throw new InvalidRequest(`timeout is ${describe(timeout)}; it is in milliseconds and must be at least 1`);
}

function checkAuth(auth: RequestOpts["auth"] | null): Authorization | null {
  if (auth === undefined || auth === null) return null;
  if (typeof auth !== "object") throw new InvalidRequest(`auth is of type ${typeof auth}, not an object`);
  const { bearer, basic, oauth } = auth;
  const given = [bearer, basic, oauth === false ? undefined : oauth].filter((one) => one !== undefined && one !== null);
  if (given.length > 1) throw new InvalidRequest("auth holds more than one of bearer, basic and oauth; give one");
  if (given.length === 0) {
    if (oauth === false) return null;
    throw new InvalidRequest("auth holds none of bearer, basic and oauth; is the secret declared under this name?");
  }
  if (oauth) return { tag: "oauth", val: { minTtl: checkTtl(oauth) } };
  if (basic !== undefined && basic !== null) {
    return {
      tag: "basic",
      val: { user: credential("basic.user", basic.user), password: credential("basic.pass", basic.pass) },
    };
  }
  return { tag: "bearer", val: credential("bearer", bearer) };
}

function credential(name: string, value: unknown): string {
  if (typeof value === "string") return value.toWellFormed();
  // Never the value itself: it may be the credential in another form.
  throw new InvalidRequest(`auth.${name} is of type ${typeof value}; it must be a string`);
}

function checkTtl(oauth: true | { minTtlSeconds?: number }): number | null {
  if (oauth === true) return null;
  if (typeof oauth !== "object")
    throw new InvalidRequest(`auth.oauth is of type ${typeof oauth}; it is true or an object`);
  const ttl: unknown = oauth.minTtlSeconds;
  if (ttl === undefined || ttl === null) return null;
  if (typeof ttl === "number" && ttl >= 0) return wholeUnits(ttl);
  throw new InvalidRequest(`auth.oauth.minTtlSeconds is ${describe(ttl)}; it must be 0 or more`);
}

function checkResponseType(type: unknown): "auto" | "text" | "bytes" {
  if (type === undefined || type === null) return "auto";
  if (type === "auto" || type === "text" || type === "bytes") return type;
  throw new InvalidRequest(`responseType is ${describe(type)}; it is "auto", "text" or "bytes"`);
}

/** Rounds up to a whole number, at most the largest that crosses the boundary. */
function wholeUnits(value: number): number {
  return Math.min(Math.ceil(value), LARGEST);
}

function describe(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value);
  return typeof value === "number" || value === null || value === undefined ? String(value) : `of type ${typeof value}`;
}
