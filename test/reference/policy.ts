/**
 * The rules of what may leave, written out slowly and literally, to be compared with the product. Shares no
 * code with it. Knows ASCII hosts only: the property that uses it makes no others.
 */

const SCHEME = "https://";
const INTERNAL = ["localhost", "local", "internal", "home.arpa", "onion", "invalid", "alt"];

/** Whether a list with this one entry would load. */
export function entryIsValid(entry: string): boolean {
  if (!spellingIsPlain(entry)) return false;
  const parts = splitRfc3986(entry);
  if (parts.query !== undefined || parts.fragment !== undefined) return false;
  const authority = readAuthority(parts.authority);
  if (authority === undefined) return false;
  const { host } = authority;
  if (!host.includes(".")) return false;
  if (INTERNAL.some((name) => host === name || host.endsWith(`.${name}`))) return false;
  if (!pathIsPlain(parts.path)) return false;
  for (const segment of parts.path.split("/")) {
    if (
      segment
        .toLowerCase()
        .replaceAll("%2e", ".")
        .match(/^\.\.?$/) !== null
    )
      return false;
    if (segment.includes("*") && segment !== "*") return false;
    for (const [escape] of segment.matchAll(/%../g)) {
      if (escape !== escape.toUpperCase()) return false;
      if (/[A-Za-z0-9._~-]/.test(String.fromCharCode(Number.parseInt(escape.slice(1), 16)))) return false;
    }
  }
  return true;
}

/** Whether a valid entry lets this URL leave. */
export function allows(entry: string, url: string): boolean {
  if (!spellingIsPlain(url)) return false;
  const wanted = splitRfc3986(url);
  const granted = splitRfc3986(entry);
  const to = readAuthority(wanted.authority);
  const from = readAuthority(granted.authority);
  if (to === undefined || from === undefined) return false;
  if (to.host !== from.host || to.port !== from.port) return false;
  const path = removeDotSegments(wanted.path === "" ? "/" : wanted.path);
  if (!pathIsPlain(path)) return false;
  return segmentsMatch((granted.path === "" ? "/" : granted.path).slice(1).split("/"), path.slice(1).split("/"));
}

/** RFC 3986, appendix B. */
export function splitRfc3986(url: string): {
  scheme: string | undefined;
  authority: string;
  path: string;
  query: string | undefined;
  fragment: string | undefined;
} {
  const match = /^(([^:/?#]+):)?(\/\/([^/?#]*))?([^?#]*)(\?([^#]*))?(#(.*))?/s.exec(url);
  return {
    scheme: match?.[2],
    authority: match?.[4] ?? "",
    path: match?.[5] ?? "",
    query: match?.[7],
    fragment: match?.[9],
  };
}

/** RFC 3986, section 5.2.4, after section 6.2.2.2 has decoded the dots. */
export function removeDotSegments(path: string): string {
  let input = path
    .split("/")
    .map((segment) => {
      const decoded = segment.replaceAll(/%2e/gi, ".");
      return decoded === "." || decoded === ".." ? decoded : segment;
    })
    .join("/");
  let output = "";
  while (input !== "") {
    if (input.startsWith("/./")) input = input.slice(2);
    else if (input === "/.") input = "/";
    else if (input.startsWith("/../") || input === "/..") {
      input = input === "/.." ? "/" : input.slice(3);
      output = output.slice(0, Math.max(output.lastIndexOf("/"), 0));
    } else {
      const next = input.indexOf("/", 1);
      output += next < 0 ? input : input.slice(0, next);
      input = next < 0 ? "" : input.slice(next);
    }
  }
  return output;
}

function spellingIsPlain(text: string): boolean {
  if (!text.startsWith(SCHEME) || text.length > 8192) return false;
  return [...text].every((character) => character > " " && character < "\u007f" && character !== "\\");
}

function readAuthority(authority: string): { host: string; port: number } | undefined {
  if (authority.includes("@") || authority.includes("[")) return undefined;
  const [name = "", port, ...more] = authority.split(":");
  if (more.length > 0) return undefined;
  const host = name.toLowerCase();
  const labels = host.split(".");
  for (const label of labels) {
    if (label === "" || label.length > 63) return undefined;
    if (![...label].every((character) => "abcdefghijklmnopqrstuvwxyz0123456789-_".includes(character))) {
      return undefined;
    }
  }
  const last = labels.at(-1) ?? "";
  if (/^[0-9]+$/.test(last) || /^0x[0-9a-f]*$/.test(last)) return undefined;
  if (host.length > 253) return undefined;
  if (port === undefined) return { host, port: 443 };
  const number = Number.parseInt(port, 10);
  if (String(number) !== port || number < 1 || number > 65535) return undefined;
  return { host, port: number };
}

function pathIsPlain(path: string): boolean {
  const segments = path.split("/").slice(1);
  if (segments.slice(0, -1).includes("")) return false;
  for (const segment of segments) {
    for (let i = 0; i < segment.length; i += 1) {
      if (segment[i] === "%" && !/^%[0-9A-Fa-f][0-9A-Fa-f]$/.test(segment.slice(i, i + 3))) return false;
    }
    let text: readonly number[] = [...segment].map((character) => character.charCodeAt(0));
    let rounds = 0;
    for (;;) {
      const next = decodeBytes(text);
      if (next.join() === text.join()) break;
      text = next;
      rounds += 1;
      if (rounds > 4) return false;
      if (text.some((byte, at) => isRefused(byte, text[at + 1]))) return false;
    }
    for (const piece of String.fromCharCode(...text).split(/[/\\]/)) {
      const name = piece.split(";")[0];
      if (name === "." || name === "..") return false;
    }
  }
  return true;
}

function decodeBytes(bytes: readonly number[]): readonly number[] {
  const out: number[] = [];
  for (let i = 0; i < bytes.length; i += 1) {
    const hex = String.fromCharCode(...bytes.slice(i + 1, i + 3));
    if (bytes[i] === 0x25 && /^[0-9A-Fa-f]{2}$/.test(hex)) {
      out.push(Number.parseInt(hex, 16));
      i += 2;
    } else {
      out.push(bytes[i] ?? 0);
    }
  }
  return out;
}

/** A backslash, a control character, overlong UTF-8 (RFC 3629, section 4, turned around) or a surrogate. */
function isRefused(byte: number, next = 0): boolean {
  if (byte === 0x5c || byte < 0x20 || byte === 0x7f) return true;
  if (byte === 0xc0 || byte === 0xc1) return true;
  if (byte === 0xc2) return next >= 0x80 && next < 0xa0;
  if (byte === 0xe0) return next >= 0x80 && next < 0xa0;
  if (byte === 0xed) return next >= 0xa0 && next < 0xc0;
  if (byte === 0xf0) return next >= 0x80 && next < 0x90;
  return byte >= 0xf8 && next >= 0x80 && next < 0xc0;
}

function segmentsMatch(entry: readonly string[], path: readonly string[]): boolean {
  const [pattern, ...restOfEntry] = entry;
  const [segment, ...restOfPath] = path;
  if (pattern === undefined) return segment === undefined;
  if (segment === undefined) return false;
  if (pattern === "*" && restOfEntry.length === 0) return true;
  if (pattern === "*") {
    if (segment === "") return false;
    let bytes: readonly number[] = [...segment].map((character) => character.charCodeAt(0));
    for (let round = 0; round < 5; round += 1) bytes = decodeBytes(bytes);
    if (bytes.includes(0x2f)) return false;
  } else if (pattern !== segment) {
    return false;
  }
  return segmentsMatch(restOfEntry, restOfPath);
}
