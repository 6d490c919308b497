import { validateHeaderName, validateHeaderValue } from "node:http";
import { ConfigError, FAILURE_CODES, HttpFailure, PHASES, type FailureCode, type Phase } from "../errors.ts";
import type { OutboundResponse } from "../message.ts";

/** What a request is answered with: a response or a failure. */
export interface AnswerContent {
  /** From 200 to 599. Default 200. */
  readonly status?: number;
  /** A list is a field for each of its values. */
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  /** The body as a JSON value, as text or as bytes; one of the three. Default: no body. */
  readonly json?: unknown;
  readonly body?: string;
  readonly bytes?: Uint8Array;
  /** Milliseconds until the answer comes; the call's deadline may pass before. Default 0. */
  readonly delay?: number;
  /** In place of a response. */
  readonly failure?: AnswerFailure;
}

/** A call that gets no response. */
export interface AnswerFailure {
  readonly code: FailureCode;
  readonly phase: Phase;
  /** Default: that the failure was scripted. */
  readonly message?: string;
  /** Default true from the phase `send` on. */
  readonly requestMayHaveBeenSent?: boolean;
}

const KEYS: readonly string[] = [
  "status",
  "headers",
  "json",
  "body",
  "bytes",
  "delay",
  "failure",
] satisfies readonly (keyof AnswerContent)[];
const BODY_KEYS = ["json", "body", "bytes"] as const;
/** setTimeout's own bound. */
const LONGEST_DELAY = 2 ** 31 - 1;

/**
 * Proves that a value is an answer; `place` is where it stands, and `more` are keys that it may have beside.
 *
 * @throws ConfigError
 */
export function checkContent(content: AnswerContent, place: string, more: readonly string[] = []): void {
  if (typeof content !== "object" || content === null) {
    throw new ConfigError(place, String(content), "an object, as in { status: 200, json: {} }");
  }
  const known = [...more, ...KEYS];
  for (const key of Object.keys(content)) {
    if (!known.includes(key)) throw new ConfigError(`${place}.${key}`, "an unknown key", `one of ${known.join(", ")}`);
  }
  const { status = 200, delay = 0, failure } = content;
  if (!Number.isInteger(status) || status < 200 || status > 599) {
    throw new ConfigError(`${place}.status`, String(status), "a whole number from 200 to 599");
  }
  if (!(delay >= 0 && delay <= LONGEST_DELAY)) {
    throw new ConfigError(`${place}.delay`, String(delay), `milliseconds from 0 to ${LONGEST_DELAY}`);
  }
  const bodies = BODY_KEYS.filter((key) => content[key] !== undefined);
  if (bodies.length > 1) throw new ConfigError(place, bodies.join(" and "), `one of ${BODY_KEYS.join(", ")}`);
  if (bodies.length > 0 && (status === 204 || status === 304)) {
    throw new ConfigError(place, `${bodies[0]} with a status of ${status}`, "no body, which that status never has");
  }
  checkFields(content, place);
  if (failure !== undefined) checkFailure(content, failure, place);
}

function checkFields(content: AnswerContent, place: string): void {
  for (const [name, value] of fieldsOf(content)) {
    try {
      validateHeaderName(name);
      validateHeaderValue(name, value);
    } catch (cause) {
      throw new ConfigError(`${place}.headers`, `the field ${JSON.stringify(name)}`, "one that HTTP can carry", {
        cause,
      });
    }
  }
}

function checkFailure(content: AnswerContent, { code, phase }: AnswerFailure, place: string): void {
  const beside = ["status", "headers", ...BODY_KEYS].find((key) => Object.hasOwn(content, key));
  if (beside !== undefined) throw new ConfigError(place, `failure and ${beside}`, "a failure or a response");
  if (!FAILURE_CODES.includes(code)) {
    throw new ConfigError(`${place}.failure.code`, String(code), `one of ${FAILURE_CODES.join(", ")}`);
  }
  if (!PHASES.includes(phase)) {
    throw new ConfigError(`${place}.failure.phase`, String(phase), `one of ${PHASES.join(", ")}`);
  }
}

/** The response that an answer stands for. Throws its failure. */
export function responseOf(content: AnswerContent): OutboundResponse {
  const { status = 200, failure } = content;
  if (failure !== undefined) throw failureOf(failure);
  const fields = [...fieldsOf(content)];
  const type = content.json !== undefined ? "application/json" : content.body !== undefined ? TEXT : undefined;
  if (type !== undefined && !fields.some(([name]) => name === "content-type")) fields.push(["content-type", type]);
  const body = bodyOf(content);
  return { status, headers: fields.flat(), body: body.length === 0 ? [] : [body], bodyLength: body.length };
}

const TEXT = "text/plain;charset=utf-8";

function* fieldsOf({ headers = {} }: AnswerContent): Generator<readonly [name: string, value: string]> {
  for (const [name, values] of Object.entries(headers)) {
    for (const value of typeof values === "string" ? [values] : values) yield [name.toLowerCase(), value];
  }
}

function bodyOf({ json, body, bytes }: AnswerContent): Uint8Array {
  return bytes ?? Buffer.from(json === undefined ? (body ?? "") : JSON.stringify(json));
}

function failureOf({ code, phase, message, requestMayHaveBeenSent }: AnswerFailure): HttpFailure {
  return new HttpFailure({
    code,
    phase,
    message: message ?? `The call failed as its script says (phase ${phase}).`,
    requestMayHaveBeenSent: requestMayHaveBeenSent ?? PHASES.indexOf(phase) >= PHASES.indexOf("send"),
  });
}
