import { own, record, u32, u64 } from "../abi/values.ts";
import type { Linker } from "../runtime/linker.ts";
import { answering } from "./define.ts";
import { Pollable } from "./poll.ts";

const MILLISECOND = 1_000_000n;

/** What a timer takes at the most; a longer one would fire at once. */
const LONGEST_TIMER = 2 ** 31 - 1;

/** Offers `wasi:clocks`. No guest gets a finer clock than one of milliseconds. */
export function offerClocks(linker: Linker): void {
  const monotonic = "wasi:clocks/monotonic-clock@0.2";
  const wall = "wasi:clocks/wall-clock@0.2";
  const datetime = record({ seconds: u64, nanoseconds: u32 });
  linker
    .define(monotonic, "now", answering({}, u64, now))
    .define(
      monotonic,
      "resolution",
      answering({}, u64, () => MILLISECOND),
    )
    .define(
      monotonic,
      "subscribe-instant",
      answering({ when: u64 }, own(Pollable), ({ when }) => timer(when)),
    )
    .define(
      monotonic,
      "subscribe-duration",
      answering({ when: u64 }, own(Pollable), ({ when }) => timer(process.hrtime.bigint() + when)),
    )
    .define(
      wall,
      "now",
      answering({}, datetime, () => {
        const milliseconds = Date.now();
        return {
          seconds: BigInt(Math.floor(milliseconds / 1000)),
          nanoseconds: (milliseconds % 1000) * Number(MILLISECOND),
        };
      }),
    )
    .define(
      wall,
      "resolution",
      answering({}, datetime, () => ({ seconds: 0n, nanoseconds: Number(MILLISECOND) })),
    );
}

function now(): bigint {
  const exact = process.hrtime.bigint();
  return exact - (exact % MILLISECOND);
}

/** Ready from this moment on. */
function timer(when: bigint): Pollable {
  const left = (): bigint => when - process.hrtime.bigint();
  return new Pollable(
    () => left() <= 0n,
    (wake) => {
      // It may have passed since somebody looked; Node warns of a time below 0.
      const milliseconds = Math.max(0, Number(left() / MILLISECOND)) + 1;
      const timeout = setTimeout(wake, Math.min(milliseconds, LONGEST_TIMER));
      return () => clearTimeout(timeout);
    },
  );
}
