import { inspect } from "node:util";
import fc from "fast-check";
import { HttpFailure } from "../../host/errors.ts";
import { SealedSecret } from "../../host/auth/seal/sealed.ts";

/** What a sealed value may hold: visible Latin-1, and spaces inside. */
export const sealable: fc.Arbitrary<string> = fc
  .array(
    fc.oneof(
      { weight: 6, arbitrary: fc.constantFrom(..."abXYZ0189_-.~") },
      { weight: 2, arbitrary: fc.constantFrom(..."%\"\\/+&=;,: '\t") },
      { weight: 1, arbitrary: fc.integer({ min: 0xa1, max: 0xff }).map((code) => String.fromCharCode(code)) },
    ),
    { minLength: 14, maxLength: 60 },
  )
  .map((characters) => `s${characters.join("")}e`);

export const ENTRY = "https://api.example/v1/*";

export function seal(value: string, name = "key", entries: readonly string[] = [ENTRY]): SealedSecret {
  return SealedSecret.seal(name, value, { for: entries });
}

/** The failure that a call throws. */
export function failureOf(run: () => unknown): HttpFailure {
  try {
    run();
  } catch (error) {
    if (error instanceof HttpFailure) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}

/** Everything that a log could show of a thing. */
export function shown(thing: unknown): string {
  return inspect(thing, { depth: Infinity, showHidden: true }) + String(thing) + JSON.stringify(thing);
}
