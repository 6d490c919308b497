import { FAILURE_CODES, HttpFailure, PHASES } from "../errors.ts";
import { abiError, type GuestMemory } from "./memory.ts";
import type { Authorization, Method } from "../message.ts";

// `backfill:http/client` from the caller's side: lowers the parameters of a call, lifts its result. The parameters
// are more than 16 flat values, so they are lowered as one tuple in the guest's memory.

/** `client.request-body`. */
export type ClientBody =
  | { readonly kind: "json"; readonly text: string }
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "bytes"; readonly bytes: Uint8Array };

/** `client.response-type`, in the order of the WIT enum. */
export const RESPONSE_TYPES = ["auto", "text", "bytes"] as const;

/** One of {@link RESPONSE_TYPES}. */
export type ResponseType = (typeof RESPONSE_TYPES)[number];

/** `client.request-options`. */
export interface ClientOptions {
  /** Names and values by turns. */
  readonly headers: readonly string[];
  readonly body: ClientBody | undefined;
  readonly authorization: Authorization | undefined;
  /** Whole milliseconds. */
  readonly timeout: number | undefined;
  readonly responseType: ResponseType;
}

/** `client.response`. */
export interface ClientResponse {
  readonly status: number;
  readonly ok: boolean;
  /** Names and values by turns, each name once. */
  readonly headers: readonly string[];
  /** Names and values by turns, in the order of arrival. */
  readonly headerList: readonly string[];
  /** JSON as its text, proven well-formed. */
  readonly body: ClientBody;
}

/** The cases of `client.request-body` and `client.response-body`, in the order of the WIT variants. */
export const BODY_CASES = ["json", "text", "bytes"] as const;
const NO_LIMIT = 0xffffffff;

/** Whether the method takes a body argument. */
export function takesBody(method: Method): boolean {
  return method !== "GET" && method !== "DELETE";
}

/** Lowers (url, options), or (url, option<request-body>, options) where the method takes a body argument. */
export function lowerCall(
  memory: GuestMemory,
  url: string,
  argument: { readonly body: ClientBody | undefined } | undefined,
  options: ClientOptions,
): number {
  const size = argument === undefined ? 68 : 84;
  const tuple = memory.allocate(size, 4);
  memory.setString(tuple, url.toWellFormed());
  if (argument !== undefined) lowerBody(memory, tuple + 8, argument.body);
  lowerOptions(memory, tuple + size - 60, options);
  return tuple;
}

function lowerOptions(memory: GuestMemory, at: number, options: ClientOptions): void {
  const { headers, authorization, timeout } = options;
  const list = memory.allocate(headers.length * 8, 4);
  headers.forEach((text, i) => memory.setString(list + i * 8, text.toWellFormed()));
  memory.setU32(at, list);
  memory.setU32(at + 4, headers.length / 2);
  lowerBody(memory, at + 8, options.body);
  memory.setU8(at + 24, authorization === undefined ? 0 : 1);
  if (authorization !== undefined) lowerAuthorization(memory, at + 28, authorization);
  memory.setU8(at + 48, timeout === undefined ? 0 : 1);
  if (timeout !== undefined) memory.setU32(at + 52, timeout);
  memory.setU8(at + 56, RESPONSE_TYPES.indexOf(options.responseType));
}

function lowerBody(memory: GuestMemory, at: number, body: ClientBody | undefined): void {
  memory.setU8(at, body === undefined ? 0 : 1);
  if (body === undefined) return;
  memory.setU8(at + 4, BODY_CASES.indexOf(body.kind));
  if (body.kind === "bytes") memory.setBytes(at + 8, [body.bytes], body.bytes.length);
  else memory.setString(at + 8, body.text.toWellFormed());
}

function lowerAuthorization(memory: GuestMemory, at: number, authorization: Authorization): void {
  if (authorization.kind === "bearer") {
    memory.setU8(at, 0);
    memory.setString(at + 4, authorization.token.toWellFormed());
  } else if (authorization.kind === "basic") {
    memory.setU8(at, 1);
    memory.setString(at + 4, authorization.user.toWellFormed());
    memory.setString(at + 12, authorization.password.toWellFormed());
  } else {
    memory.setU8(at, 2);
    memory.setU8(at + 4, authorization.minTtlSeconds === undefined ? 0 : 1);
    if (authorization.minTtlSeconds !== undefined) memory.setU32(at + 8, authorization.minTtlSeconds);
  }
}

/** Lifts result<response, failure>. */
export function liftOutcome(memory: GuestMemory, address: number): ClientResponse | HttpFailure {
  const at = (address >>> 0) + 4;
  if (memory.u8(address >>> 0) !== 0) return liftFailure(memory, at);
  return {
    status: memory.u16(at),
    ok: memory.u8(at + 2) !== 0,
    headers: liftHeaders(memory, at + 4),
    headerList: liftHeaders(memory, at + 12),
    body: liftBody(memory, at + 20),
  };
}

function liftFailure(memory: GuestMemory, at: number): HttpFailure {
  const code = FAILURE_CODES[memory.u8(at)];
  const phase = PHASES[memory.u8(at + 12)];
  if (code === undefined || phase === undefined) throw abiError("a failure's code or phase does not exist");
  return new HttpFailure({
    code,
    phase,
    message: text(memory, at + 4),
    detail: memory.u8(at + 16) === 0 ? undefined : text(memory, at + 20),
    requestMayHaveBeenSent: memory.u8(at + 28) !== 0,
  });
}

function liftHeaders(memory: GuestMemory, at: number): string[] {
  const start = memory.u32(at);
  const headers: string[] = [];
  for (let i = 0, n = memory.u32(at + 4) * 2; i < n; i++) headers.push(text(memory, start + i * 8));
  return headers;
}

function liftBody(memory: GuestMemory, at: number): ClientBody {
  const kind = BODY_CASES[memory.u8(at)];
  if (kind === undefined) throw abiError("a body's kind does not exist");
  if (kind !== "bytes") return { kind, text: text(memory, at + 4) };
  return { kind, bytes: memory.bytes(memory.u32(at + 4), memory.u32(at + 8), NO_LIMIT) as Uint8Array };
}

function text(memory: GuestMemory, at: number): string {
  return memory.string(memory.u32(at), memory.u32(at + 4), NO_LIMIT) as string;
}
