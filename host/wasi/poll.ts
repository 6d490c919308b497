import { setImmediate } from "node:timers/promises";
import { HANDLES, Resource } from "../abi/handles.ts";
import { abiError } from "../abi/memory.ts";
import { bool, borrow, list, u32 } from "../abi/values.ts";
import type { EndListener } from "../ending.ts";
import type { ImportContext, Linker } from "../runtime/linker.ts";
import { answering, waiting } from "./define.ts";

/** `wasi:io/poll.pollable`: something that a guest waits for. */
export class Pollable extends Resource {
  static readonly resource = "pollable";
  /** Whether there is nothing to wait for any more. */
  readonly isReady: () => boolean;
  /** Has `wake` called when it may be ready. Returns what ends that. */
  readonly listen: (wake: () => void) => () => void;

  constructor(isReady: () => boolean, listen: (wake: () => void) => () => void) {
    super();
    this.isReady = isReady;
    this.listen = listen;
  }

  /** One that is ready from the beginning. */
  static ready(): Pollable {
    return new Pollable(
      () => true,
      () => () => {},
    );
  }
}

/** Offers `wasi:io/poll`. */
export function offerPoll(linker: Linker): void {
  const name = "wasi:io/poll@0.2";
  const self = borrow(Pollable);
  linker
    .drops(Pollable)
    .define(
      name,
      "[method]pollable.ready",
      answering({ self }, bool, ({ self }) => self.isReady()),
    )
    .defineSuspending(
      name,
      "[method]pollable.block",
      waiting({ self }, undefined, async ({ self }, context) => {
        await anyReady([self], context);
      }),
    )
    .defineSuspending(
      name,
      "poll",
      waiting({ in: list(self) }, list(u32), ({ in: pollables }, context) => {
        if (pollables.length === 0) throw abiError("it waits for nothing");
        // Each is looked at in every round: one handle that stands there many times would cost as much.
        if (pollables.length > HANDLES) throw abiError("it waits for more than it can hold");
        return anyReady(pollables, context);
      }),
    );
}

/** Waits until one of them is ready at least, and gives the places of those that are. */
async function anyReady(pollables: readonly Pollable[], { store }: ImportContext): Promise<number[]> {
  for (;;) {
    // What is ready at once takes a turn of the event loop too: a hook that asks again and again would hold it for ever.
    await setImmediate();
    store.check();
    store.cpu.start();
    const ready = pollables.flatMap((one, i) => (one.isReady() ? [i] : []));
    const next = ready.length > 0 ? undefined : woken(pollables, store.ending);
    if (!store.cpu.stop()) store.end(store.cpu.exceeded());
    if (next === undefined) return ready;
    await next;
  }
}

function woken(pollables: readonly Pollable[], ending: ImportContext["store"]["ending"]): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = (then: () => void): void => {
      for (const stop of stops) stop();
      ending.unlisten(over);
      then();
    };
    const over: EndListener = { onEnd: () => settle(() => reject(ending.reason)) };
    const stops = pollables.map((one) => one.listen(() => settle(resolve)));
    ending.listen(over);
  });
}
