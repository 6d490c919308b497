import { Automaton } from "../auth/seal/automaton.ts";
import { formsOf, type Form } from "../auth/seal/forms.ts";
import { LOOKED_FOR } from "../auth/seal/scrub.ts";
import type { ResolvedSecrets } from "../config/secrets.ts";

/** What stands where a secret stood. */
export const REDACTED = "REDACTED";

/** Bytes: a shorter value stands in texts by chance, and what is left of a text without it tells it. */
export const MIN_REDACTED_BYTES = 4;
const MIN_GUESSED_BYTES = 8;

const LATIN1 = /^[\0-\xff]*$/;
const BEYOND_ASCII = /[\x80-\uffff]/g;

/** Names of fields and parameters that hold a secret, whatever its value is. */
const SECRET_PART = /token|secret|passw|signature|credential|cookie|api-?key|key$/i;
const SECRET_WORD = /^(?:authorization|auth|sig|jwt|pwd)$/i;

/** Takes secrets out of what was sent and of what came back: known values in every form, and what a name marks. */
export class Redactor {
  readonly #values: Set<string> = new Set();
  #automaton: Automaton | undefined;

  constructor(values: Iterable<string>) {
    for (const value of values) this.learn(value);
  }

  /** For the values of all declared secrets. */
  static of({ plain, sealed }: ResolvedSecrets): Redactor {
    return new Redactor([...plain.values(), ...Array.from(sealed.values(), ({ value }) => value)]);
  }

  /** Takes this value out of all that comes after. */
  learn(value: string): void {
    if (Buffer.byteLength(value) < MIN_REDACTED_BYTES || this.#values.has(value)) return;
    this.#values.add(value);
    this.#automaton = undefined;
  }

  /** Learns the credentials in the fields of a request (names and values by turns), of which other places may hold a copy. */
  learnFields(fields: readonly string[]): void {
    for (let i = 0; i < fields.length; i += 2) {
      const name = fields[i]?.toLowerCase() ?? "";
      const value = fields[i + 1] ?? "";
      if (name === "authorization") this.#learnAuthorization(value);
      else if (name === "cookie") value.split(/;\s*/).forEach((pair) => this.#guess(pair.slice(pair.indexOf("=") + 1)));
      else if (marksSecret(name)) this.#guess(value);
    }
  }

  #learnAuthorization(value: string): void {
    const [, scheme = "", credentials = value] = /^(\S+) +(.*)$/.exec(value) ?? [];
    this.learn(credentials.slice(-LOOKED_FOR));
    if (scheme.toLowerCase() !== "basic") return;
    const pair = Buffer.from(credentials, "base64").toString("utf8");
    const colon = pair.indexOf(":");
    // Some servers take a key as the user.
    this.#guess(pair.slice(0, colon));
    this.learn(pair.slice(colon + 1).slice(-LOOKED_FOR));
  }

  /** Learns what is a secret by its place alone, and may be a word like any other. */
  #guess(value: string): void {
    if (Buffer.byteLength(value) >= MIN_GUESSED_BYTES) this.learn(value.slice(-LOOKED_FOR));
  }

  bytes(bytes: Uint8Array): Uint8Array {
    if (this.#values.size === 0) return bytes;
    this.#automaton ??= new Automaton([...this.#values].flatMap(allFormsOf));
    const found = this.#automaton.find([bytes]);
    if (found.length === 0) return bytes;
    const kept: Uint8Array[] = [];
    let end = 0;
    for (let i = 0; i < found.length; i += 2) {
      kept.push(bytes.subarray(end, found[i]), Buffer.from(REDACTED));
      end = found[i + 1] ?? end;
    }
    return Buffer.concat([...kept, bytes.subarray(end)]);
  }

  text(text: string): string {
    const encoding = LATIN1.test(text) ? "latin1" : "utf8";
    return Buffer.from(this.bytes(Buffer.from(text, encoding))).toString(encoding);
  }

  /** A URL, or any text that may hold one: its query's values too, where their names mark them. */
  url(text: string): string {
    return this.text(text).replace(/([?&])([^?&=#\s"]+)=([^&#\s"]+)/g, (whole, before: string, name: string) =>
      marksSecret(decoded(name)) ? `${before}${name}=${REDACTED}` : whole,
    );
  }

  /** The value of a header field. */
  header(name: string, value: string): string {
    return marksSecret(name) ? REDACTED : this.url(value);
  }

  /** A body; one of a form has names, as a query has. */
  body(bytes: Uint8Array, contentType: string): Uint8Array {
    const clean = this.bytes(bytes);
    if (!/^application\/x-www-form-urlencoded\b/i.test(contentType)) return clean;
    return Buffer.from(this.url(`?${Buffer.from(clean).toString("latin1")}`).slice(1), "latin1");
  }
}

/** Whether the value that goes by this name is a secret. */
function marksSecret(name: string): boolean {
  return SECRET_PART.test(name) || name.split(/[^A-Za-z0-9]+/).some((word) => SECRET_WORD.test(word));
}

function decoded(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}

/** A plain secret may be any text: as bytes, and as JSON writes what a sealed one cannot hold. */
function allFormsOf(value: string): readonly Form[] {
  const inJson = JSON.stringify(value).slice(1, -1);
  const inAscii = inJson.replace(BEYOND_ASCII, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
  return [...new Set([value, inJson, inAscii])].flatMap((text) =>
    formsOf(LATIN1.test(text) ? text : Buffer.from(text).toString("latin1")),
  );
}
