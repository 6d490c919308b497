import type { TLSSocket } from "node:tls";
import { Client } from "undici";
import { inCheckPhase, isAfterCheckPhase, type Waiting } from "../check-phase.ts";
import { HttpFailure } from "../errors.ts";
import type { Target } from "../policy/decision.ts";
import type { Connector, Dialled } from "./connector.ts";
import type { Exchange } from "./exchange.ts";
import type { Limits } from "./limits.ts";
import type { Endpoint } from "./resolve.ts";
import type { Handing, SocketReader } from "./socket-input.ts";

/** What a connection tells the pool that owns it. */
export interface ConnectionOwner {
  /** It is free for another call. */
  onFree(connection: Connection): void;
  /** It has closed while no call was on it. */
  onClosed(connection: Connection): void;
  /** One was destroyed; its socket is gone when the promise resolves. */
  onDestroyed(gone: Promise<void>): void;
}

/**
 * One connection for one call at a time: an undici Client, dialled for the call that needs it. A
 * Client and not a Pool, because a Pool gives no call the phases of its own dialling, and because it
 * redials for calls that wait.
 */
export class Connection implements Waiting, SocketReader {
  readonly #owner: ConnectionOwner;
  readonly #connector: Connector;
  readonly #client: Client;
  #exchange: Exchange | undefined;
  #socket: TLSSocket | undefined;
  /** Where the socket leads. */
  #endpoint: Endpoint | undefined;
  #dialled = false;
  #open = false;
  #kept = false;
  /** What the socket had received when the call on it began. */
  #before = 0;
  #cancelDial: (() => void) | undefined;
  /** Whether anything has come for the request that was dispatched last. */
  #hasRead = false;
  /** Whether that request has a body. */
  #uploads = false;

