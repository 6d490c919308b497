// Does what a case tells it, step by step, and reports what a hook sees of each step.
import {
  Auth,
  BasicAuth,
  Body,
  Clock,
  Http,
  HttpResponse,
  HttpResult,
  Json,
  Log,
  OAuth,
  Random,
  RequestOpts,
  Secrets,
} from "@backfill/http/assembly";
import { decodeBase64, encodeBase64 } from "./base64";

/** 2026-01-01, before which no clock that runs can be. */
const THIS_YEAR: i64 = 1_767_225_600_000;

export function run(event: Json): Json {
  const calls = event["calls"];
  const outcomes = Json.array();
  for (let i = 0; i < calls.length; ++i) outcomes.push(step(calls.at(i)));
  return Json.object().set("outcomes", outcomes);
}

function step(call: Json): Json {
  if (call.has("sleep")) {
    Clock.sleep(<u32>call["sleep"].asInteger());
    return Json.object().set("slept", call["sleep"]);
  }
  if (call.has("now")) return Json.object().set("now", Clock.now() >= THIS_YEAR);
  if (call.has("random")) {
    return Json.object().set("random", Random.bytes(<i32>call["random"].asInteger()).length);
  }
  if (call.has("log")) return logged(call["log"]);
  if (call.has("trap")) throw new Error(call["trap"].toString());
  if (call.has("spin")) while (true) {}
  if (call.has("grow")) {
    return Json.object().set("grown", new StaticArray<u8>(<i32>call["grow"].asInteger()).length);
  }
  return send(call);
}

function logged(line: Json): Json {
  const level = line["level"].toString();
  const message = line["message"].toString();
  const fields: Json | null = line.has("fields") ? line["fields"] : null;
  if (level == "debug") Log.debug(message, fields);
  else if (level == "info") Log.info(message, fields);
  else if (level == "warn") Log.warn(message, fields);
  else Log.error(message, fields);
  return Json.object().set("logged", level);
}

function send(call: Json): Json {
  let text = call;
  if (call.has("secret")) {
    const value = Secrets.get(call["secret"].toString());
    if (value == null) return Json.object().set("noSecret", call["secret"]);
    // In the text of the whole call, so that every place takes it.
    const quoted = Json.from<string>(value).stringify();
    const filled = Json.parse(call.stringify().replaceAll("{{secret}}", quoted.substring(1, quoted.length - 1)));
    if (filled == null) throw new Error("the call with its secret is not well-formed");
    text = filled;
  }
  return report(perform(text));
}

function perform(call: Json): HttpResult {
  const method = call["method"].toString();
  const url = call["url"].toString();
  const opts = optionsOf(call["options"]);
  const body = bodyOf(call["body"]);
  if (method == "get") return Http.tryGet(url, opts);
  if (method == "delete") return Http.tryDelete(url, opts);
  if (method == "put") return Http.tryPut<Body | null>(url, body, opts);
  if (method == "patch") return Http.tryPatch<Body | null>(url, body, opts);
  return Http.tryPost<Body | null>(url, body, opts);
}

function bodyOf(body: Json): Body | null {
  if (body.isMissing) return null;
  if (body.has("text")) return Body.text(body["text"].toString());
  if (body.has("bytes")) return Body.raw(decodeBase64(body["bytes"].toString()));
  const value = Json.parse(body["json"].toString());
  if (value == null) throw new Error("a case gives JSON text that is well-formed");
  return Body.json(value);
}

function optionsOf(given: Json): RequestOpts {
  const opts = new RequestOpts();
  if (given.has("headers")) {
    const fields = given["headers"];
    const headers = new Array<string[]>();
    for (let i = 0; i < fields.length; ++i)
      headers.push([fields.at(i).at(0).toString(), fields.at(i).at(1).toString()]);
    opts.headers = headers;
  }
  opts.body = bodyOf(given["body"]);
  if (given.has("timeout")) opts.timeout = given["timeout"].isNumber ? given["timeout"].asNumber() : NaN;
  if (given.has("responseType")) opts.responseType = given["responseType"].toString();
  if (given.has("auth")) opts.auth = authOf(given["auth"]);
  return opts;
}

function authOf(given: Json): Auth {
  const auth = new Auth();
  if (given.has("bearer")) auth.bearer = given["bearer"].toString();
  if (given.has("basic")) {
    const basic = new BasicAuth();
    basic.user = given["basic"]["user"].toString();
    basic.pass = given["basic"]["pass"].toString();
    auth.basic = basic;
  }
  if (given.has("oauth")) {
    const oauth = new OAuth();
    if (given["oauth"].has("minTtlSeconds")) oauth.minTtlSeconds = given["oauth"]["minTtlSeconds"].asNumber();
    auth.oauth = oauth;
  }
  return auth;
}

function report(result: HttpResult): Json {
  const error = result.error;
  if (error == null) return Json.object().set("response", reportResponse(result.response!));
  return Json.object().set(
    "failure",
    Json.object()
      .set("code", error.code)
      .set("phase", error.phase)
      .set("requestMayHaveBeenSent", error.requestMayHaveBeenSent)
      .set("message", error.message)
      .set("detail", error.detail),
  );
}

function reportResponse(response: HttpResponse): Json {
  const names = response.headers.keys();
  const headers = new Array<string[]>();
  for (let i = 0; i < names.length; ++i) headers.push([names[i], response.headers[names[i]]!]);
  return Json.object()
    .set("status", response.status)
    .set("ok", response.ok)
    .set("headers", headers)
    .set("headerList", response.headerList)
    .set("body", reportBody(response));
}

function reportBody(response: HttpResponse): Json {
  const body = response.body;
  if (body.isMissing) return Json.object().set("bytes", encodeBase64(response.bytes));
  // A JSON string is never spelt as its own value, for it has quotes.
  const isText = body.isString && body.toString() == response.text;
  return Json.object().set(isText ? "text" : "json", response.text);
}
