import { randomFillSync } from "node:crypto";
import type { CallEnd } from "../door.ts";
import type { EndListener } from "../ending.ts";
import { HookError, HttpFailure } from "../errors.ts";
import { answers, type Gathered } from "../gathering.ts";
import {
  liftMethod,
  liftRequest,
  lowerFailure,
  lowerResponse,
  type LiftLimits,
  type SendParameters,
} from "../abi/outbound.ts";
import { liftLine, liftName, LOG_LEVELS, lowerOptionalString } from "../abi/platform.ts";
import { abiError, liftOption, type GuestMemory } from "../abi/memory.ts";
import type { OutboundRequest, OutboundResponse } from "../message.ts";
import { interfaceName } from "./interface-name.ts";
import { Linker, type ImportContext } from "./linker.ts";
import type { Store } from "./store.ts";

/** What a timer takes at the most; a longer one would fire at once. No event lasts as long. */
const LONGEST_TIMER = 2 ** 31 - 1;

/** Bytes of randomness at once. */
const RANDOM_LIMIT = 65_536;

/** A linker that offers what every world of `backfill:http` imports, but `client`. */
export function platformLinker(limits: LiftLimits): Linker {
  return new Linker()
    .defineTrapping(
      interfaceName("outbound"),
      "send",
      (context, parameters) =>
        new Promise<void>((resolve, reject) => {
          new Sending(context, parameters[16] as number, resolve, reject).begin(parameters as SendParameters, limits);
        }),
    )
    .define(interfaceName("secrets"), "get", secret)
    .define(interfaceName("log"), "write", log)
    .define(interfaceName("clock"), "now", () => BigInt(Date.now()))
    .defineSuspending(interfaceName("clock"), "sleep", sleep)
    .define(interfaceName("random"), "bytes", random);
}

/** One call of `send`. */
class Sending implements CallEnd, Gathered {
  readonly #context: ImportContext;
  readonly #result: number;
  readonly #resolve: () => void;
  readonly #reject: (error: Error) => void;
  #response: OutboundResponse | undefined;
  #failure: HttpFailure | undefined;
  #isAnswered = false;
  #bytesSent = 0;

  /** @param result - Where the answer goes. */
  constructor(context: ImportContext, result: number, resolve: () => void, reject: (error: Error) => void) {
    this.#context = context;
    this.#result = result >>> 0;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  begin(parameters: SendParameters, limits: LiftLimits): void {
    try {
      const { store, memory } = this.#context;
      const request = lifted(store, memory, parameters, limits);
      this.#bytesSent = request.body?.length ?? 0;
      store.outbound.start(request, this);
    } catch (error) {
      // Only a failure is the guest's to see. Anything else is a fault of the hook or of the host.
      if (error instanceof HttpFailure) this.reject(error);
      else this.#reject(this.#context.failed(error));
    }
  }

  get bytes(): number {
    return this.#bytesSent + (this.#response?.bodyLength ?? 0);
  }

  resolve(response: OutboundResponse): void {
    if (this.#isAnswered) return;
    this.#isAnswered = true;
    this.#response = response;
    answers.add(this);
  }

  /** Many failures come at once: without a turn of the event loop, a hook that tries again would hold it for ever. */
  reject(failure: HttpFailure): void {
    if (this.#isAnswered) return;
    this.#isAnswered = true;
    this.#failure = failure;
    answers.add(this);
  }

  onCheckPhase(): void {
    const context = this.#context;
    try {
      context.resume(() => this.#lower(context.memory));
      this.#resolve();
    } catch (error) {
      this.#reject(context.failed(error));
    }
  }

  #lower(memory: GuestMemory): void {
    if (this.#failure !== undefined) {
      lowerFailure(memory, this.#result, this.#failure);
      return;
    }
    const response = this.#response as OutboundResponse;
    lowerResponse(memory, this.#result, response);
    response.release?.();
  }
}

/** Lifts the request. One that is refused before it is whole is a call all the same, counted and told to the audit. */
function lifted(store: Store, memory: GuestMemory, parameters: SendParameters, limits: LiftLimits): OutboundRequest {
  const method = liftMethod(parameters[0]);
  try {
    return liftRequest(memory, method, parameters, limits);
  } catch (error) {
    throw error instanceof HttpFailure ? store.outbound.refused(method, error) : error;
  }
}

function secret({ store, memory }: ImportContext, [pointer = 0, length = 0, result = 0]: readonly number[]): void {
  const name = liftName(memory, pointer, length);
  lowerOptionalString(memory, result >>> 0, name === undefined ? undefined : store.secret(name));
}

function log(
  { store, memory }: ImportContext,
  [levelCase = 0, message = 0, messageLength = 0, hasFields = 0, fields = 0, fieldsLength = 0]: readonly number[],
): void {
  const level = LOG_LEVELS[levelCase];
  if (level === undefined) throw abiError(`log level ${levelCase} does not exist`);
  store.log({
    level,
    message: liftLine(memory, message, messageLength),
    fields: liftOption(hasFields) ? liftLine(memory, fields, fieldsLength) : undefined,
  });
}

async function sleep(context: ImportContext, [milliseconds = 0]: readonly number[]): Promise<void> {
  const { ending } = context.store;
  await new Promise<void>((resolve, reject) => {
    const over: EndListener = {
      onEnd: () => {
        clearTimeout(timer);
        reject(ending.reason);
      },
    };
    const timer = setTimeout(
      () => {
        ending.unlisten(over);
        resolve();
      },
      Math.min(milliseconds >>> 0, LONGEST_TIMER),
    );
    ending.listen(over);
  });
  context.resume(() => {});
}

function random({ memory }: ImportContext, [length = 0, result = 0]: readonly number[]): void {
  const size = length >>> 0;
  if (size > RANDOM_LIMIT) {
    throw new HookError("BACKFILL_HOOK_FAILED", `random.bytes(${size}): at most ${RANDOM_LIMIT} at once`);
  }
  memory.setBytes(result >>> 0, [randomFillSync(new Uint8Array(size))], size);
}
