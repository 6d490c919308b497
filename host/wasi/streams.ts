import { Resource } from "../abi/handles.ts";
import { abiError } from "../abi/memory.ts";
import {
  borrow,
  bytes,
  failed,
  ok,
  own,
  result,
  string,
  u64,
  variant,
  type CaseOf,
  type Result,
} from "../abi/values.ts";
import type { Linker } from "../runtime/linker.ts";
import { answering } from "./define.ts";
import { Pollable } from "./poll.ts";

/** Bytes that are read or written at once at the most. */
const PIECE = 65_536;

/** `wasi:io/error.error`: why a stream failed. */
export class StreamFailure extends Resource {
  static readonly resource = "error";
  readonly message: string;

  constructor(message: string) {
    super();
    this.message = message;
  }
}

const streamErrorCases = { "last-operation-failed": own(StreamFailure), closed: undefined };
const streamError = variant("stream-error", streamErrorCases);
type StreamError = CaseOf<typeof streamErrorCases>;

/** `wasi:io/streams.input-stream`, of bytes that are there already. */
export class InputStream extends Resource {
  static readonly resource = "input-stream";
  readonly #pieces: Uint8Array[];

  constructor(pieces: readonly Uint8Array[] = []) {
    super();
    this.#pieces = pieces.filter(({ length }) => length > 0);
  }

  /** Up to so many bytes; undefined at the end. */
  read(length: number): Uint8Array | undefined {
    const [first] = this.#pieces;
    if (first === undefined) return undefined;
    const size = Math.min(length, PIECE);
    if (first.length <= size) return this.#pieces.shift();
    this.#pieces[0] = first.subarray(size);
    return first.subarray(0, size);
  }
}

/** `wasi:io/streams.output-stream`, which takes everything at once. */
export abstract class OutputStream extends Resource {
  static readonly resource = "output-stream";

  /** Takes bytes. False where it takes none any more. */
  abstract write(bytes: Uint8Array): boolean;
}

const closed: Result<never, StreamError> = failed({ kind: "closed" });

/** Offers `wasi:io/error` and `wasi:io/streams`. */
export function offerStreams(linker: Linker): void {
  linker.drops(StreamFailure).define(
    "wasi:io/error@0.2",
    "[method]error.to-debug-string",
    answering({ self: borrow(StreamFailure) }, string, ({ self }) => self.message),
  );
  offerInput(linker);
  offerOutput(linker);
}

const name = "wasi:io/streams@0.2";

function offerInput(linker: Linker): void {
  const self = borrow(InputStream);
  const read = answering({ self, len: u64 }, result(bytes, streamError), ({ self, len }) => {
    const piece = self.read(lengthOf(len));
    return piece === undefined ? closed : ok(piece);
  });
  const skip = answering({ self, len: u64 }, result(u64, streamError), ({ self, len }) => {
    const piece = self.read(lengthOf(len));
    return piece === undefined ? closed : ok(BigInt(piece.length));
  });
  linker
    .drops(InputStream)
    .define(name, "[method]input-stream.read", read)
    .define(name, "[method]input-stream.blocking-read", read)
    .define(name, "[method]input-stream.skip", skip)
    .define(name, "[method]input-stream.blocking-skip", skip)
    .define(
      name,
      "[method]input-stream.subscribe",
      answering({ self }, own(Pollable), () => Pollable.ready()),
    );
}

function offerOutput(linker: Linker): void {
  const self = borrow(OutputStream);
  const done = result<undefined, StreamError>(undefined, streamError);
  const write = answering({ self, contents: bytes }, done, ({ self, contents }) => {
    if (contents.length > PIECE) throw abiError("it writes more at once than it was allowed to");
    return self.write(contents) ? ok(undefined) : closed;
  });
  const zeroes = answering({ self, len: u64 }, done, ({ self, len }) => {
    if (len > BigInt(PIECE)) throw abiError("it writes more at once than it was allowed to");
    return self.write(new Uint8Array(Number(len))) ? ok(undefined) : closed;
  });
  const size = result(u64, streamError);
  const flush = answering({ self }, done, () => ok(undefined));
  const splice = answering({ self, src: borrow(InputStream), len: u64 }, size, ({ self, src, len }) => {
    const piece = src.read(lengthOf(len));
    return piece === undefined || !self.write(piece) ? closed : ok(BigInt(piece.length));
  });
  linker
    .drops(OutputStream)
    .define(
      name,
      "[method]output-stream.check-write",
      answering({ self }, size, () => ok(BigInt(PIECE))),
    )
    .define(name, "[method]output-stream.write", write)
    .define(name, "[method]output-stream.blocking-write-and-flush", write)
    .define(name, "[method]output-stream.write-zeroes", zeroes)
    .define(name, "[method]output-stream.blocking-write-zeroes-and-flush", zeroes)
    .define(name, "[method]output-stream.flush", flush)
    .define(name, "[method]output-stream.blocking-flush", flush)
    .define(name, "[method]output-stream.splice", splice)
    .define(name, "[method]output-stream.blocking-splice", splice)
    .define(
      name,
      "[method]output-stream.subscribe",
      answering({ self }, own(Pollable), () => Pollable.ready()),
    );
}

function lengthOf(length: bigint): number {
  return Number(length > BigInt(PIECE) ? PIECE : length);
}
