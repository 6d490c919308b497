// Uses a secret in every place, and reports what it sees of it.
import { Body, Http, Json, Log, Secrets } from "@backfill/http/assembly";

export function run(event: Json): Json {
  const secret = Secrets.get("api_key")!;
  const url = event["url"].toString();
  const where = event["where"].toString();
  Log.info("the secret is " + secret, Json.object().set("secret", secret));
  let result = Http.tryGet(url, { auth: { bearer: secret } });
  if (where == "basic") result = Http.tryGet(url, { auth: { basic: { user: "key", pass: secret } } });
  if (where == "header") result = Http.tryGet(url, { headers: [["X-Api-Key", secret]] });
  if (where == "query") result = Http.tryGet(url + "?key=" + secret);
  if (where == "path") result = Http.tryGet(url + "/" + secret);
  if (where == "json") result = Http.tryPost(url, Json.object().set("key", secret));
  if (where == "text") result = Http.tryPost(url, "key=" + secret);
  if (where == "form") {
    result = Http.tryPost(url, "key=" + secret, { headers: [["Content-Type", "application/x-www-form-urlencoded"]] });
  }
  const error = result.error;
  if (error != null) return Json.object().set("code", error.code).set("message", error.message).set("secret", secret);
  if (where == "throw") throw new Error("it was " + result.response!.text);
  return Json.object()
    .set("secret", secret)
    .set("body", result.response!.body)
    .set("header", result.response!.headers["x-echo"]);
}
