import type { IncomingHttpHeaders } from "node:http";
import { DROPPED_AFTER_DECODING } from "../policy/headers.ts";
import type { Coding } from "./decoder.ts";
import { parseCoding } from "./decoder.ts";
import type { Limits } from "./limits.ts";
import { headerCost } from "./limits.ts";

/** The header section of a final response, checked. */
export interface ResponseHead {
  /** Names (lower case) and values (Latin-1) by turns; without content-encoding and content-length where the body is decoded. */
  readonly headers: readonly string[];
  /** Undefined where the body comes as it is. */
  readonly coding: Coding | undefined;
  /** The declared length of the body as it travels. */
  readonly contentLength: number | undefined;
  /** Whether the body's end is declared; else it is where the connection ends (RFC 9112, section 6.3). */
  readonly delimited: boolean;
}

/** A fault of a response: what {@link readHead} and the exchange make failures of. */
export interface ResponseFault {
  readonly code: "protocol-error" | "too-large";
  /** What the server sent, after its name and before a full stop. */
  readonly what: string;
}

/**
 * Reads the raw fields of a final response, or says why they cannot be taken.
 *
 * @param parsed - The same fields as undici has read them, by their names.
 */
export function readHead(
  raw: readonly Uint8Array[],
  parsed: IncomingHttpHeaders,
  limits: Limits,
): ResponseHead | ResponseFault {
  if (raw.length / 2 > limits.headerCount) {
    return tooLarge(`sent more than ${limits.headerCount} header fields`);
  }
  const names = namesInOrder(parsed, raw.length / 2);
  const headers: string[] = [];
  let cost = 0;
  let encoding = "";
  let contentLength: number | undefined;
  let chunked = false;
  for (let i = 0; i < raw.length; i += 2) {
    const name = names?.[i >> 1] ?? latin1(raw[i]).toLowerCase();
    const value = withoutTrailingSpace(names === undefined ? latin1(raw[i + 1]) : (parsed[name] as string));
    cost += headerCost(name, value);
    if (cost > limits.headerBytes) {
      return tooLarge(`sent a header section over ${limits.headerBytes} bytes`);
    }
    if (name === "content-encoding") {
      encoding = encoding === "" ? value : `${encoding}, ${value}`;
    } else if (name === "content-length") {
      contentLength = decimal(value);
    } else if (name === "transfer-encoding") {
      // RFC 9112, section 6.1: chunked ends the list, and this host asked for no other transfer coding.
      if (chunked || value.toLowerCase() !== "chunked") {
        return { code: "protocol-error", what: "used a transfer coding other than chunked" };
      }
      chunked = true;
    }
    headers.push(name, value);
  }
  const delimited = chunked || contentLength !== undefined;
  const coding = parseCoding(encoding);
  if (coding === undefined) {
    return {
      code: "protocol-error",
      what: "used a content coding this host does not decode; it decodes one of gzip, deflate, br and zstd",
    };
  }
  if (coding === "identity") return { headers, coding: undefined, contentLength, delimited };
  return { headers: withoutCoding(headers), coding, contentLength, delimited };
}

function withoutCoding(headers: readonly string[]): string[] {
  const kept: string[] = [];
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i] ?? "";
    if (!DROPPED_AFTER_DECODING.has(name)) kept.push(name, headers[i + 1] ?? "");
  }
  return kept;
}

/**
 * The names of the fields, in lower case, where an object keeps all as they came: it has one value for each name, and names
 * that look like an index ahead of the others.
 */
function namesInOrder(parsed: IncomingHttpHeaders, count: number): readonly string[] | undefined {
  const names = Object.keys(parsed);
  if (names.length !== count) return undefined;
  for (const name of names) if (isDigit(name.charCodeAt(0))) return undefined;
  return names;
}

function isDigit(unit: number): boolean {
  return unit >= 0x30 && unit <= 0x39;
}

function latin1(bytes: Uint8Array | undefined): string {
  return (bytes as Buffer).toString("latin1");
}

/** llhttp leaves the white space that RFC 9112, section 5, puts after a value. */
function withoutTrailingSpace(value: string): string {
  let end = value.length;
  while (end > 0) {
    const unit = value.charCodeAt(end - 1);
    if (unit !== 0x20 && unit !== 0x09) break;
    end--;
  }
  return end === value.length ? value : value.slice(0, end);
}

/** Without a call of the engine's own reader of numbers, which takes more than digits. NaN for anything else. */
function decimal(digits: string): number {
  let value = digits === "" ? NaN : 0;
  for (let i = 0; i < digits.length; i++) {
    const unit = digits.charCodeAt(i);
    value = isDigit(unit) ? value * 10 + unit - 0x30 : NaN;
  }
  return value;
}

function tooLarge(what: string): ResponseFault {
  return { code: "too-large", what };
}
