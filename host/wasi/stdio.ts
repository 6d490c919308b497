import type { LogLevel } from "../abi/platform.ts";
import type { Store } from "../runtime/store.ts";
import { OutputStream } from "./streams.ts";

/** Bytes of one line; the rest of it is left out. */
const LINE = 65_536;

const NEWLINE = 0x0a;

/** What a program writes to one of its standard streams: a line of the log for each line. */
class LogLines {
  readonly #store: Store;
  readonly #level: LogLevel;
  readonly #pieces: Uint8Array[] = [];
  #length = 0;

  constructor(store: Store, level: LogLevel) {
    this.#store = store;
    this.#level = level;
  }

  write(bytes: Uint8Array): void {
    let start = 0;
    for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, start)) {
      this.#keep(bytes.subarray(start, end));
      this.#log();
      start = end + 1;
    }
    this.#keep(bytes.subarray(start));
  }

  /** Logs what has no newline behind it. */
  finish(): void {
    if (this.#length > 0) this.#log();
  }

  #keep(bytes: Uint8Array): void {
    const piece = bytes.subarray(0, LINE - this.#length);
    if (piece.length === 0) return;
    this.#pieces.push(piece);
    this.#length += piece.length;
  }

  #log(): void {
    const message = Buffer.concat(this.#pieces.splice(0)).toString("utf8");
    this.#length = 0;
    this.#store.log({ level: this.#level, message, fields: undefined });
  }
}

/** A guest's stream of log lines. A program may have many, of one and the same line. */
export class StandardStream extends OutputStream {
  readonly #lines: LogLines;

  constructor(lines: LogLines) {
    super();
    this.#lines = lines;
  }

  override write(bytes: Uint8Array): boolean {
    this.#lines.write(bytes);
    return true;
  }
}

/** The standard streams of an event. */
class StandardStreams {
  readonly stdout: LogLines;
  readonly stderr: LogLines;

  constructor(store: Store) {
    this.stdout = new LogLines(store, "info");
    this.stderr = new LogLines(store, "warn");
    store.atEnd(() => {
      this.stdout.finish();
      this.stderr.finish();
    });
  }
}

const streams = new WeakMap<Store, StandardStreams>();

/** One of the event's standard streams. */
export function standardStream(store: Store, name: "stdout" | "stderr"): StandardStream {
  let all = streams.get(store);
  if (all === undefined) {
    all = new StandardStreams(store);
    streams.set(store, all);
  }
  return new StandardStream(all[name]);
}
