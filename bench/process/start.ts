// A process whose start is timed: it says so when the first response has come.
import { readFileSync } from "node:fs";
import { PEER_INFO, type PeerName } from "../peers/list.ts";
import type { Target } from "../peers/peer.ts";

const [, , targetFile = "", name = ""] = process.argv;
const module = await PEER_INFO[name as PeerName].load();
const peer = await module.open(JSON.parse(readFileSync(targetFile, "utf8")) as Target);
await peer.call({ path: "/200" });
process.stdout.write("x");
