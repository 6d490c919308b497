// Ends in every way that a hook can end.
import { Clock, Http, Json, Log, Random } from "@backfill/http/assembly";

let calls = 0;

export function run(event: Json): Json {
  const how = event["how"].toString();
  ++calls;
  if (how == "throw") throw new Error("out of stock: Ünïcode");
  if (how == "assert") assert(false, "never so");
  if (how == "unreachable") unreachable();
  if (how == "recurse") return Json.from(deeper(1));
  if (how == "fail") Http.get("https://elsewhere.example.com/v1?key=hidden");
  if (how == "allocate") {
    const kept = new Array<StaticArray<u8>>();
    while (true) kept.push(new StaticArray<u8>(1 << 24));
  }
  if (how == "hold") while (true) {}
  if (how == "sleep") Clock.sleep(event["milliseconds"].asInteger() as u32);
  if (how == "wait") return Http.get("https://api.example.com/wait").body;
  if (how == "random") return Json.from(Random.uuid());
  if (how == "random too much") return Json.from(Random.bytes(65_537).length);
  if (how == "math random") return Json.from(Math.random());
  if (how == "now") return Json.from(Clock.now());
  if (how == "log") {
    Log.debug("d");
    Log.info("i", Json.object().set("n", 1));
    Log.warn("w");
    Log.error("e", Json.object());
  }
  return Json.from(calls);
}

function deeper(depth: i32): i32 {
  return depth == 0 ? 0 : deeper(depth + 1) + deeper(depth + 2);
}
