import { is } from "./ascii";
import { decodeLatin1, decodeUtf8, encodeUtf8 } from "./json/utf8";
import { Json } from "./json";
import { LATIN1, UNKNOWN, UTF8, charsetOf, isJson } from "./media-type";
import { Outcome } from "./abi/outbound";

/** What a response's body is. */
export const AS_JSON: i32 = 0;
export const AS_TEXT: i32 = 1;
export const AS_BYTES: i32 = 2;

/** What the caller asked for: `client.response-type`, in the order of the WIT enum. */
export const AUTO: i32 = 0;
export const TEXT: i32 = 1;
export const BYTES: i32 = 2;

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

  /** The text, decoded now. */
  text(): string {
    return decoded(this.bytes, this.charset);
  }
}

/** Understands a response's body. JSON is one whose media type says so and whose text keeps RFC 8259. */
export function contentOf(response: Outcome, wanted: i32): Content {
  const bytes = response.body;
  if (wanted == BYTES) return new Content(AS_BYTES, null, bytes, UTF8);

  const type = typeOf(response);
  const charset = charsetOf(type);
  if (wanted == TEXT) return new Content(AS_TEXT, null, bytes, charset);
  if (charset == UNKNOWN) return new Content(AS_BYTES, null, bytes, UTF8);
  if (isJson(type) && bytes.length > 0) {
    const document = charset == LATIN1 ? encodeUtf8(decodeLatin1(bytes, 0, bytes.length)) : bytes;
    const json = Json.parseUtf8(document, charset == UTF8 ? afterMark(bytes) : 0, document.length);
    if (json != null) return new Content(AS_JSON, json, bytes, charset);
  }
  return new Content(AS_TEXT, null, bytes, charset);
}

/** The text of a response's body, whatever else it is. */
export function textOf(response: Outcome, wanted: i32): string {
  return decoded(response.body, wanted == BYTES ? UTF8 : charsetOf(typeOf(response)));
}

/** UTF-8 without its byte order mark, bad bytes as U+FFFD, or Latin-1. */
function decoded(bytes: StaticArray<u8>, charset: i32): string {
  const end = bytes.length;
  return charset == LATIN1 ? decodeLatin1(bytes, 0, end) : decodeUtf8(bytes, afterMark(bytes), end);
}

function typeOf(response: Outcome): string {
  const type = fieldOf(response.headers, "content-type");
  return type != null ? type : "";
}

/** The value of this name in any case, or null: repeated fields joined with `, `, but set-cookie, of which the first counts. */
export function fieldOf(headers: StaticArray<string>, name: string): string | null {
  let value: string | null = null;
  for (let i = 0, n = headers.length; i < n; i += 2) {
    if (!is(name, 0, name.length, headers[i])) continue;
    if (headers[i] == "set-cookie") return headers[i + 1];
    value = value != null ? value + ", " + headers[i + 1] : headers[i + 1];
  }
  return value;
}

/** Where the text begins: after one UTF-8 byte order mark. */
function afterMark(bytes: StaticArray<u8>): i32 {
  return bytes.length >= 3 && bytes[0] == 0xef && bytes[1] == 0xbb && bytes[2] == 0xbf ? 3 : 0;
}

/** One field a name, names and values by turns: repeated fields joined with `, `, but set-cookie, of which the first stays. */
export function joinFields(headers: StaticArray<string>): string[] {
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
