import { channel } from "node:diagnostics_channel";
import type { IncomingHttpHeaders } from "node:http";
import type { Dispatcher } from "undici";
import type { Deadline, Deadlines, Timed } from "../deadlines.ts";
import type { EndListener, Ending } from "../ending.ts";
import type { FailureCode } from "../errors.ts";
import { HttpFailure } from "../errors.ts";
import type { OutboundResponse } from "../message.ts";
import type { Registered } from "../registry.ts";
import type { Target } from "../policy/decision.ts";
import { BodyCollector } from "./body.ts";
import type { ByteBudget } from "./budget.ts";
import { busyPoll } from "./busy-poll.ts";
import type { Connection } from "./connection.ts";
import type { Caller } from "./connector.ts";
import type { DecoderEvents } from "./decoder.ts";
import { Decoder } from "./decoder.ts";
import { failureOf } from "./failures.ts";
import type { Limits } from "./limits.ts";
import { wireBytes } from "./limits.ts";
import type { OutgoingRequest } from "./outgoing.ts";
import type { Progress } from "./progress.ts";
import { readHead } from "./response.ts";
import type { Admission } from "./slots.ts";
import { isLent } from "./socket-input.ts";
import { uploadOf } from "./upload.ts";

/** undici's own: each piece of a body as it comes, and as it goes. Who listens there may keep what he is given. */
const CHUNKS = channel("undici:request:bodyChunkReceived");
const SENT_CHUNKS = channel("undici:request:bodyChunkSent");

/** One request, and the bounds it is performed in. */
export interface ExchangeInit extends OutgoingRequest {
  readonly headers: string[];
  readonly limits: Limits;
  /** The event's. */
  readonly budget: ByteBudget;
  /** The call's. */
  readonly progress: Progress;
  readonly deadlines: Deadlines;
  /** When the call began, and when it ends at the latest, on the clock of performance.now. */
  readonly started: number;
  readonly deadline: number;
  /** Whether `deadline` is the event's own, so that passing it is `cancelled`. */
  readonly deadlineIsEvents: boolean;
  readonly ending: Ending | undefined;
  /** As in `SendOptions`. */
  readonly beforeSend: (() => Promise<void>) | undefined;
}

/** Finds an exchange its connection: a kept one or, where `fresh` is true, a new one. */
export interface CarrierSource {
  take(fresh: boolean): Carrier;
}

/** What an exchange needs of the connection it is on. */
export type Carrier = Pick<Connection, "dispatch" | "release" | "destroy" | "isKept" | "hasUnsentBytes">;

/** Told once how an exchange ended. */
export interface ExchangeOwner {
  /** Exactly one of `failure` and `response` is defined. */
  onExchangeEnd(exchange: Exchange, failure: HttpFailure | undefined, response: OutboundResponse | undefined): void;
}

/**
 * One request and its response: undici's handler, the deadline, the caps and the decoder. It ends
 * once, at its deadline at the latest, whatever undici does; a failure destroys its connection.
 */
export class Exchange implements Dispatcher.DispatchHandler, DecoderEvents, Caller, EndListener, Registered, Timed {
  readonly progress: Progress;
  readonly target: Target;
  readonly deadline: number;
  readonly options: Dispatcher.DispatchOptions;
  place = 0;
  /** Its way to a place among the calls in flight: the pool's alone to write. */
  admission: Admission | undefined;

  readonly #init: ExchangeInit;
  readonly #owner: ExchangeOwner;
  readonly #timer: Deadline;
  readonly #body: BodyCollector = new BodyCollector();
  #settled = false;
  #sent = false;
  /** Whether it was written whole before its response began: so long it counts for the busy poll. */
  #isAwaited = false;
  #answered = false;
  #informational = 0;
  #source: CarrierSource | undefined;
  #connection: Carrier | undefined;
  #controller: Dispatcher.DispatchController | undefined;
  #decoder: Decoder | undefined;
  #mayBeEmpty = false;
  #isInPlainBody = false;
  #isUploaded = false;
  #status = 0;
  #headers: readonly string[] = [];

