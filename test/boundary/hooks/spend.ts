import { Clock, Http, Json, Log } from "@backfill/http/assembly";

let counter: i32 = 0;
const kept = new Array<string>();
let grown: StaticArray<u8> | null = null;

/** Spends what an event has, or tells what an earlier event has left. */
export function run(event: Json): Json {
  const how = event["how"].toString();
  if (how == "spin") {
    for (;;) ++counter;
  } else if (how == "fill") {
    const block = new StaticArray<u8>(1 << 20);
    for (;;) memory.fill(changetype<usize>(block), 1, 1 << 20);
  } else if (how == "recurse for ever") {
    for (;;) fibonacci(30);
  } else if (how == "log for ever") {
    for (;;) Log.debug("again");
  } else if (how == "clock for ever") {
    for (;;) Clock.now();
  } else if (how == "spin and call") {
    const until = Clock.now() + 20_000;
    while (Clock.now() < until) fibonacci(15);
    return Json.from(Http.get("https://api.example.com/late").status);
  } else if (how == "wait") {
    return Json.from(Http.get("https://api.example.com/late").status);
  } else if (how == "work") {
    return Json.from(fibonacci(20));
  } else if (how == "grow") {
    grown = new StaticArray<u8>(<i32>event["bytes"].asInteger());
  }
  const before = counter;
  counter += 1;
  kept.push(event["mark"].toString());
  return Json.object().set("counter", before).set("kept", kept.join(",")).set("pages", memory.size());
}

function fibonacci(n: i32): i32 {
  return n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2);
}
