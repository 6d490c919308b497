import { ConfigError } from "../../errors.ts";
import { Allowlist, lintEntry } from "../../policy/allowlist.ts";
import { checkHeaders, fieldValue } from "../../policy/headers.ts";

/** Bytes: what scrubbing a shorter value would take out of answers that only happen to hold it, and tell whoever guesses. */
export const MIN_SEALED_BYTES = 16;

/** How a secret is sealed. */
export interface SealOptions {
  /** Where the value may go, in the spelling of `permissions.http`; at least one entry. */
  readonly for: readonly string[];
  /** Whether the value is taken out of what comes back. Default true; for the operator alone to turn off. */
  readonly scrub?: boolean | undefined;
  /** Hosts that `for` may name although they are not public names. Default none. */
  readonly internalHosts?: readonly string[] | undefined;
}

/** A secret whose value no guest sees: it is put in by the host, and only toward the entries it is bound to. */
export class SealedSecret {
  readonly name: string;
  readonly allowlist: Allowlist;
  readonly scrub: boolean;
  /** Private, so that neither `console.log` nor JSON shows it. */
  readonly #value: string;

  private constructor(name: string, value: string, allowlist: Allowlist, scrub: boolean) {
    this.name = name;
    this.#value = value;
    this.allowlist = allowlist;
    this.scrub = scrub;
  }

  /**
   * Seals a value.
   *
   * @throws {ConfigError} for a value under {@link MIN_SEALED_BYTES} of UTF-8, one that cannot stand in a header
   * field, or entries that are refused. No message holds the value.
   */
  static seal(name: string, value: string, options: SealOptions): SealedSecret {
    const place = `secrets.${name}`;
    const bytes = Buffer.byteLength(value);
    if (bytes < MIN_SEALED_BYTES) {
      throw new ConfigError(
        place,
        `a value of ${bytes} bytes`,
        `${MIN_SEALED_BYTES} or more: a shorter one cannot be sealed, because answers hold it by chance; declare it without \`for\``,
      );
    }
    if (checkHeaders(["secret", value], false) !== undefined || fieldValue(value) !== value) {
      throw new ConfigError(
        place,
        "a value with a line end, a control character, one above U+00FF, or a space at an end",
        "one that can stand in a header field; often a line end was read with it from a file",
      );
    }
    return new SealedSecret(name, value, compile(place, value, options), options.scrub ?? true);
  }

  get value(): string {
    return this.#value;
  }
}

function compile(place: string, value: string, { for: entries, internalHosts = [] }: SealOptions): Allowlist {
  if (entries.length === 0) {
    throw new ConfigError(`${place}.for`, "no entry", "one or more: without any, the secret can go nowhere");
  }
  for (const [index, entry] of entries.entries()) {
    const { valid, reason, suggestion } = lintEntry(entry, { internalHosts });
    if (valid) continue;
    // The line is not quoted, and a suggestion only where it is not made of a value that stands in the wrong place.
    const shown = suggestion === undefined || holds(entry, value) ? "another" : JSON.stringify(suggestion);
    throw new ConfigError(`${place}.for[${index}]`, "an entry that is refused", `${shown}: ${reason ?? ""}`);
  }
  return Allowlist.compile(entries, { internalHosts });
}

function holds(entry: string, value: string): boolean {
  return entry.toLowerCase().includes(value.toLowerCase());
}
