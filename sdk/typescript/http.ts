import client, { type Response } from "backfill:http/client@0.1.0";
import { encodeBody } from "./body.ts";
import { HttpError, InvalidRequest, type HttpErrorInit } from "./error.ts";
import { checkOptions, type RequestOpts } from "./options.ts";
import { responseOf, type HttpResponse } from "./response.ts";

/** The methods of {@link Http}. */
export interface HttpMethods {
  get(url: string, opts?: RequestOpts): HttpResponse;
  // `any`, as it is documented: whatever can be serialised may be sent.
  post(url: string, body?: any, opts?: RequestOpts): HttpResponse;
  put(url: string, body?: any, opts?: RequestOpts): HttpResponse;
  patch(url: string, body?: any, opts?: RequestOpts): HttpResponse;
  delete(url: string, opts?: RequestOpts): HttpResponse;
}

/**
 * Calls to services outside. Each must match an entry of `permissions.http`.
 *
 * Every method waits for the whole response. A 4xx or 5xx is a response; a call without one throws {@link HttpError}.
 * Nothing is retried and no redirect is followed.
 *
 * A body may be an object, an array, a number or a boolean (sent as JSON, with its Content-Type unless the caller sets
 * one), a string or bytes (sent as is), or `URLSearchParams` (sent as a form). Null and undefined are no body.
 */
export const Http: HttpMethods = {
  get: (url, opts) => call("get", url, undefined, opts),
  post: (url, body, opts) => call("post", url, body, opts),
  put: (url, body, opts) => call("put", url, body, opts),
  patch: (url, body, opts) => call("patch", url, body, opts),
  delete: (url, opts) => call("delete", url, undefined, opts),
};

function call(method: keyof HttpMethods, url: string, body: unknown, opts: RequestOpts | undefined): HttpResponse {
  try {
    return responseOf(perform(method, url, body, opts));
  } catch (error) {
    const failure = failureOf(error);
    throw failure === undefined ? error : new HttpError(`Http.${method} ${withoutQuery(String(url))}`, failure);
  }
}

function perform(method: keyof HttpMethods, url: unknown, value: unknown, opts: RequestOpts | undefined): Response {
  if (typeof url !== "string") throw new InvalidRequest(`the URL is of type ${typeof url}; it must be a string`);
  const options = checkOptions(opts);
  if (method === "get" || method === "delete") return client[method](url, options);
  return client[method](url, encodeBody(value, options.headers), options);
}

/** What made a call give no response, or undefined for what is no such thing. */
function failureOf(error: unknown): HttpErrorInit | undefined {
  if (error instanceof InvalidRequest) {
    const { message } = error;
    return { code: "invalid-request", phase: "validate", message, detail: null, requestMayHaveBeenSent: false };
  }
  // What an import of the engine throws carries the failure as its payload.
  return (error as { payload?: HttpErrorInit } | null)?.payload;
}

/** A query, a fragment or userinfo may hold a key, and the message goes to a log. */
function withoutQuery(url: string): string {
  const end = url.search(/[?#]/);
  return (end < 0 ? url : url.slice(0, end)).replace(/\/\/[^/]*@/, "//");
}
