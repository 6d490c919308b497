// Performs the call that the event describes, in the result form, and reports what a hook sees of it.
import { Auth, BasicAuth, Body, Http, HttpResult, Json, OAuth, RequestOpts, Secrets } from "@backfill/http/assembly";

export function run(event: Json): Json {
  const url = event["url"].toString();
  const method = event["method"].toString();
  const opts = options(event);
  const body = event["body"];
  let result: HttpResult;
  if (method == "GET") result = Http.tryGet(url, opts);
  else if (method == "DELETE") result = Http.tryDelete(url, opts);
  else if (!event.has("body")) result = without(method, url, opts);
  else if (body.isString) result = post<string>(method, url, body.toString(), opts);
  else result = post<Json>(method, url, body, opts);
  return report(result);
}

function without(method: string, url: string, opts: RequestOpts): HttpResult {
  if (method == "PUT") return Http.tryPut<string | null>(url, null, opts);
  if (method == "PATCH") return Http.tryPatch<string | null>(url, null, opts);
  return Http.tryPost<string | null>(url, null, opts);
}

function post<T>(method: string, url: string, body: T, opts: RequestOpts): HttpResult {
  if (method == "PUT") return Http.tryPut<T>(url, body, opts);
  if (method == "PATCH") return Http.tryPatch<T>(url, body, opts);
  return Http.tryPost<T>(url, body, opts);
}

function options(event: Json): RequestOpts {
  const opts = new RequestOpts();
  const headers = event["headers"];
  if (headers.isArray) {
    const pairs = new Array<string[]>();
    for (let i = 0; i < headers.length; ++i) {
      const pair = new Array<string>();
      for (let j = 0; j < headers.at(i).length; ++j) pair.push(headers.at(i).at(j).toString());
      pairs.push(pair);
    }
    opts.headers = pairs;
  }
  if (event.has("bodyInOptions")) opts.body = Body.text(event["bodyInOptions"].toString());
  if (event.has("jsonInOptions")) opts.body = Body.json(event["jsonInOptions"]);
  if (event.has("bytesInOptions")) {
    const bytes = event["bytesInOptions"];
    const view = new Uint8Array(bytes.length);
    for (let i = 0; i < bytes.length; ++i) view[i] = <u8>bytes.at(i).asInteger();
    opts.body = Body.bytes(view);
  }
  if (event.has("timeout")) opts.timeout = event["timeout"].isNumber ? event["timeout"].asNumber() : NaN;
  if (event.has("responseType")) opts.responseType = event["responseType"].toString();
  if (event["auth"].isObject) opts.auth = authOf(event["auth"]);
  return opts;
}

function authOf(given: Json): Auth {
  const auth = new Auth();
  if (given["bearer"].isString) auth.bearer = given["bearer"].toString();
  if (given["bearerSecret"].isString) auth.bearer = Secrets.get(given["bearerSecret"].toString());
  if (given["basic"].isObject) {
    const basic = new BasicAuth();
    basic.user = given["basic"]["user"].toString();
    basic.pass = given["basic"]["pass"].toString();
    auth.basic = basic;
  }
  if (given.has("oauth")) {
    const oauth = new OAuth();
    if (given["oauth"]["minTtlSeconds"].isNumber) oauth.minTtlSeconds = given["oauth"]["minTtlSeconds"].asNumber();
    auth.oauth = oauth;
  }
  return auth;
}

function report(result: HttpResult): Json {
  const error = result.error;
  if (error != null) {
    return Json.object()
      .set("code", error.code)
      .set("phase", error.phase)
      .set("message", error.message)
      .set("requestMayHaveBeenSent", error.requestMayHaveBeenSent);
  }
  const response = result.response!;
  const headers = Json.object();
  const names = response.headers.keys();
  for (let i = 0; i < names.length; ++i) headers.set(names[i], response.headers[names[i]]);
  const bytes = Json.array();
  for (let i = 0, n = min(response.bytes.length, 64); i < n; ++i) bytes.push(<i32>response.bytes[i]);
  const kind = response.body.isMissing
    ? "bytes"
    : response.body.isString && response.body.toString() == response.text
      ? "text"
      : "json";
  return Json.object()
    .set("status", response.status)
    .set("ok", response.ok)
    .set("headers", headers)
    .set("headerList", response.headerList)
    .set("body", response.body)
    .set("kind", kind)
    .set("text", response.text)
    .set("bytes", bytes);
}
