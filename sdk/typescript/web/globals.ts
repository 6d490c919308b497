import { console } from "./console.ts";
import { performance } from "./performance.ts";
import { crypto, mathRandom } from "./randomness.ts";
import { TextDecoder, TextEncoder } from "./text.ts";
import { timers } from "./timers.ts";

/** Gives a hook the globals that JavaScript alone does not have, and takes away the engine's own. */
export function installGlobals(): void {
  define(globalThis, { console, crypto, performance, TextDecoder, TextEncoder, ...timers });
  define(Math, { random: mathRandom });
  for (const name of ["__cqjs", "wit"]) Reflect.deleteProperty(globalThis, name);
  // The engine keeps ten calls, and those of this library come first.
  define(Error, { stackTraceLimit: 30 });
}

function define(target: object, values: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(values)) {
    Object.defineProperty(target, name, { value, writable: true, configurable: true, enumerable: false });
  }
}