  constructor(target: Target, connector: Connector, limits: Limits, owner: ConnectionOwner) {
    this.#owner = owner;
    this.#connector = connector;
    this.#client = new Client(target.origin, {
      connect: (_options, callback) =>
        this.#dial((failure, socket) => {
          if (socket === undefined) callback(failure ?? closedEarly(target), null);
          else callback(null, socket);
        }),
      pipelining: 1,
      allowH2: false,
      useMilo: false,
      // The exchange's own timer is the deadline.
      headersTimeout: 0,
      bodyTimeout: 0,
      // undici fails at its cap, not over it.
      maxHeaderSize: limits.headerBytes + 1,
      keepAliveTimeout: limits.idleMilliseconds,
      keepAliveMaxTimeout: limits.idleMilliseconds,
    });
    this.#client.on("connect", () => {
      this.#open = true;
    });
    this.#client.on("disconnect", () => {
      this.#open = false;
      if (this.#exchange === undefined) this.#owner.onClosed(this);
    });
  }

  /** Whether a part of what was written still waits in this process. */
  get hasUnsentBytes(): boolean {
    return (this.#socket?.writableLength ?? 0) > 0;
  }

  /**
   * Whether the rest of an upload still waits. It would go ahead of the next request, to a server that may read no more of
   * it. Node tells only a turn later that a write is over. A head alone the system takes at once, or the server reads nothing:
   * then the next call waits for it as well.
   */
  get #isUploading(): boolean {
    return this.#uploads && this.hasUnsentBytes;
  }

  /** Whether its socket stands, of whose end undici tells later. */
  get isOpen(): boolean {
    return this.#open && this.#socket?.destroyed === false;
  }

  /** Whether the call on it came to a socket that an earlier call had used. */
  get isKept(): boolean {
    return this.#kept;
  }

  dispatch(exchange: Exchange): void {
    this.#exchange = exchange;
    this.#dialled = false;
    this.#kept = this.#open;
    if (!this.#open) {
      this.#send(exchange);
      return;
    }
    exchange.progress.endpoint = this.#endpoint;
    exchange.progress.phase = "send";
    if (isAfterCheckPhase()) this.onCheckPhase();
    else inCheckPhase(this);
  }

  /**
   * While this thread was busy, an answer may have come that no request asked for. undici writes on a socket that was used
   * before in the next check phase only: from this one on the sockets are polled once more until then, and what had
   * arrived by now has been read when the request is written.
   */
  onCheckPhase(): void {
    const exchange = this.#exchange;
    if (exchange === undefined || exchange.isSent) return;
    if (this.isOpen && !this.#isUploading) this.#send(exchange);
    else exchange.onKeptLost();
  }

  #send(exchange: Exchange): void {
    this.#hasRead = false;
    this.#uploads = exchange.options.body !== null;
    this.#client.dispatch(exchange.options, exchange);
  }

  /** The exchange has read its response whole. */
  release(): void {
    this.#exchange = undefined;
    this.#before = this.#socket?.bytesRead ?? 0;
    if (!this.#open) {
      this.#owner.onClosed(this);
      return;
    }
    this.#owner.onFree(this);
    if (this.#isUploading) inCheckPhase(new Unsent(this));
  }

  /** Destroys the socket at once, or what is being dialled. */
  destroy(): void {
    this.#exchange = undefined;
    this.#cancelDial?.();
    this.#owner.onDestroyed(this.#client.destroy());
  }

  /** Dials once a call: where a kept connection has closed under a call before its first byte, the call gets a new one, but no call gets two. */
  #dial(done: Dialled): void {
    const exchange = this.#exchange;
    if (exchange === undefined || this.#dialled) {
      done(undefined, undefined);
      return;
    }
    this.#dialled = true;
    this.#kept = false;
    this.#cancelDial = this.#connector.dial(exchange.target, exchange, this, (failure, socket) => {
      this.#cancelDial = undefined;
      this.#socket = socket;
      this.#endpoint = exchange.progress.endpoint;
      this.#before = 0;
      if (socket === undefined || exchange.beforeSend === undefined) done(failure, socket);
      else this.#prepare(exchange.target, exchange.beforeSend, socket, done);
    });
  }

  /** Keeps the new socket until its call may send. undici has no listener on it meanwhile. */
  #prepare(target: Target, beforeSend: () => Promise<void>, socket: TLSSocket, done: Dialled): void {
    const broken = (): void => {};
    socket.on("error", broken);
    let cancelled = false;
    this.#cancelDial = () => {
      cancelled = true;
      socket.destroy();
    };
    const end = (failure: unknown): void => {
      if (cancelled) return;
      this.#cancelDial = undefined;
      if (failure === undefined && !socket.destroyed) {
        done(undefined, socket);
        socket.removeListener("error", broken);
        return;
      }
      socket.destroy();
      done(failure instanceof HttpFailure ? failure : closedEarly(target), undefined);
    };
    beforeSend().then(() => end(undefined), end);
  }

  /** It is of no use where a part of an earlier request still waits. */
  dropUnsent(): void {
    if (this.#exchange === undefined && this.#isUploading) this.destroy();
  }

  get expectsAnswer(): boolean {
    const exchange = this.#exchange;
    return exchange?.isSent === true && !exchange.settled;
  }

  /** undici hands on nothing of a reason phrase or of chunk framing. */
  onRead(): Handing {
    const socket = this.#socket;
    if (socket === undefined) return "at once";
    const exchange = this.#exchange;
    if (exchange?.isSent === true) {
      exchange.onReceived(socket.bytesRead - this.#before);
      if (exchange.isInPlainBody) return "lent";
      const isFirst = !this.#hasRead;
      this.#hasRead = true;
      return isFirst ? "together" : "at once";
    }
    // undici dials anew for the call that was about to be written.
    if (exchange !== undefined) socket.destroy();
    else this.destroy();
    return "at once";
  }
}

/** Node tells of the end of a write a turn after it, so only a later look can tell that there was none. */
class Unsent implements Waiting {
  readonly #connection: Connection;
  #isLater = false;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  onCheckPhase(): void {
    if (this.#isLater) this.#connection.dropUnsent();
    else inCheckPhase(this);
    this.#isLater = true;
  }
}

function closedEarly(target: Target): HttpFailure {
  return new HttpFailure({
    code: "connection-error",
    phase: "connect",
    message: `${target.authority} closed the connection before the request was sent (phase connect).`,
  });
}