  constructor(init: ExchangeInit, owner: ExchangeOwner) {
    this.#init = init;
    this.#owner = owner;
    this.progress = init.progress;
    this.progress.phase = "queue";
    this.target = init.target;
    this.deadline = init.deadline;
    const { headers, body } = uploadOf(init.headers, init.body);
    this.options = {
      method: init.method,
      path: init.target.requestTarget,
      headers,
      body,
      // What undici would hold back for a response has a connection of its own.
      blocking: false,
    };
    const now = performance.now();
    this.#timer = init.deadlines.begin(this, Math.max(0, Math.ceil(init.deadline - now)), now);
    init.ending?.listen(this);
  }

  /** Whether it has ended: then it needs no connection. */
  get settled(): boolean {
    return this.#settled;
  }

  /** Whether all that comes is body as it is, up to a length that was declared: no header field, no trailer. */
  get isInPlainBody(): boolean {
    return this.#isInPlainBody;
  }

  /** Whether a byte of it may be on the wire. */
  get isSent(): boolean {
    return this.#sent;
  }

  /** Whether it has its response, and nobody reads the body any more that it sent. */
  get isUploaded(): boolean {
    return this.#isUploaded;
  }

  /** What goes on the wire. */
  get request(): OutgoingRequest {
    return this.#init;
  }

  /** What its new connection waits for before the request is written on it. */
  get beforeSend(): (() => Promise<void>) | undefined {
    return this.#init.beforeSend;
  }

  /** Begins, on a connection of this source. */
  run(source: CarrierSource): void {
    this.#source = source;
    this.#begin(this.#init.beforeSend !== undefined);
  }

