// One call: the allowlist, the fields, the caps, then wasi:http.

import { copyBytes } from "../assembly/abi/bytes";
import { BEARER, OAUTH, OutboundAuthorization, Outcome } from "../assembly/abi/outbound";
import { HttpError, VALIDATE } from "../assembly/failure";
import * as http from "./abi/http";
import * as wasi from "./abi/wasi";
import { isAllowed } from "./allowlist";
import { base64 } from "./base64";
import {
  callsPerEvent,
  defaultDeadline,
  headerBytes,
  headerCount,
  maximumDeadline,
  requestBodyBytes,
  responseBodyBytes,
  responseBytesPerEvent,
} from "./configuration";
import { failure, failureOf } from "./errors";
import { fieldValue, headerFault } from "./headers";
import { Request } from "./request";
import { parseUrl, refusal, Target } from "./url";

const FIELD_OVERHEAD: i32 = 32;
const USER_AGENT: string = "backfill-http/0.1.0";

// Of the event: an instance handles one.
let calls: i32 = 0;
let received: i32 = 0;

/** Performs one request, where it may leave. */
export function send(request: Request): Outcome {
  if (calls >= callsPerEvent)
    return fail(failure("limit-exceeded", VALIDATE, "the event has made all its calls", null));
  ++calls;
  if (request.timeout == 0)
    return fail(HttpError.invalid("the timeout is 0; give milliseconds above 0, or leave it out"));

  const target = parseUrl(request.url);
  if (target == null) return fail(failure("invalid-url", "policy", "the URL may not leave: " + refusal, null));
  if (!isAllowed(target)) {
    const url = "https://" + target.authority + target.path;
    return fail(failure("not-allowed", "policy", "no entry of permissions.http allows " + url, null));
  }
  const fault = headerFault(request.headers, request.authorization != null);
  if (fault != null) return fail(fault);
  const excess = sizeFault(request);
  if (excess != null) return fail(excess);

  let authorization: string | null = null;
  const given = request.authorization;
  if (given != null) {
    if (given.kind == OAUTH) {
      return fail(failure("auth-unavailable", "auth", "the adapter has no OAuth tokens; use auth.bearer", null));
    }
    authorization = authorizationValue(given);
    if (authorization == null) return fail(invalidCredential());
  }
  const timeout = request.timeout < 0 ? defaultDeadline : <u32>min<i64>(request.timeout, maximumDeadline);
  const timer = wasi.timer(timeout);
  const outcome = perform(request, target, authorization, timer);
  wasi.dropPollable(timer);
  return outcome;
}

function fail(error: HttpError): Outcome {
  const outcome = new Outcome();
  outcome.failure = error;
  return outcome;
}

function invalidCredential(): HttpError {
  const message = "auth holds a character that cannot stand in a credential";
  return new HttpError("invalid-request", "auth", message, null, false);
}

function sizeFault(request: Request): HttpError | null {
  const body = request.body;
  if (body != null && body.length > requestBodyBytes) return tooLarge(VALIDATE, "the request's body");
  if (request.headers.length >> 1 > headerCount) return tooLarge(VALIDATE, "the request's header section");
  return sectionSize(request.headers) > headerBytes ? tooLarge(VALIDATE, "the request's header section") : null;
}

function sectionSize(headers: StaticArray<string>): i32 {
  let size = 0;
  for (let i = 0; i < headers.length; ++i) size += headers[i].length;
  return size + (headers.length >> 1) * FIELD_OVERHEAD;
}

function tooLarge(phase: string, what: string): HttpError {
  return failure("too-large", phase, what + " is longer than may be", null);
}

function timedOut(phase: string): Outcome {
  return fail(failure("timeout", phase, "the call's deadline passed", null));
}

/** The value of the Authorization field; null for what cannot be written. */
function authorizationValue(given: OutboundAuthorization): string | null {
  if (given.kind == BEARER) {
    for (let i = 0; i < given.first.length; ++i) {
      const unit = given.first.charCodeAt(i);
      if (unit <= 0x20 || unit == 0x7f || unit > 0xff) return null;
    }
    return given.first.length == 0 ? null : "Bearer " + given.first;
  }
  const pair = given.first + ":" + given.second;
  if (given.first.includes(":")) return null;
  for (let i = 0; i < pair.length; ++i) {
    const unit = pair.charCodeAt(i);
    if (unit < 0x20 || (unit >= 0x7f && unit <= 0x9f)) return null;
  }
  return "Basic " + base64(String.UTF8.encode(pair));
}

function has(headers: string[], name: string): bool {
  for (let i = 0; i < headers.length; i += 2) if (headers[i].toLowerCase() == name) return true;
  return false;
}

function add(headers: string[], name: string, value: string): void {
  headers.push(name);
  headers.push(value);
}

