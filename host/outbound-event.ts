import type { CallEnd, EventOptions, HookOptions, OutboundEvent, SendOptions } from "./door.ts";
import type { Deadlines } from "./deadlines.ts";
import type { Ending } from "./ending.ts";
import { HttpFailure } from "./errors.ts";
import type { Method, OutboundRequest, OutboundResponse } from "./message.ts";
import type { Scrubber } from "./auth/seal/scrub.ts";
import { asFailure, OutboundCall } from "./outbound-call.ts";
import { ByteBudget } from "./transport/budget.ts";
import type { Exchange } from "./transport/exchange.ts";
import type { Limits } from "./transport/limits.ts";
import type { CallWatch, RequestFacts, StartTrace } from "./transport/record.ts";
import { Call } from "./transport/record.ts";

/** The hook that an event is of, as far as its calls need it. */
export interface HookShare {
  readonly options: HookOptions;
  readonly limits: Limits;
  readonly deadlines: Deadlines;
  /** Takes sealed values out of what comes back. */
  readonly scrubber: Scrubber | undefined;
  /** Who watches the calls of an event that is not traced. */
  readonly watch: CallWatch;
  readonly traceEvent: (() => StartTrace) | undefined;
  /** Over when the hook is closed. */
  readonly closing: Ending;
  /** Runs an exchange when it is its turn. */
  run(exchange: Exchange, credential: string): void;
  /** Gives the place back of an exchange that has ended. */
  leave(exchange: Exchange): void;
}

/** The calls of one invocation. */
export class HookEvent implements OutboundEvent {
  readonly hook: HookShare;
  readonly options: EventOptions;
  readonly budget: ByteBudget;
  readonly #watch: CallWatch;
  #calls = 0;

  constructor(hook: HookShare, options: EventOptions) {
    this.hook = hook;
    this.options = options;
    this.budget = new ByteBudget(hook.limits.responseBytesPerEvent);
    const startTrace = hook.traceEvent?.();
    this.#watch = startTrace === undefined ? hook.watch : { ...hook.watch, startTrace };
  }

  send(request: OutboundRequest, { beforeSend }: SendOptions = NO_OPTIONS): Promise<OutboundResponse> {
    return new Promise((resolve, reject) => this.start(request, { beforeSend, resolve, reject }));
  }

  start(request: OutboundRequest, end: CallEnd): void {
    new OutboundCall(this, this.#call(request), request, end).start();
  }

  refused(method: Method, failure: HttpFailure): HttpFailure {
    const call = this.#call({ method, headers: [], body: undefined, authorization: undefined });
    try {
      this.count();
    } catch (error) {
      return call.ended(asFailure(error), undefined);
    }
    return call.ended(failure, undefined);
  }

  /** Every call counts, refused ones too: a loop in a hook ends, whatever it calls. */
  count(): void {
    const { callsPerEvent } = this.hook.limits;
    if (this.#calls < callsPerEvent) {
      this.#calls++;
      return;
    }
    throw new HttpFailure({
      code: "limit-exceeded",
      phase: "validate",
      message: `This event has made ${callsPerEvent} calls, which is all one event may make.`,
    });
  }

  /** Whether the event may go on. */
  checkOpen(now: number): void {
    const { ending, deadline } = this.options;
    if (this.hook.closing.over) throw stopped("The host stops.");
    if (ending?.over === true) throw stopped("The event was stopped.");
    if (deadline !== undefined && deadline <= now) throw stopped("The event's own deadline has passed.");
  }

  #call(request: RequestFacts): Call {
    return new Call(this.hook.options.name, request, this.#watch);
  }
}

const NO_OPTIONS: SendOptions = {};

function stopped(message: string): HttpFailure {
  return new HttpFailure({ code: "cancelled", phase: "validate", message });
}
