import { randomBytes } from "node:crypto";
import { bytes, record, u64 } from "../abi/values.ts";
import { HookError } from "../errors.ts";
import type { Linker } from "../runtime/linker.ts";
import { answering } from "./define.ts";

/** Bytes of randomness at once. */
const RANDOM_LIMIT = 65_536n;

/** Offers `wasi:random`. What is called insecure is as good as the rest. */
export function offerRandom(linker: Linker): void {
  const some = answering({ len: u64 }, bytes, ({ len }) => {
    if (len <= RANDOM_LIMIT) return randomBytes(Number(len));
    throw new HookError("BACKFILL_HOOK_FAILED", `${len} random bytes: at most ${RANDOM_LIMIT} at once`);
  });
  const one = (): bigint => randomBytes(8).readBigUInt64LE();
  const number = answering({}, u64, one);
  linker
    .define("wasi:random/random@0.2", "get-random-bytes", some)
    .define("wasi:random/random@0.2", "get-random-u64", number)
    .define("wasi:random/insecure@0.2", "get-insecure-random-bytes", some)
    .define("wasi:random/insecure@0.2", "get-insecure-random-u64", number)
    .define(
      "wasi:random/insecure-seed@0.2",
      "insecure-seed",
      answering({}, record({ first: u64, second: u64 }), () => ({ first: one(), second: one() })),
    );
}
