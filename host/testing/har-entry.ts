import { STATUS_CODES } from "node:http";
import type { HttpFailure } from "../errors.ts";
import type { OutboundResponse } from "../message.ts";
import type { ExchangeRecord, OutgoingRequest } from "../transport/outgoing.ts";
import type { PhaseTimes } from "../transport/progress.ts";
import type { HarContent, HarEntry, HarField, HarPostData, HarRequest, HarResponse, HarTimings } from "./har.ts";
import type { Redactor } from "./redact.ts";

const UNKNOWN = -1;
const VERSION = "HTTP/1.1";
/** What developer tools write where a message names no media type. */
const NO_TYPE = "x-unknown";

/** One exchange as a HAR entry, without secrets. */
export function entryOf(record: ExchangeRecord, redactor: Redactor): HarEntry {
  const { request, response, failure, started, phases, endpoint } = record;
  const timings = timingsOf(phases);
  return {
    startedDateTime: new Date(performance.timeOrigin + started).toISOString(),
    time: total(timings),
    request: requestOf(request, redactor),
    response: response === undefined ? NO_RESPONSE : responseOf(response, redactor),
    cache: {},
    timings,
    ...(endpoint !== undefined && { serverIPAddress: endpoint.address }),
    ...(failure !== undefined && { _error: errorOf(failure, redactor) }),
  };
}

const NO_RESPONSE: HarResponse = {
  status: 0,
  statusText: "",
  httpVersion: "",
  cookies: [],
  headers: [],
  content: { size: 0, mimeType: NO_TYPE },
  redirectURL: "",
  headersSize: UNKNOWN,
  bodySize: UNKNOWN,
};

function requestOf({ method, target, headers, body }: OutgoingRequest, redactor: Redactor): HarRequest {
  const url = redactor.url(target.origin + target.requestTarget);
  const type = valueOf(headers, "content-type") ?? "";
  const clean = body && redactor.body(body, type);
  return {
    method,
    url,
    httpVersion: VERSION,
    cookies: [],
    headers: fieldsOf(headers, redactor),
    queryString: Array.from(new URL(url).searchParams, ([name, value]) => ({ name, value })),
    ...(clean !== undefined && { postData: postDataOf(clean, type) }),
    headersSize: UNKNOWN,
    bodySize: clean?.length ?? 0,
  };
}

function postDataOf(body: Uint8Array, type: string): HarPostData {
  const text = textOf(body);
  if (text !== undefined) return { mimeType: type, text };
  return { mimeType: type, text: base64(body), _encoding: "base64" };
}

function responseOf({ status, headers, body }: OutboundResponse, redactor: Redactor): HarResponse {
  const type = valueOf(headers, "content-type");
  return {
    status,
    statusText: STATUS_CODES[status] ?? "",
    httpVersion: VERSION,
    cookies: [],
    headers: fieldsOf(headers, redactor),
    content: contentOf(redactor.body(Buffer.concat(body), type ?? ""), type ?? NO_TYPE),
    redirectURL: redactor.url(valueOf(headers, "location") ?? ""),
    headersSize: UNKNOWN,
    bodySize: UNKNOWN,
  };
}

function contentOf(body: Uint8Array, mimeType: string): HarContent {
  const text = textOf(body);
  const size = body.length;
  return text === undefined ? { size, mimeType, text: base64(body), encoding: "base64" } : { size, mimeType, text };
}

function errorOf(failure: HttpFailure, redactor: Redactor): NonNullable<HarEntry["_error"]> {
  const { code, phase, message, requestMayHaveBeenSent } = failure;
  return { code, phase, message: redactor.url(message), requestMayHaveBeenSent };
}

function fieldsOf(headers: readonly string[], redactor: Redactor): HarField[] {
  return headers.flatMap((name, i) =>
    i % 2 === 0 ? [{ name, value: redactor.header(name, headers[i + 1] ?? "") }] : [],
  );
}

function valueOf(headers: readonly string[], name: string): string | undefined {
  const index = headers.findIndex((text, i) => i % 2 === 0 && text.toLowerCase() === name);
  return index < 0 ? undefined : headers[index + 1];
}

function timingsOf({ queue, auth, dns, connect, tls, send, headers, body, decode }: PhaseTimes): HarTimings {
  return {
    blocked: sum(queue, auth) ?? UNKNOWN,
    dns: dns ?? UNKNOWN,
    connect: sum(connect, tls) ?? UNKNOWN,
    ssl: tls ?? UNKNOWN,
    send: send ?? 0,
    wait: headers ?? 0,
    receive: sum(body, decode) ?? 0,
  };
}

function total({ blocked, dns, connect, send, wait, receive }: HarTimings): number {
  return [blocked, dns, connect, send, wait, receive].reduce((all, one) => all + Math.max(0, one), 0);
}

function sum(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined ? b : a + (b ?? 0);
}

/** The body as text that gives the same bytes again; undefined where it is none. */
function textOf(body: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(body);
  } catch {
    return undefined;
  }
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("base64");
}
