import { brotliCompressSync, deflateSync, gzipSync } from "node:zlib";

/** A server of a case. */
export interface ServerScript {
  /** Its name. Default `api.example.com`. */
  readonly host?: string;
  /** The port that URLs name. Default 443. */
  readonly port?: number;
  /** Its public addresses. Default: one of its own. */
  readonly addresses?: readonly string[];
  /** How it greets. Default `ok`. */
  readonly tls?: "ok" | "expired" | "wrong-host" | "unknown-authority" | "not-tls" | "cut-in-handshake" | "silent";
  /** Nobody listens there. */
  readonly closed?: boolean;
  /** The answer to each request, over all connections. A request without one is answered by closing. */
  readonly answers?: readonly (readonly Step[])[];
}

/** One step of an answer. A string is sent as it is, in Latin-1. */
export type Step =
  | string
  | { readonly respond: Respond }
  | { readonly send: Source }
  | { readonly repeat: { readonly send: string; readonly times: number; readonly wait?: number } }
  | { readonly wait: number }
  | { readonly close: true }
  | { readonly reset: true };

/** A whole response with its Content-Length. */
export interface Respond {
  readonly status?: number;
  readonly fields?: readonly (readonly [name: string, value: string])[];
  readonly body?: Source;
}

/** Bytes: Latin-1 text, base64, a text many times, or one of these in a content coding. */
export type Source =
  | string
  | { readonly utf8: string }
  | { readonly base64: string }
  | { readonly repeat: { readonly text: string; readonly times: number } }
  | { readonly gzip: Source }
  | { readonly deflate: Source }
  | { readonly br: Source }
  | { readonly concat: readonly Source[] };

export function bytesOf(source: Source): Buffer {
  if (typeof source === "string") return Buffer.from(source, "latin1");
  if ("utf8" in source) return Buffer.from(source.utf8, "utf8");
  if ("base64" in source) return Buffer.from(source.base64, "base64");
  if ("repeat" in source) return Buffer.from(source.repeat.text.repeat(source.repeat.times), "latin1");
  if ("gzip" in source) return gzipSync(bytesOf(source.gzip));
  if ("deflate" in source) return deflateSync(bytesOf(source.deflate));
  if ("br" in source) return brotliCompressSync(bytesOf(source.br));
  return Buffer.concat(source.concat.map(bytesOf));
}

export function responseBytes({ status = 200, fields = [], body = "" }: Respond): Buffer {
  const bytes = bytesOf(body);
  const lines = fields.map(([name, value]) => `${name}: ${value}\r\n`).join("");
  const head = `HTTP/1.1 ${status} Status\r\n${lines}Content-Length: ${bytes.length}\r\n\r\n`;
  return Buffer.concat([Buffer.from(head, "latin1"), bytes]);
}
