import { inspect } from "node:util";
import { HttpFailure } from "../../errors.ts";
import { Automaton } from "./automaton.ts";
import { formsOf } from "./forms.ts";
import type { SealedSecret } from "./sealed.ts";

const MASK = "*";
/**
 * Characters of a value that are looked for: of a longer one the last, where a signed token has its signature. Without
 * them it is no credential, and what the search remembers stays bounded.
 */
export const LOOKED_FOR = 256;

/**
 * Takes the values of sealed secrets out of what comes back, in every form of {@link formsOf}. Each byte of one
 * becomes a `*`: lengths and offsets stay true, a JSON string stays one, and a body is changed where it lies,
 * without a copy. It guards against servers that repeat what they were sent; a server that helps a hook (by
 * sending a value back reversed, or in halves) has been given the value.
 */
export class Scrubber {
  readonly #automaton: Automaton;

  private constructor(values: readonly string[]) {
    this.#automaton = new Automaton(values.flatMap((value) => formsOf(value.slice(-LOOKED_FOR))));
  }

  /** For those of the secrets that are scrubbed; undefined where there are none. */
  static of(secrets: Iterable<SealedSecret>): Scrubber | undefined {
    const scrubbed = [...secrets].filter(({ scrub }) => scrub);
    return scrubbed.length === 0 ? undefined : Scrubber.ofValues(scrubbed.map(({ value }) => value));
  }

  /** For values that are long enough to be sealed, one code unit a byte. */
  static ofValues(values: readonly string[]): Scrubber {
    return new Scrubber(values);
  }

  /** A message or a log line; also the value of a header field, one code unit a byte. */
  text(text: string): string {
    // Above U+00FF only the low byte is looked at: that may mask a look-alike, and misses nothing.
    const found = this.#automaton.find([Buffer.from(text, "latin1")]);
    let scrubbed = "";
    let kept = 0;
    for (let i = 0; i < found.length; i += 2) {
      const [start = 0, end = 0] = found.slice(i, i + 2);
      scrubbed += text.slice(kept, start) + MASK.repeat(end - start);
      kept = end;
    }
    return scrubbed + text.slice(kept);
  }

  /** Names and values by turns. */
  headers(fields: readonly string[]): readonly string[] {
    return fields.map((text) => this.text(text));
  }

  /** A decoded body in its pieces, which are overwritten. A value may lie across several. */
  body(pieces: readonly Uint8Array[]): void {
    const found = this.#automaton.find(pieces);
    let index = 0;
    let before = 0;
    for (let i = 0; i < found.length; i += 2) {
      const [start = 0, end = 0] = found.slice(i, i + 2);
      for (; index < pieces.length; index += 1) {
        const piece = pieces[index] as Uint8Array;
        piece.subarray(Math.max(0, start - before), end - before).fill(MASK.charCodeAt(0));
        if (before + piece.length >= end) break;
        before += piece.length;
      }
    }
  }

  /** The failure, or one like it without values. The cause is left out where it shows one. */
  failure(failure: HttpFailure): HttpFailure {
    const message = this.text(failure.message);
    const detail = failure.detail === undefined ? undefined : this.text(failure.detail);
    const shown = inspect(failure.cause, { depth: 4, maxStringLength: Infinity });
    const cause = this.text(shown) === shown ? failure.cause : undefined;
    if (message === failure.message && detail === failure.detail && cause === failure.cause) return failure;
    const { code, phase, requestMayHaveBeenSent } = failure;
    return new HttpFailure({ code, phase, message, detail, requestMayHaveBeenSent, cause });
  }
}
