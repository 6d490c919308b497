import type { Reader } from "../reader.ts";
import { sectionsOf } from "../sections.ts";
import { Writer } from "./writer.ts";

export const TYPE = 1;
export const IMPORT = 2;
export const FUNCTION = 3;
export const TABLE = 4;
export const MEMORY = 5;
export const GLOBAL = 6;
export const EXPORT = 7;
export const START = 8;
export const ELEMENT = 9;
export const CODE = 10;
export const DATA = 11;
export const DATA_COUNT = 12;
export const TAG = 13;
const CUSTOM = 0;
const ORDER = [TYPE, IMPORT, FUNCTION, TABLE, MEMORY, TAG, GLOBAL, EXPORT, START, ELEMENT, DATA_COUNT, CODE, DATA];

const PREAMBLE_LENGTH = 8;

/** The entries of a section that is written again, to which more can be added. */
export class Entries {
  count = 0;
  readonly content: Writer;

  constructor(capacity: number) {
    this.content = new Writer(capacity);
  }

  /** Takes one more entry: what is written there. */
  add(): Writer {
    this.count++;
    return this.content;
  }
}

/**
 * The sections of a core module, to be written again. Of its custom sections only the names are kept: the others
 * point into code that moves, or tell of tools.
 */
export class ModuleSections {
  readonly #bytes: Uint8Array;
  readonly #bodies = new Map<number, Reader>();
  readonly #entries = new Map<number, Entries>();
  #names: Uint8Array | undefined;
  #hints: Entries | undefined;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    for (const { id, body, whole } of sectionsOf(bytes)) {
      if (id !== CUSTOM) this.#bodies.set(id, body);
      else if (body.name() === "name") this.#names = whole;
    }
  }

  has(id: number): boolean {
    return this.#bodies.has(id);
  }

  /** Reads the entries of a section that stays as it is. */
  each(id: number, read: (reader: Reader) => void): void {
    const body = this.#bodies.get(id);
    if (body === undefined) return;
    const start = body.offset;
    for (let left = body.u32(); left > 0; left--) read(body);
    body.offset = start;
  }

  /** The entries of a section, so that more can be added: what `read` goes over, or what it writes itself. */
  entries(id: number, read: (reader: Reader, out: Writer) => void, entries: Entries = new Entries(1024)): Entries {
    this.#entries.set(id, entries);
    const body = this.#bodies.get(id);
    if (body === undefined) return entries;
    for (let left = body.u32(); left > 0; left--) {
      const start = body.offset;
      const { length } = entries.content;
      read(body, entries.add());
      if (entries.content.length === length) entries.content.copy(this.#bytes, start, body.offset);
    }
    return entries;
  }

  /** The hints of which branches are hardly taken, by function. */
  get hints(): Entries {
    return (this.#hints ??= new Entries(1024));
  }

  drop(id: number): void {
    this.#bodies.delete(id);
  }

  finish(): Uint8Array {
    const out = new Writer(this.#bytes.length * 2).copy(this.#bytes, 0, PREAMBLE_LENGTH);
    for (const id of ORDER) {
      const entries = this.#entries.get(id);
      const body = this.#bodies.get(id);
      if (id === CODE && this.#hints !== undefined) write(out, CUSTOM, this.#hints, "metadata.code.branch_hint");
      if (entries !== undefined) write(out, id, entries);
      else if (body !== undefined) {
        out
          .put(id)
          .u32(body.end - body.offset)
          .copy(this.#bytes, body.offset, body.end);
      }
    }
    if (this.#names !== undefined) out.append(this.#names);
    return out.finish().slice();
  }
}

function write(out: Writer, id: number, { count, content }: Entries, name?: string): void {
  if (count === 0) return;
  const head = new Writer(32);
  if (name !== undefined) head.name(name);
  head.u32(count);
  out.put(id).u32(head.length + content.length);
  out.append(head.finish()).append(content.finish());
}
