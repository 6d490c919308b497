import { Json } from "./json";
import { decodeLatin1, decodeUtf8, encodeUtf8 } from "./json/utf8";
import { OutboundResponse } from "./abi/outbound";

/** What a response's body is. */
export const AS_JSON: i32 = 0;
export const AS_TEXT: i32 = 1;
export const AS_BYTES: i32 = 2;

/** What the caller asked for: `client.response-type`, in the order of the WIT enum. */
export const AUTO: i32 = 0;
export const TEXT: i32 = 1;
export const BYTES: i32 = 2;

const UTF8: i32 = 0;
const LATIN1: i32 = 1;
const UNKNOWN: i32 = 2;

/** A response body, understood as its Content-Type says. */
@final
export class Content {
  constructor(
    /** AS_JSON, AS_TEXT or AS_BYTES. */
    public readonly kind: i32,
    /** The document, for AS_JSON. */
    public readonly json: Json | null,
    private readonly bytes: StaticArray<u8>,
    private readonly charset: i32,
  ) {}

  /** The text, decoded now: UTF-8 without its byte order mark, bad bytes as U+FFFD, or Latin-1. */
  text(): string {
    const start = this.charset == UTF8 ? afterMark(this.bytes) : 0;
    const end = this.bytes.length;
    return this.charset == LATIN1 ? decodeLatin1(this.bytes, start, end) : decodeUtf8(this.bytes, start, end);
  }
}

/** Understands a response's body. JSON is one whose media type says so and whose text keeps RFC 8259. */
export function contentOf(response: OutboundResponse, wanted: i32): Content {
  const bytes = response.body;
  if (wanted == BYTES) return new Content(AS_BYTES, null, bytes, UTF8);

  const given = fieldOf(response.headers, "content-type");
  const type = given != null ? given : "";
  const charset = charsetOf(type);
  if (wanted == TEXT) return new Content(AS_TEXT, null, bytes, charset == LATIN1 ? LATIN1 : UTF8);
  if (charset == UNKNOWN) return new Content(AS_BYTES, null, bytes, UTF8);
  if (isJson(type) && bytes.length > 0) {
    const document = charset == LATIN1 ? encodeUtf8(decodeLatin1(bytes, 0, bytes.length)) : bytes;
    const json = Json.parseUtf8(document, charset == UTF8 ? afterMark(bytes) : 0, document.length);
    if (json != null) return new Content(AS_JSON, json, bytes, charset);
  }
  return new Content(AS_TEXT, null, bytes, charset);
}

/** The value of this lower-case name, or null: repeated fields joined with `, `, but set-cookie, of which the first counts. */
export function fieldOf(headers: string[], name: string): string | null {
  let value: string | null = null;
  for (let i = 0, n = headers.length; i < n; i += 2) {
    if (headers[i] != name) continue;
    if (name == "set-cookie") return headers[i + 1];
    value = value != null ? value + ", " + headers[i + 1] : headers[i + 1];
  }
  return value;
}

/** The media types of a JSON document: `application/json`, `text/json` and everything that ends in `+json`. */
function isJson(contentType: string): bool {
  const semicolon = contentType.indexOf(";");
  const essence = (semicolon < 0 ? contentType : contentType.substring(0, semicolon)).trim().toLowerCase();
  if (essence == "application/json" || essence == "text/json") return true;
  return essence.endsWith("+json") && essence.indexOf("/") > 0 && !essence.includes(",") && !essence.includes(" ");
}

function charsetOf(contentType: string): i32 {
  if (!contentType.includes(";")) return UTF8;
  const label = parameter(contentType.toLowerCase(), "charset");
  if (label == null || label == "utf-8" || label == "utf8" || label == "us-ascii" || label == "ascii") return UTF8;
  if (label == "iso-8859-1" || label == "latin1" || label == "iso8859-1") return LATIN1;
  return UNKNOWN;
}

/** The first parameter of this name in a media type (RFC 9110, section 8.3.1), unquoted, or null. */
function parameter(mediaType: string, name: string): string | null {
  const parts = mediaType.split(";");
  for (let i = 1, n = parts.length; i < n; ++i) {
    const part = parts[i].trim();
    if (!part.startsWith(name + "=")) continue;
    let value = part.substring(name.length + 1);
    const comma = value.indexOf(",");
    if (comma >= 0) value = value.substring(0, comma).trimEnd();
    if (value.length >= 2 && value.startsWith('"') && value.endsWith('"')) value = value.substring(1, value.length - 1);
    return value;
  }
  return null;
}

/** Where the text begins: after one UTF-8 byte order mark. */
function afterMark(bytes: StaticArray<u8>): i32 {
  return bytes.length >= 3 && bytes[0] == 0xef && bytes[1] == 0xbb && bytes[2] == 0xbf ? 3 : 0;
}

/** One field a name, names and values by turns: repeated fields joined with `, `, but set-cookie, of which the first stays. */
export function joinFields(headers: string[]): string[] {
  const joined = new Array<string>();
  for (let i = 0, n = headers.length; i < n; i += 2) {
    const name = headers[i];
    let at = 0;
    while (at < joined.length && joined[at] != name) at += 2;
    if (at == joined.length) {
      joined.push(name);
      joined.push(headers[i + 1]);
    } else if (name != "set-cookie") {
      joined[at + 1] = joined[at + 1] + ", " + headers[i + 1];
    }
  }
  return joined;
}
