import { HttpFailure } from "../errors.ts";
import type { Authorization, Method } from "../message.ts";
import {
  BODY_CASES,
  RESPONSE_TYPES,
  takesBody,
  type ClientBody,
  type ClientOptions,
  type ClientResponse,
} from "./client.ts";
import { abiError, liftOption, type GuestMemory } from "./memory.ts";
import { liftCredential, liftHeaders, lowerFailure, tooLong, urlTooLong, type LiftLimits } from "./outbound.ts";

// `backfill:http/client` as a hook imports it: lifts the parameters of a call, lowers its outcome. The parameters are
// more than 16 flat values, so the hook passes the address of one tuple, and beside it the address of the result.

/** One call as a hook asks for it. */
export interface ClientCall {
  readonly url: string;
  /** The body argument, where the method takes one. */
  readonly body: ClientBody | undefined;
  readonly options: ClientOptions;
}

// Where the parts of the tuple lie: (url, options), or (url, option<request-body>, options).
const ARGUMENT = 8;
const OPTIONS = 8;
const OPTIONS_AFTER_ARGUMENT = 24;

/** Lifts a call. Throws `HttpFailure` where it is over a limit, and ends the hook where it breaks the ABI. */
export function liftCall(memory: GuestMemory, method: Method, address: number, limits: LiftLimits): ClientCall {
  const at = address >>> 0;
  const urlLength = memory.u32(at + 4);
  const url = memory.string(memory.u32(at), urlLength, limits.url) ?? urlTooLong(urlLength);
  if (!takesBody(method)) return { url, body: undefined, options: liftOptions(memory, at + OPTIONS, limits) };
  const body = liftBody(memory, at + ARGUMENT, limits);
  return { url, body, options: liftOptions(memory, at + OPTIONS_AFTER_ARGUMENT, limits) };
}

function liftOptions(memory: GuestMemory, at: number, limits: LiftLimits): ClientOptions {
  const responseType = RESPONSE_TYPES[memory.u8(at + 56)];
  if (responseType === undefined) throw abiError("a response type does not exist");
  return {
    headers: liftHeaders(memory, memory.u32(at), memory.u32(at + 4), limits),
    body: liftBody(memory, at + 8, limits),
    authorization: liftOption(memory.u8(at + 24)) ? liftAuthorization(memory, at + 28) : undefined,
    timeout: liftOption(memory.u8(at + 48)) ? memory.u32(at + 52) : undefined,
    responseType,
  };
}

/** Lifts an option<request-body>. */
function liftBody(memory: GuestMemory, at: number, limits: LiftLimits): ClientBody | undefined {
  if (!liftOption(memory.u8(at))) return undefined;
  const kind = BODY_CASES[memory.u8(at + 4)];
  if (kind === undefined) throw abiError("a body's kind does not exist");
  const pointer = memory.u32(at + 8);
  const length = memory.u32(at + 12);
  const over = (): never => tooLong("request body", length, limits.body);
  if (kind === "bytes") return { kind, bytes: memory.bytes(pointer, length, limits.body) ?? over() };
  return { kind, text: memory.string(pointer, length, limits.body) ?? over() };
}

function liftAuthorization(memory: GuestMemory, at: number): Authorization {
  const kind = memory.u8(at);
  const text = (offset: number): string => liftCredential(memory, memory.u32(at + offset), memory.u32(at + offset + 4));
  if (kind === 0) return { kind: "bearer", token: text(4) };
  if (kind === 1) return { kind: "basic", user: text(4), password: text(12) };
  if (kind !== 2) throw abiError(`authorization ${kind} does not exist`);
  return { kind: "oauth", minTtlSeconds: liftOption(memory.u8(at + 4)) ? memory.u32(at + 8) : undefined };
}

/** Lowers result<response, failure> at `address`. */
export function lowerOutcome(memory: GuestMemory, address: number, outcome: ClientResponse | HttpFailure): void {
  const at = address >>> 0;
  if (outcome instanceof HttpFailure) {
    lowerFailure(memory, at, outcome);
    return;
  }
  const { body } = outcome;
  lowerFields(memory, at + 8, outcome.headers);
  lowerFields(memory, at + 16, outcome.headerList);
  memory.setU8(at, 0);
  memory.setU16(at + 4, outcome.status);
  memory.setU8(at + 6, outcome.ok ? 1 : 0);
  memory.setU8(at + 24, BODY_CASES.indexOf(body.kind));
  if (body.kind === "bytes") memory.setBytes(at + 28, [body.bytes], body.bytes.length);
  else memory.setString(at + 28, body.text);
}

function lowerFields(memory: GuestMemory, at: number, texts: readonly string[]): void {
  const list = memory.allocate(texts.length * 8, 4);
  texts.forEach((text, i) => memory.setString(list + i * 8, text));
  memory.setU32(at, list);
  memory.setU32(at + 4, texts.length / 2);
}
