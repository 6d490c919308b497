import { Http, Json, Log } from "@backfill/http/assembly";

/** The event is what is posted to /hooks/hello: `name`, or as `user` somebody whose name GitHub knows. */
export function run(event: Json): Json {
  const user = event["user"].asString();
  const name = user != null ? nameOf(user) : event["name"].asString();
  return Json.object().set("greeting", "Hello, " + (name != null ? name : "world") + "!");
}

function nameOf(user: string): string {
  const res = Http.get("https://api.github.com/users/" + encodeURIComponent(user), { timeout: 5_000 });
  const name = res.body["name"].asString();
  if (res.ok && name != null) return name;
  Log.warn("GitHub has no name for the user", Json.object().set("status", res.status));
  return user;
}
