import { RESPONSE_TYPES, type ClientBody, type ClientOptions, type ResponseType } from "../abi/client.ts";
import { typeName } from "../config/path.ts";
import { nearest } from "../config/nearest.ts";
import { METHODS, type Authorization, type Method } from "../message.ts";
import { LineError, parseLine } from "./lines.ts";

/** The arguments of one call of the client. */
export interface CallRequest {
  readonly method: Method;
  readonly url: string;
  readonly body: ClientBody | undefined;
  readonly options: ClientOptions;
}

type Fields = Readonly<Record<string, unknown>>;

const FIELDS = ["method", "url", "headers", "body", "auth", "timeout", "responseType"];
const U32_MAX = 0xffff_ffff;

/** Reads one line of `fetch --batch`. Throws {@link LineError}. */
export function parseRequestLine(line: Uint8Array): CallRequest {
  const { text, fields } = parseLine(line);
  refuseUnknown("", fields, FIELDS);
  const { url, headers, body, auth, timeout, responseType } = fields;
  return {
    method: methodField(fields["method"]),
    url: stringField("url", url),
    body: bodyField(body, text),
    options: {
      headers: headers === undefined ? [] : headersField(headers),
      body: undefined,
      authorization: auth === undefined ? undefined : authField(auth),
      timeout: timeout === undefined ? undefined : wholeTimeout(timeout),
      responseType: responseType === undefined ? "auto" : responseTypeField(responseType),
    },
  };
}

/** The method that a word spells in any case, or undefined. */
export function methodOf(word: string): Method | undefined {
  // Upper-casing alone would fold letters such as U+017F into ASCII.
  return METHODS.find((method) => /^[A-Za-z]+$/.test(word) && method === word.toUpperCase());
}

/** A timeout as the client takes it: whole milliseconds, rounded up. Throws {@link LineError} where it is not above 0. */
export function wholeTimeout(timeout: unknown): number {
  if (typeof timeout === "number" && timeout > 0) return wholeU32(timeout);
  throw new LineError(`timeout is ${timeShown(timeout)}, wanted milliseconds above 0`);
}

function wholeU32(value: number): number {
  return Math.min(Math.ceil(value), U32_MAX);
}

function timeShown(value: unknown): string {
  return typeof value === "number" ? String(value) : typeName(value);
}

function methodField(value: unknown): Method {
  const method = methodOf(stringField("method", value));
  if (method === undefined) throw new LineError(`method is another, wanted one of ${METHODS.join(", ")}`);
  return method;
}

function stringField(name: string, value: unknown): string {
  if (typeof value === "string") return value;
  throw wrong(name, value, "a string");
}

function headersField(value: unknown): string[] {
  if (Array.isArray(value)) {
    return value.flatMap((pair: unknown, i) => {
      if (!Array.isArray(pair) || pair.length !== 2) throw wrong(`headers[${i}]`, pair, "[name, value]");
      return [stringField(`headers[${i}][0]`, pair[0]), stringField(`headers[${i}][1]`, pair[1])];
    });
  }
  const fields = objectField("headers", value, "an object of strings, or an array of [name, value]");
  return Object.entries(fields).flatMap(([name, text]) => [
    name,
    stringField(`headers[${JSON.stringify(name)}]`, text),
  ]);
}

function bodyField(value: unknown, line: string): ClientBody | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === "string") return { kind: "text", text: value };
  return { kind: "json", text: exactBody(line) };
}

/** The body of a line with each number in the digits it came in: a number of 64 bits does not survive a double. */
function exactBody(line: string): string {
  try {
    const { body } = exactJson.parse(line, (_key, value, { source }) =>
      typeof value === "number" && source !== undefined ? exactJson.rawJSON(source) : value,
    ) as { body: unknown };
    return JSON.stringify(body);
  } catch {
    throw new LineError("body is nested too deep");
  }
}

/** The part of ECMAScript's "JSON.parse source text access" that TypeScript does not know yet. */
const exactJson = JSON as unknown as {
  parse(
    text: string,
    reviver: (key: string, value: unknown, context: { readonly source?: string }) => unknown,
  ): unknown;
  rawJSON(text: string): unknown;
};

function authField(value: unknown): Authorization | undefined {
  if (value === "oauth") return { kind: "oauth", minTtlSeconds: undefined };
  const fields = objectField("auth", value, 'an object with one of bearer, basic and oauth, or "oauth"');
  refuseUnknown("auth.", fields, ["bearer", "basic", "oauth"]);
  const kinds = Object.keys(fields).filter((kind) => !(kind === "oauth" && fields[kind] === false));
  if (kinds.length > 1) throw new LineError(`auth has ${kinds.join(" and ")}, wanted one of them`);
  if (kinds[0] === "bearer") return { kind: "bearer", token: stringField("auth.bearer", fields["bearer"]) };
  if (kinds[0] === "basic") return basicField(fields["basic"]);
  if (kinds[0] === "oauth") return oauthField(fields["oauth"]);
  if ("oauth" in fields) return undefined;
  throw new LineError("auth is empty, wanted one of bearer, basic and oauth");
}

function basicField(value: unknown): Authorization {
  const fields = objectField("auth.basic", value, "{ user, pass }");
  refuseUnknown("auth.basic.", fields, ["user", "pass"]);
  const user = stringField("auth.basic.user", fields["user"]);
  return { kind: "basic", user, password: stringField("auth.basic.pass", fields["pass"]) };
}

function oauthField(value: unknown): Authorization {
  if (value === true) return { kind: "oauth", minTtlSeconds: undefined };
  const fields = objectField("auth.oauth", value, "true, false or { minTtlSeconds }");
  refuseUnknown("auth.oauth.", fields, ["minTtlSeconds"]);
  const { minTtlSeconds } = fields;
  if (minTtlSeconds === undefined) return { kind: "oauth", minTtlSeconds };
  if (typeof minTtlSeconds !== "number" || minTtlSeconds < 0) {
    throw new LineError(`auth.oauth.minTtlSeconds is ${timeShown(minTtlSeconds)}, wanted seconds of 0 or more`);
  }
  return { kind: "oauth", minTtlSeconds: wholeU32(minTtlSeconds) };
}

function responseTypeField(value: unknown): ResponseType {
  const type = RESPONSE_TYPES.find((candidate) => candidate === value);
  if (type === undefined) throw new LineError(`responseType is another, wanted one of ${RESPONSE_TYPES.join(", ")}`);
  return type;
}

function objectField(name: string, value: unknown, wanted: string): Fields {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Fields;
  throw wrong(name, value, wanted);
}

function refuseUnknown(prefix: string, fields: Fields, known: readonly string[]): void {
  const unknown = Object.keys(fields).find((name) => !known.includes(name));
  if (unknown === undefined) return;
  const meant = nearest(unknown, known);
  const hint = meant === undefined ? `wanted one of ${known.join(", ")}` : `did you mean ${prefix}${meant}?`;
  throw new LineError(`${prefix}${unknown.slice(0, 40)} is an unknown field; ${hint}`);
}

function wrong(name: string, value: unknown, wanted: string): LineError {
  return new LineError(`${name} is ${typeName(value)}, wanted ${wanted}`);
}