function wireHeaders(request: Request, authorization: string | null): string[] {
  const headers = new Array<string>();
  for (let i = 0; i < request.headers.length; i += 2) {
    add(headers, request.headers[i], fieldValue(request.headers[i + 1]));
  }
  if (!has(headers, "accept")) add(headers, "accept", "*/*");
  // No host of WASI decodes a body, and neither does the adapter.
  if (!has(headers, "accept-encoding")) add(headers, "accept-encoding", "identity");
  if (!has(headers, "user-agent")) add(headers, "user-agent", USER_AGENT);
  if (authorization != null) add(headers, "authorization", authorization);
  return headers;
}

function perform(request: Request, target: Target, authorization: string | null, timer: i32): Outcome {
  const headers = wireHeaders(request, authorization);
  const fields = http.fields();
  for (let i = 0; i < headers.length; i += 2) {
    if (http.append(fields, headers[i], headers[i + 1])) continue;
    http.dropFields(fields);
    const message = 'the host does not let the header "' + headers[i] + '" leave';
    return fail(failure("forbidden-header", VALIDATE, message, null));
  }
  const body = request.body;
  // A host that refuses it sends the body in chunks.
  if (body != null) http.append(fields, "content-length", body.length.toString());
  const outgoing = http.newRequest(fields, request.method, target.authority, target.path + target.query);
  if (outgoing == 0) return fail(failure("invalid-url", "policy", "the host does not take the URL", null));

  const outgoingBody = body == null ? 0 : http.requestBody(outgoing);
  const future = http.handle(outgoing);
  if (future == 0) {
    if (body != null) http.dropOutgoingBody(outgoingBody);
    return fail(failureOf(http.errorCode));
  }
  if (body != null) {
    const stream = http.bodyStream(outgoingBody);
    const written = wasi.writeAll(stream, body, timer);
    wasi.dropOutput(stream);
    if (written == wasi.TIMED_OUT) {
      http.dropOutgoingBody(outgoingBody);
      http.dropFuture(future);
      return timedOut("send");
    }
    // Where the server closed early, its answer may be there all the same.
    if (written == 0) http.finishBody(outgoingBody);
    else http.dropOutgoingBody(outgoingBody);
  }
  const outcome = receive(future, timer);
  http.dropFuture(future);
  return outcome;
}

function receive(future: i32, timer: i32): Outcome {
  let response = http.response(future);
  while (response == http.PENDING) {
    if (!wasi.wait(http.subscribeFuture(future), timer)) return timedOut("headers");
    response = http.response(future);
  }
  if (response == http.REFUSED) return fail(failureOf(http.errorCode));
  const status = http.status(response);
  const fields = http.responseHeaders(response);
  const headers = http.entries(fields);
  http.dropFields(fields);
  const fault = responseFault(headers);
  if (fault != null) {
    http.dropResponse(response);
    return fail(fault);
  }
  const body = http.consume(response);
  const stream = http.incomingStream(body);
  const outcome = readBody(stream, status, headers, timer);
  wasi.dropInput(stream);
  http.dropIncomingBody(body);
  http.dropResponse(response);
  return outcome;
}

function responseFault(headers: StaticArray<string>): HttpError | null {
  if (headers.length >> 1 > headerCount || sectionSize(headers) > headerBytes) {
    return tooLarge("headers", "the response's header section");
  }
  for (let i = 0; i < headers.length; i += 2) {
    if (headers[i] == "content-encoding" && headers[i + 1].toLowerCase() != "identity") {
      const message = "the server used a content coding, though identity was asked for";
      return failure("protocol-error", "decode", message, null);
    }
  }
  return null;
}

function readBody(stream: i32, status: i32, headers: StaticArray<string>, timer: i32): Outcome {
  const pieces = new Array<StaticArray<u8>>();
  let length = 0;
  for (;;) {
    const piece = wasi.read(stream);
    if (wasi.readEnd == wasi.CLOSED) break;
    if (wasi.readEnd == wasi.FAILED) {
      return fail(failure("connection-error", "body", "the connection broke before the body was whole", null));
    }
    if (piece.length == 0) {
      if (!wasi.wait(wasi.subscribeInput(stream), timer)) return timedOut("body");
      continue;
    }
    length += piece.length;
    received += piece.length;
    if (length > responseBodyBytes) return fail(tooLarge("body", "the response's body"));
    if (received > responseBytesPerEvent) {
      return fail(failure("limit-exceeded", "body", "the event has received all its bytes", null));
    }
    pieces.push(piece);
  }
  const outcome = new Outcome();
  outcome.status = status;
  outcome.headers = headers;
  outcome.body = joined(pieces, length);
  return outcome;
}

function joined(pieces: Array<StaticArray<u8>>, length: i32): StaticArray<u8> {
  if (pieces.length == 1) return pieces[0];
  const whole = new StaticArray<u8>(length);
  let at = 0;
  for (let i = 0; i < pieces.length; ++i) {
    const piece = pieces[i];
    copyBytes(whole, at, piece, 0, piece.length);
    at += piece.length;
  }
  return whole;
}
