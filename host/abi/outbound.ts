import { FAILURE_CODES, HttpFailure, PHASES } from "../errors.ts";
import { METHODS, type Authorization, type Method, type OutboundRequest, type OutboundResponse } from "../message.ts";
import { abiError, liftOption, type GuestMemory } from "./memory.ts";

// `backfill:http/outbound.send` by the canonical ABI: 16 flat parameters and the address of the result.

/** The flat parameters of `send`, as the guest passes them. */
export type SendParameters = readonly [
  method: number,
  url: number,
  urlLength: number,
  headers: number,
  headersLength: number,
  hasBody: number,
  body: number,
  bodyLength: number,
  hasAuthorization: number,
  authorizationCase: number,
  authorization0: number,
  authorization1: number,
  authorization2: number,
  authorization3: number,
  hasTimeout: number,
  timeout: number,
  result: number,
];

/** What is lifted at the most. More is refused before it is read, so that a guest cannot make the host allocate it. */
export interface LiftLimits {
  /** Code units of a URL. */
  readonly url: number;
  /** Header fields of a request. */
  readonly headerCount: number;
  /** Code units of all header names and values of a request together. */
  readonly headerUnits: number;
  /** Bytes of a request body. */
  readonly body: number;
}

/** Code units of a token, a user name or a password. */
const CREDENTIAL_LIMIT = 65_536;

/**
 * Bytes up to which a body's memory is given back as soon as it was sent: V8 collects the whole heap the sooner the more
 * memory beside it waits for that. Of more, the system would take the pages back, and clear others for the next body.
 */
const RELEASED_BYTES = 262_144;

export function liftMethod(index: number): Method {
  const method = METHODS[index];
  if (method === undefined) throw abiError(`method ${index} does not exist`);
  return method;
}

/** Lifts a request. Throws `HttpFailure` where it is over a limit, and ends the hook where it breaks the ABI. */
export function liftRequest(
  memory: GuestMemory,
  method: Method,
  parameters: SendParameters,
  limits: LiftLimits,
): OutboundRequest {
  const [, url, urlLength, headers, headersLength] = parameters;
  const text = memory.string(url, urlLength, limits.url) ?? urlTooLong(urlLength);
  const fields = liftHeaders(memory, headers >>> 0, headersLength >>> 0, limits);
  const body = liftBody(memory, parameters, limits.body);
  return {
    method,
    url: text,
    headers: fields,
    body,
    authorization: liftOption(parameters[8]) ? liftAuthorization(memory, parameters) : undefined,
    timeout: liftOption(parameters[14]) ? parameters[15] >>> 0 : undefined,
    release: body === undefined || body.length > RELEASED_BYTES ? undefined : () => giveBack(body.buffer),
  };
}

/** Who was told of the body may have taken its memory already. */
function giveBack(buffer: ArrayBuffer): void {
  if (!buffer.detached) buffer.transfer(0);
}

function liftBody(
  memory: GuestMemory,
  [, , , , , hasBody, body, length]: SendParameters,
  limit: number,
): Uint8Array<ArrayBuffer> | undefined {
  if (!liftOption(hasBody)) return undefined;
  return memory.bytes(body, length, limit) ?? tooLong("request body", length, limit);
}

/** Lifts a list<header>, names and values by turns. */
export function liftHeaders(memory: GuestMemory, start: number, count: number, limits: LiftLimits): string[] {
  if (count > limits.headerCount) tooLong("number of header fields", count, limits.headerCount);
  const headers: string[] = [];
  let left = limits.headerUnits;
  for (let at = start, end = start + count * 16; at < end; at += 8) {
    const length = memory.u32(at + 4);
    const text = memory.string(memory.u32(at), length, left);
    if (text === undefined) tooLong("header section", limits.headerUnits - left + length, limits.headerUnits);
    left -= length;
    headers.push(text);
  }
  return headers;
}

function liftAuthorization(memory: GuestMemory, parameters: SendParameters): Authorization {
  const kind = parameters[9];
  const first = parameters[10];
  const second = parameters[11];
  if (kind === 0) return { kind: "bearer", token: liftCredential(memory, first, second) };
  if (kind === 1) {
    return {
      kind: "basic",
      user: liftCredential(memory, first, second),
      password: liftCredential(memory, parameters[12], parameters[13]),
    };
  }
  if (kind === 2) return { kind: "oauth", minTtlSeconds: liftOption(first) ? second >>> 0 : undefined };
  throw abiError(`authorization ${kind} does not exist`);
}

/** Lifts a token, a user name or a password. */
export function liftCredential(memory: GuestMemory, pointer: number, length: number): string {
  return memory.string(pointer, length, CREDENTIAL_LIMIT) ?? tooLong("credential", length, CREDENTIAL_LIMIT);
}

/** The policy's own rule, where a URL is too long to be read at all. */
export function urlTooLong(length: number): never {
  const message = `the URL is ${length >>> 0} long; at most 8192 bytes may leave`;
  throw new HttpFailure({ code: "invalid-url", phase: "policy", message });
}

/** What is over a limit is refused before it is read. */
export function tooLong(what: string, length: number, limit: number): never {
  const message = `the ${what} is ${length >>> 0} long; at most ${limit} may leave`;
  throw new HttpFailure({ code: "too-large", phase: "validate", message });
}

/** Lowers a response as the ok case of the result at `address`. */
export function lowerResponse(memory: GuestMemory, address: number, response: OutboundResponse): void {
  const fields = response.headers.length / 2;
  const list = memory.allocate(fields * 16, 4);
  for (let i = 0; i < response.headers.length; i++) memory.setString(list + i * 8, response.headers[i] as string);
  memory.setU8(address, 0);
  memory.setU16(address + 4, response.status);
  memory.setU32(address + 8, list);
  memory.setU32(address + 12, fields);
  memory.setBytes(address + 16, response.body, response.bodyLength);
}

/** Lowers a failure as the error case of the result at `address`. */
export function lowerFailure(memory: GuestMemory, address: number, failure: HttpFailure): void {
  memory.setU8(address, 1);
  memory.setU8(address + 4, FAILURE_CODES.indexOf(failure.code));
  memory.setString(address + 8, failure.message.toWellFormed());
  memory.setU8(address + 16, PHASES.indexOf(failure.phase));
  memory.setU8(address + 20, failure.detail === undefined ? 0 : 1);
  if (failure.detail !== undefined) memory.setString(address + 24, failure.detail.toWellFormed());
  memory.setU8(address + 32, failure.requestMayHaveBeenSent ? 1 : 0);
}
