import { openHook } from "./backfill.ts";
import type { Peer, Target } from "./peer.ts";

/** The published package again, with a hook in TypeScript. */
export function open(target: Target): Promise<Peer> {
  return openHook(target, "backfill-typescript.wasm", "backfill-typescript-spin.wasm");
}
