import { HttpFailure } from "../errors.ts";
import type { OutboundRequest } from "../message.ts";
import { fieldValue } from "../policy/headers.ts";
import { ACCEPTED_CODINGS } from "./decoder.ts";
import type { Limits } from "./limits.ts";
import { headerCost } from "./limits.ts";

/** What the host calls itself where the guest names no agent. */
export const USER_AGENT = "backfill-http/0.1.0";

/**
 * The milliseconds a call may take: the request's own, cut to the maximum, or the default.
 *
 * @throws HttpFailure `invalid-request` for a timeout that is not above 0.
 */
export function timeoutOf(request: OutboundRequest, limits: Limits): number {
  const { timeout } = request;
  if (timeout === undefined) return limits.defaultDeadline;
  if (!(timeout > 0)) {
    throw new HttpFailure({
      code: "invalid-request",
      phase: "validate",
      message: `timeout is ${timeout}; give milliseconds above 0, or leave it out for ${limits.defaultDeadline}.`,
    });
  }
  return Math.min(timeout, limits.maximumDeadline);
}

/**
 * Refuses a request over the host's caps, before its name is looked up.
 *
 * @throws HttpFailure `too-large`.
 */
export function checkSize(request: OutboundRequest, limits: Limits): void {
  const bytes = request.body?.length ?? 0;
  if (bytes > limits.requestBodyBytes) {
    throw tooLarge(`has a body of ${bytes} bytes; this host sends at most ${limits.requestBodyBytes}`);
  }
  const { headers } = request;
  if (headers.length / 2 > limits.headerCount) {
    throw tooLarge(`has ${headers.length / 2} header fields; this host sends at most ${limits.headerCount}`);
  }
  let cost = 0;
  for (let i = 0; i < headers.length; i += 2) {
    cost += headerCost(headers[i] ?? "", headers[i + 1] ?? "");
  }
  if (cost > limits.headerBytes) {
    throw tooLarge(
      `has header fields of ${cost} bytes, 32 for each included; this host sends at most ${limits.headerBytes}`,
    );
  }
}

function tooLarge(what: string): HttpFailure {
  return new HttpFailure({
    code: "too-large",
    phase: "validate",
    message: `The request ${what}.`,
  });
}

/** The fields as they go on the wire: the guest's, and the host's where the guest has none. Host and Content-Length are undici's to write, from the origin and the body. */
export function wireHeaders(guest: readonly string[], authorization: string | undefined): string[] {
  const headers = guest.slice();
  let accept = false;
  let acceptEncoding = false;
  let userAgent = false;
  for (let i = 0; i < guest.length; i += 2) {
    const name = guest[i] ?? "";
    headers[i + 1] = fieldValue(guest[i + 1] ?? "");
    // Lengths first: they spare most names the lower-casing.
    if (name.length === 6) accept ||= name.toLowerCase() === "accept";
    else if (name.length === 10) userAgent ||= name.toLowerCase() === "user-agent";
    else if (name.length === 15) acceptEncoding ||= name.toLowerCase() === "accept-encoding";
  }
  if (!accept) headers.push("accept", "*/*");
  if (!acceptEncoding) headers.push("accept-encoding", ACCEPTED_CODINGS);
  if (!userAgent) headers.push("user-agent", USER_AGENT);
  if (authorization !== undefined) headers.push("authorization", authorization);
  return headers;
}

/** The credentials a request carries, as the value connections are kept apart by; "" for none. */
export function credentialOf(guest: readonly string[], authorization: string | undefined): string {
  if (authorization !== undefined) return authorization;
  for (let i = 0; i < guest.length; i += 2) {
    const name = guest[i] ?? "";
    if (name.length === 13 && name.toLowerCase() === "authorization") return fieldValue(guest[i + 1] ?? "");
  }
  return "";
}
