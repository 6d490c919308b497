// Ends in every way that a hook can end, as ../endings.ts does.
import { Clock, Http, Log, Random } from "@backfill/http/hook";

let calls = 0;

export function run(event: { how: string; milliseconds: number } | null): unknown {
  const how = event?.how;
  ++calls;
  if (how === "throw") throw new Error("out of stock: Ünïcode");
  if (how === "recurse") return deeper(1);
  if (how === "fail") Http.get("https://elsewhere.example.com/v1?key=hidden");
  if (how === "allocate") {
    const kept: Uint8Array[] = [];
    for (;;) kept.push(new Uint8Array(1 << 24));
  }
  if (how === "sleep") Clock.sleep(event?.milliseconds ?? 0);
  if (how === "wait") return Http.get("https://api.example.com/wait").body;
  if (how === "random") return Random.uuid();
  if (how === "random too much") return Random.bytes(65_537).length;
  if (how === "math random") return Math.random();
  if (how === "now") return Clock.now();
  if (how === "log") {
    Log.debug("d");
    Log.info("i", { n: 1 });
    Log.warn("w");
    Log.error("e", {});
  }
  return calls;
}

function deeper(depth: number): number {
  return depth === 0 ? 0 : deeper(depth + 1) + deeper(depth + 2);
}
