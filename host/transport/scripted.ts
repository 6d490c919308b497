import type { Dispatcher } from "undici";
import type { OutboundResponse } from "../message.ts";
import type { Carrier, CarrierSource, Exchange } from "./exchange.ts";
import type { OutgoingRequest } from "./outgoing.ts";

/** Answers in the network's place. An `HttpFailure` that it throws is the call's. The request's body is read no more once it has answered. */
export type AnswerRequest = (request: OutgoingRequest) => Promise<OutboundResponse> | OutboundResponse;

/**
 * Stands where a hook's connections do, and never opens one. Everything around the network stays: what may leave,
 * what is put into requests, the deadline, the caps and the decoder.
 */
export class ScriptedNetwork implements CarrierSource {
  readonly #answer: AnswerRequest;

  constructor(answer: AnswerRequest) {
    this.#answer = answer;
  }

  run(exchange: Exchange): void {
    exchange.run(this);
  }

  take(): Carrier {
    return new ScriptedConnection(this.#answer);
  }

  leave(): void {}

  async close(): Promise<void> {}
}

class ScriptedConnection implements Carrier {
  readonly isKept = false;
  readonly hasUnsentBytes = false;
  readonly #answer: AnswerRequest;

  constructor(answer: AnswerRequest) {
    this.#answer = answer;
  }

  dispatch(exchange: Exchange): void {
    this.#perform(exchange).catch((error: unknown) => exchange.onResponseError(controllerOf([]), error as Error));
  }

  release(): void {}

  destroy(): void {}

  async #perform(exchange: Exchange): Promise<void> {
    await exchange.beforeSend?.();
    if (exchange.settled) return;
    const idle = controllerOf([]);
    exchange.onRequestStart(idle);
    exchange.onRequestSent();
    const { status, headers, body } = await this.#answer(exchange.request);
    const controller = controllerOf(headers);
    exchange.onResponseStarted();
    exchange.onResponseStart(controller, status, {});
    // Copies: what the exchange is given is masked in place, and an answer may be given twice.
    for (const piece of body) exchange.onResponseData(controller, Buffer.from(piece));
    exchange.onResponseEnd();
  }
}

/** As undici's: with the fields of the answer as bytes, and nothing to hold back, for the whole body is here. */
function controllerOf(headers: readonly string[]): Dispatcher.DispatchController {
  return {
    aborted: false,
    paused: false,
    reason: null,
    rawHeaders: headers.map((text) => Buffer.from(text, "latin1")),
    abort() {},
    pause() {},
    resume() {},
  };
}