  /** Ends the exchange with a failure, and its connection with it. Later failures are not heard. */
  fail(failure: HttpFailure): void {
    if (this.#settled) return;
    this.#settle();
    this.#decoder?.destroy();
    this.#connection?.destroy();
    this.#owner.onExchangeEnd(this, failure, undefined);
  }

  /** Ends the exchange as `cancelled`. */
  cancel(why: string): void {
    if (!this.#settled) this.fail(this.#failure("cancelled", why));
  }

  /** The call's own deadline. */
  onDeadline(): void {
    if (this.#settled) return;
    // undici counts a request as written when it has handed it to the socket.
    if (this.progress.phase === "headers" && this.#connection?.hasUnsentBytes) this.progress.correct("send");
    const { started, deadline, deadlineIsEvents } = this.#init;
    this.fail(
      deadlineIsEvents
        ? this.#failure("cancelled", "was not waited for any longer: the event's own deadline passed")
        : this.#failure("timeout", `did not finish within ${Math.round(deadline - started)} ms`),
    );
  }

  onEnd(): void {
    this.cancel("was not waited for any longer: the event was stopped");
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    // undici can put a request back that it has begun to write; a second start would be a retry.
    if (this.#sent) {
      throw this.#failure("connection-error", "broke the connection while the request was written");
    }
    this.#controller = controller;
    this.#sent = true;
    this.progress.phase = "send";
  }

  /** With a body in pieces the response may have begun by now: then it is awaited no more. */
  onRequestSent(): void {
    if (this.#settled || this.#status !== 0) return;
    this.progress.phase = "headers";
    this.#isAwaited = true;
    busyPoll.begin();
  }

  onResponseStarted(): void {
    this.#answered = true;
  }

  onResponseStart(controller: Dispatcher.DispatchController, status: number, fields: IncomingHttpHeaders): void {
    if (this.#settled) return;
    if (status < 200) {
      this.#onInformational(status);
      return;
    }
    this.progress.phase = "headers";
    const head = readHead(controller.rawHeaders as Buffer[], fields, this.#init.limits);
    if ("code" in head) {
      this.fail(this.#failure(head.code, head.what));
      return;
    }
    this.#status = status;
    this.#headers = head.headers;
    this.progress.phase = "body";
    // RFC 9112, section 6.3: these two have no body, whatever they declare.
    const bodiless = status === 204 || status === 304;
    this.#mayBeEmpty = bodiless || head.delimited;
    if (head.coding !== undefined) this.#decoder = new Decoder(head.coding, this);
    else if (!bodiless) this.#checkRoom(head.contentLength ?? 0);
    this.#isInPlainBody = this.#decoder === undefined && head.contentLength !== undefined && !CHUNKS.hasSubscribers;
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#settled) return;
    if (this.#decoder === undefined) this.onPiece(chunk);
    else if (!this.#decoder.write(chunk)) controller.pause();
  }

  onResponseEnd(): void {
    if (this.#settled) return;
    if (this.#decoder === undefined) {
      this.#finish();
    } else {
      this.progress.phase = "decode";
      this.#decoder.end(this.#mayBeEmpty);
    }
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    if (this.#settled) return;
    if (this.#sent || this.#connection?.isKept !== true) {
      this.#failWith(error);
      return;
    }
    this.onKeptLost();
  }

  /** The kept connection is no good, and no byte of this call was on it: no retry, but a first try. */
  onKeptLost(): void {
    this.#connection?.destroy();
    this.#begin(true);
  }

  /** Told how many bytes have come for it as they travel, whatever they are. */
  onReceived(bytes: number): void {
    const most = wireBytes(this.#init.limits);
    if (bytes > most) this.fail(this.#failure("too-large", `sent a response over ${most} bytes on the wire`));
  }

  onReady(): void {
    if (!this.#settled) this.#controller?.resume();
  }

  onPiece(piece: Uint8Array): void {
    if (this.#settled) return;
    const fits = this.#checkRoom(piece.length);
    this.#init.budget.spend(piece.length);
    if (fits) this.#body.add(piece, isLent(piece));
  }

  onDecoded(): void {
    if (!this.#settled) this.#finish();
  }

  onError(error: Error): void {
    this.#failWith(error);
  }

  #begin(fresh: boolean): void {
    if (this.#settled) return;
    try {
      this.#connection = this.#source?.take(fresh);
      this.#connection?.dispatch(this);
    } catch (error) {
      this.#failWith(error);
    }
  }

  #onInformational(status: number): void {
    if (status < 100) {
      this.fail(this.#failure("protocol-error", `sent a status code below 100`));
    } else if (status === 101) {
      this.fail(this.#failure("protocol-error", "switched protocols (101), which was not asked for"));
    } else if (++this.#informational > this.#init.limits.informationalResponses) {
      this.fail(
        this.#failure(
          "too-large",
          `sent more than ${this.#init.limits.informationalResponses} informational responses`,
        ),
      );
    }
  }

  /** Fails the call where its body has no room for so many bytes more, at the cap that comes first. */
  #checkRoom(bytes: number): boolean {
    const { budget, limits } = this.#init;
    const room = limits.responseBodyBytes - this.#body.length;
    if (bytes <= Math.min(room, budget.left)) return true;
    if (this.#decoder !== undefined) this.progress.phase = "decode";
    this.fail(
      budget.left < room
        ? this.#failure(
            "limit-exceeded",
            `sent more than the ${limits.responseBytesPerEvent} bytes an event may receive`,
          )
        : this.#failure("too-large", `sent a body over ${limits.responseBodyBytes} bytes, decoded`),
    );
    return false;
  }

  #finish(): void {
    this.#settle();
    if (this.#init.body !== undefined && this.#isAwaited && !SENT_CHUNKS.hasSubscribers) {
      this.#isUploaded = this.#connection?.hasUnsentBytes === false;
    }
    this.#connection?.release();
    this.#owner.onExchangeEnd(this, undefined, {
      status: this.#status,
      headers: this.#headers,
      body: this.#body.finish(),
      bodyLength: this.#body.length,
      release: () => this.#body.release(),
    });
  }

  #settle(): void {
    this.#settled = true;
    if (this.#isAwaited) busyPoll.end();
    this.#timer.clear();
    this.#init.ending?.unlisten(this);
  }

  #failWith(error: unknown): void {
    if (this.#settled) return;
    this.fail(
      failureOf(error, {
        authority: this.target.authority,
        phase: this.progress.phase,
        sent: this.#sent,
        answered: this.#answered,
      }),
    );
  }

  #failure(code: FailureCode, what: string): HttpFailure {
    return new HttpFailure({
      code,
      phase: this.progress.phase,
      message: `${this.target.authority} ${what} (phase ${this.progress.phase}).`,
      requestMayHaveBeenSent: this.#sent,
    });
  }
}
