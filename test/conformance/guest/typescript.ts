// Does what a case tells it, step by step, and reports what a hook sees of each step.
import { Clock, Http, HttpError, type HttpResponse, Log, Random, type RequestOpts, Secrets } from "@backfill/http/hook";

type Body = { readonly json: string } | { readonly text: string } | { readonly bytes: string };

interface HttpStep {
  readonly method: "get" | "post" | "put" | "patch" | "delete";
  readonly url: string;
  readonly body?: Body;
  readonly options?: {
    readonly headers?: readonly (readonly [name: string, value: string])[];
    readonly body?: Body;
    readonly auth?: NonNullable<RequestOpts["auth"]>;
    readonly timeout?: number | "NaN";
    readonly responseType?: "auto" | "text" | "bytes";
  };
  readonly secret?: string;
}

type Step =
  | HttpStep
  | { readonly sleep: number }
  | { readonly now: true }
  | { readonly random: number }
  | { readonly log: { readonly level: string; readonly message: string; readonly fields?: Record<string, unknown> } }
  | { readonly trap: string }
  | { readonly spin: true }
  | { readonly grow: number };

/** 2026-01-01, before which no clock that runs can be. */
const THIS_YEAR = 1_767_225_600_000;

/** What the library cannot say. */
class Unsupported extends Error {}

export function run({ calls }: { readonly calls: readonly Step[] }): unknown {
  return { outcomes: calls.map(perform) };
}

function perform(step: Step): unknown {
  if ("sleep" in step) {
    Clock.sleep(step.sleep);
    return { slept: step.sleep };
  }
  if ("now" in step) return { now: Clock.now() >= THIS_YEAR };
  if ("random" in step) return { random: Random.bytes(step.random).length };
  if ("log" in step) return log(step.log);
  if ("trap" in step) throw new Error(step.trap);
  if ("grow" in step) return { grown: new Uint8Array(step.grow).length };
  // oxlint-disable-next-line no-constant-condition
  if ("spin" in step) while (true);
  return send(step);
}

function log({
  level,
  message,
  fields,
}: {
  level: string;
  message: string;
  fields?: Record<string, unknown>;
}): unknown {
  const write = level === "debug" || level === "info" || level === "warn" ? Log[level] : Log.error;
  write(message, fields);
  return { logged: level };
}

function send(step: HttpStep): unknown {
  if (step.secret === undefined) return outcomeOf(step);
  const value = Secrets.get(step.secret);
  if (value === null) return { noSecret: step.secret };
  const quoted = JSON.stringify(value).slice(1, -1);
  return outcomeOf(JSON.parse(JSON.stringify(step).replaceAll("{{secret}}", () => quoted)) as HttpStep);
}

function outcomeOf({ method, url, body, options = {} }: HttpStep): unknown {
  try {
    const opts = optionsOf(options);
    const response =
      method === "get" || method === "delete" ? Http[method](url, opts) : Http[method](url, bodyOf(body), opts);
    return { response: reportOf(response) };
  } catch (error) {
    if (error instanceof Unsupported) return { unsupported: error.message };
    if (!(error instanceof HttpError)) throw error;
    const { code, phase, requestMayHaveBeenSent, message, cause = null } = error;
    return { failure: { code, phase, requestMayHaveBeenSent, message, detail: cause } };
  }
}

function optionsOf({ headers = [], body, auth, timeout, responseType }: NonNullable<HttpStep["options"]>): RequestOpts {
  if (new Set(headers.map(([name]) => name)).size < headers.length) {
    throw new Unsupported("headers are an object, in which a name stands once");
  }
  return {
    headers: Object.fromEntries(headers),
    ...(body !== undefined && { body: bodyOf(body) }),
    ...(auth !== undefined && { auth }),
    ...(timeout !== undefined && { timeout: timeout === "NaN" ? Number.NaN : timeout }),
    ...(responseType !== undefined && { responseType }),
  };
}

function bodyOf(body: Body | undefined): unknown {
  if (body === undefined) return undefined;
  if ("text" in body) return body.text;
  if ("bytes" in body) return Uint8Array.from(atob(body.bytes), (character) => character.charCodeAt(0));
  const value: unknown = JSON.parse(body.json);
  if (typeof value === "string" || value === null)
    throw new Unsupported("a string is sent as it is, and null is no body");
  return value;
}

function reportOf({ status, ok, headers, headerList, body }: HttpResponse): unknown {
  return { status, ok, headers: Object.entries(headers), headerList, body: reportBody(body) };
}

/** A string is taken for text: what was a JSON string looks the same. */
function reportBody(body: unknown): Body {
  if (typeof body === "string") return { text: body };
  if (body instanceof Uint8Array) return { bytes: btoa(String.fromCharCode(...body)) };
  return { json: JSON.stringify(body) };
}
