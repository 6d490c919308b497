import type { OnReadOpts } from "node:net";
import type { TLSSocket } from "node:tls";

/** What every socket of the thread reads into, one at a time: what is read is taken out of it before the next read. */
const READ_BUFFER = Buffer.allocUnsafeSlow(65_536);

/** Who reads a socket. */
export interface SocketReader {
  /**
   * Bytes have come, and are read next.
   *
   * @returns whether nothing of them is looked at any more once they are read, so that they need no memory of their own.
   */
  onRead(): boolean;
}

/** Whether a piece lies in what the next read writes. */
export function isLent(piece: Uint8Array): boolean {
  return piece.buffer === READ_BUFFER.buffer;
}

/**
 * What a socket receives, handed to undici in the moment it arrives. Node's own way, through the buffers of a stream, costs
 * a tick, and memory of its own for each read; it serves readers that come later.
 */
export class SocketInput implements OnReadOpts {
  readonly buffer: Uint8Array = READ_BUFFER;
  readonly #reader: SocketReader;
  readonly #pieces: Buffer[] = [];
  #socket: TLSSocket | undefined;

  constructor(reader: SocketReader) {
    this.#reader = reader;
  }

  /** Becomes what the socket, which was made with this as its `onread`, is read by. */
  attach(socket: TLSSocket): void {
    this.#socket = socket;
    const goOn = socket.read.bind(socket);
    socket.read = (size?: number): Buffer | null => {
      const piece = size === 0 ? undefined : this.#pieces.shift();
      if (piece !== undefined) return piece;
      // Reads on where it had stopped, and ends the stream where it is at its end: not while a piece waits.
      if (this.#pieces.length === 0) goOn(0);
      return null;
    };
    socket.unshift = (piece: Buffer): void => {
      if (piece.length > 0) this.#pieces.unshift(isLent(piece) ? Buffer.from(piece) : piece);
    };
  }

  /** Node's, for each read; it stops reading where this gives false. */
  readonly callback = (length: number): boolean => {
    const piece = READ_BUFFER.subarray(0, length);
    const mayLend = this.#reader.onRead();
    const socket = this.#socket;
    if (socket === undefined || socket.destroyed) return false;
    this.#pieces.push(mayLend ? piece : Buffer.from(piece));
    try {
      socket.emit("readable");
    } finally {
      this.#keepLast();
    }
    return this.#pieces.length === 0;
  };

  /** What nobody has read needs memory of its own. */
  #keepLast(): void {
    const last = this.#pieces.pop();
    if (last !== undefined) this.#pieces.push(isLent(last) ? Buffer.from(last) : last);
  }
}
