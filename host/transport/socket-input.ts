import type { OnReadOpts } from "node:net";
import type { TLSSocket } from "node:tls";
import { inCheckPhase, type Waiting } from "../check-phase.ts";

/** What every socket of the thread reads into, one at a time: what is read is taken out of it before the next read. */
const READ_BUFFER = Buffer.allocUnsafeSlow(65_536);

/** As much as a record of TLS holds: behind one that is full there are more, of the same answer. */
const RECORD_BYTES = 16_384;

/**
 * How bytes are handed on: those that nobody looks at any more once they are read need no memory of their own (`lent`), and
 * those that an answer begins with may wait, where they are few, until all sockets were read (`together`): the others' code and
 * data are near then.
 */
export type Handing = "lent" | "at once" | "together";

/** Who reads a socket. */
export interface SocketReader {
  /** Bytes have come, and are read next. */
  onRead(): Handing;
  /** Whether a request was sent of which the answer is still waited for: then bytes of it that wait count, though the socket breaks. */
  readonly expectsAnswer: boolean;
}

/** Whether a piece lies in what the next read writes. */
export function isLent(piece: Uint8Array): boolean {
  return piece.buffer === READ_BUFFER.buffer;
}

/**
 * What a socket receives, handed to undici in the moment it arrives, or once all sockets were read. Node's own
 * way, through the buffers of a stream, costs a tick, and memory of its own for each read; it serves readers that come later.
 */
export class SocketInput implements OnReadOpts, Waiting {
  readonly buffer: Uint8Array = READ_BUFFER;
  readonly #reader: SocketReader;
  readonly #pieces: Buffer[] = [];
  #socket: TLSSocket | undefined;
  /** Whether its bytes wait for others: then none of them has been read. */
  #isWaiting = false;

  constructor(reader: SocketReader) {
    this.#reader = reader;
  }

  /** Becomes what the socket, which was made with this as its `onread`, is read by. */
  attach(socket: TLSSocket): void {
    this.#socket = socket;
    const goOn = socket.read.bind(socket);
    socket.read = (size?: number): Buffer | null => {
      const piece = size === 0 ? undefined : this.#pieces.shift();
      if (piece !== undefined) {
        this.#isWaiting = false;
        return piece;
      }
      // Reads on where it had stopped, and ends the stream where it is at its end: not while a piece waits.
      if (this.#pieces.length === 0) goOn(0);
      return null;
    };
    const destroy = socket.destroy.bind(socket);
    socket.destroy = (error?: Error): TLSSocket => {
      // An answer that came before its connection broke is an answer.
      try {
        if (this.#isWaiting && this.#reader.expectsAnswer) this.#hand(socket);
      } finally {
        destroy(error);
      }
      return socket;
    };
    socket.unshift = (piece: Buffer): void => {
      if (piece.length > 0) this.#pieces.unshift(isLent(piece) ? Buffer.from(piece) : piece);
    };
  }

  /** Node's, for each read; it stops reading where this gives false. */
  readonly callback = (length: number): boolean => {
    const piece = READ_BUFFER.subarray(0, length);
    const handing = this.#reader.onRead();
    const socket = this.#socket;
    if (socket === undefined || socket.destroyed) return false;
    const count = this.#pieces.push(handing === "lent" ? piece : Buffer.from(piece));
    // Where more comes meanwhile, the wait is over.
    if (handing === "together" && count === 1 && length < RECORD_BYTES) {
      this.#isWaiting = true;
      inCheckPhase(this);
      return true;
    }
    this.#hand(socket);
    return this.#pieces.length === 0;
  };

  /** All sockets were read. */
  onCheckPhase(): void {
    if (this.#socket?.destroyed === false && this.#isWaiting) this.#hand(this.#socket);
  }

  #hand(socket: TLSSocket): void {
    this.#isWaiting = false;
    try {
      socket.emit("readable");
    } finally {
      this.#keepLast();
    }
  }

  /** What nobody has read needs memory of its own. */
  #keepLast(): void {
    const last = this.#pieces.pop();
    if (last !== undefined) this.#pieces.push(isLent(last) ? Buffer.from(last) : last);
  }
}
