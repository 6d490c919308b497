import { absent, Body } from "./body";
import { call, DELETE, GET, PATCH, POST, PUT } from "./call";
import { checkOptions, NO_OPTIONS, RequestOpts } from "./options";
import { HttpResponse, HttpResult } from "./response";

/**
 * Calls to services outside. Each must match an entry of `permissions.http`.
 *
 * Every method waits for the whole response. It is there twice: `get` ends the hook where there is no response
 * (AssemblyScript has no `catch`), `tryGet` returns the failure as a value. A 4xx or 5xx is a response.
 * Nothing is retried and no redirect is followed.
 *
 * A body may be a string (sent as is), a `Json` or anything `Json.from` takes (sent as JSON), a `Uint8Array`,
 * or a `Body`.
 */
@final
export class Http {
  static get(url: string, opts: RequestOpts = NO_OPTIONS): HttpResponse {
    return orEnd("get", url, Http.tryGet(url, opts));
  }

  static post<T = string | null>(url: string, body: T = absent<T>(), opts: RequestOpts = NO_OPTIONS): HttpResponse {
    return orEnd("post", url, Http.tryPost<T>(url, body, opts));
  }

  static put<T = string | null>(url: string, body: T = absent<T>(), opts: RequestOpts = NO_OPTIONS): HttpResponse {
    return orEnd("put", url, Http.tryPut<T>(url, body, opts));
  }

  static patch<T = string | null>(url: string, body: T = absent<T>(), opts: RequestOpts = NO_OPTIONS): HttpResponse {
    return orEnd("patch", url, Http.tryPatch<T>(url, body, opts));
  }

  static delete(url: string, opts: RequestOpts = NO_OPTIONS): HttpResponse {
    return orEnd("delete", url, Http.tryDelete(url, opts));
  }

  static tryGet(url: string, opts: RequestOpts = NO_OPTIONS): HttpResult {
    return attempt(GET, url, null, opts);
  }

  static tryPost<T = string | null>(url: string, body: T = absent<T>(), opts: RequestOpts = NO_OPTIONS): HttpResult {
    return attempt(POST, url, Body.from<T>(body), opts);
  }

  static tryPut<T = string | null>(url: string, body: T = absent<T>(), opts: RequestOpts = NO_OPTIONS): HttpResult {
    return attempt(PUT, url, Body.from<T>(body), opts);
  }

  static tryPatch<T = string | null>(url: string, body: T = absent<T>(), opts: RequestOpts = NO_OPTIONS): HttpResult {
    return attempt(PATCH, url, Body.from<T>(body), opts);
  }

  static tryDelete(url: string, opts: RequestOpts = NO_OPTIONS): HttpResult {
    return attempt(DELETE, url, null, opts);
  }
}

function attempt(method: i32, url: string, body: Body | null, opts: RequestOpts): HttpResult {
  const options = checkOptions(opts);
  const outcome = call(method, url, body, options);
  const failure = outcome.failure;
  if (failure != null) return new HttpResult(null, failure);
  return new HttpResult(new HttpResponse(outcome, options.responseType), null);
}

function orEnd(name: string, url: string, result: HttpResult): HttpResponse {
  const error = result.error;
  if (error != null) throw new Error("Http." + name + " " + withoutQuery(url) + " failed: " + error.toString());
  return result.response!;
}

/** A query may hold a key, and the message goes to a log. */
function withoutQuery(url: string): string {
  const end = url.indexOf("?");
  return end < 0 ? url : url.substring(0, end);
}
