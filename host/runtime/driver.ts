import { trap } from "./trap.ts";

// (module (import "" "run" (func $run (param i32 i32) (result i32))) (import "" "next" (func $next (result i32)))
//   (import "" "second" (func $second (result i32))) (import "" "done" (func $done (param i32)))
//   (func (export "drive") (param i32)
//     (loop $again
//       (call $done (call $run (local.get 0) (call $second)))
//       (local.set 0 (call $next))
//       (br $again))))
const TWO = driverModule(
  "0061736d01000000010f0360027f7f017f60017f006000017f022204000372756e000000046e657874000200067365636f6e6400020004646f6e6500010302010107090105647269766500040a1501130003402000100210001003100121000c000b0b",
);
// The same for a function of one parameter.
const ONE = driverModule(
  "0061736d01000000010e0360017f017f60017f006000017f021803000372756e000000046e65787400020004646f6e6500010302010107090105647269766500030a130111000340200010001002100121000c000b0b",
);

/** One call into a guest. */
export interface DrivenCall {
  readonly first: number;
  readonly second: number;
  /** The function has returned. What this throws, or a trap, ends the driver. */
  onReturn(result: number): void;
  /** It never will: it trapped, or its stack is exhausted. */
  onTrap(error: unknown): void;
}

/**
 * Calls one exported function again and again on one stack, which waits in between: to leave a stack and to come back costs
 * less than to make one, and what the engine makes for each would live until its next full collection.
 */
export class Driver {
  readonly #drive: (first: number) => Promise<unknown>;
  #call: DrivenCall | undefined;
  #isOver = false;
  #wake: ((first: number) => void) | undefined;
  #unwind: ((error: Error) => void) | undefined;

  constructor(target: (...parameters: number[]) => unknown) {
    const imports = {
      run: target,
      next: new WebAssembly.Suspending(() => this.#next()),
      second: () => this.#call?.second ?? 0,
      done: (result: number) => this.#done(result),
    };
    const { exports } = new WebAssembly.Instance(target.length === 1 ? ONE : TWO, { "": imports });
    this.#drive = WebAssembly.promising(exports["drive"] as (first: number) => number);
  }

  /** Begins a call. There is none under way. */
  begin(call: DrivenCall): void {
    this.#call = call;
    const wake = this.#wake;
    if (wake !== undefined) {
      this.#wake = undefined;
      wake(call.first);
      return;
    }
    this.#drive(call.first).catch((error: unknown) => {
      const failed = this.#call;
      this.#call = undefined;
      failed?.onTrap(error);
    });
  }

  /** Gives its stack back, where no call is under way. It is of no use any more. */
  end(): void {
    this.#isOver = true;
    this.#unwind?.(trap());
  }

  #next(): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#wake = resolve;
      this.#unwind = reject;
      if (this.#isOver) reject(trap());
    });
  }

  #done(result: number): void {
    const call = this.#call as DrivenCall;
    this.#call = undefined;
    try {
      call.onReturn(result);
    } catch (error) {
      call.onTrap(error);
      throw trap();
    }
  }
}

function driverModule(hex: string): WebAssembly.Module {
  return new WebAssembly.Module(Buffer.from(hex, "hex"));
}
