import { randomFillSync } from "node:crypto";
import { setTimeout } from "node:timers/promises";
import { HookError, HttpFailure } from "../errors.ts";
import { lowerFailure, lowerResponse, liftRequest, type LiftLimits, type SendParameters } from "../abi/outbound.ts";
import { liftLine, liftName, LOG_LEVELS, lowerOptionalString } from "../abi/platform.ts";
import { abiError } from "../abi/memory.ts";
import type { OutboundResponse } from "../message.ts";
import { Linker, type ImportContext } from "./linker.ts";

/** The version of `backfill:http` that this host implements. */
const VERSION = "0.1.0";

/** What a timer takes at the most; a longer one would fire at once. No event lasts as long. */
const LONGEST_TIMER = 2 ** 31 - 1;

/** Bytes of randomness at once. */
const RANDOM_LIMIT = 65_536;

/** A linker that offers what every world of `backfill:http` imports, but `client`. */
export function platformLinker(limits: LiftLimits): Linker {
  const name = (interfaceName: string): string => `backfill:http/${interfaceName}@${VERSION}`;
  return new Linker()
    .define(name("outbound"), "send", (context) => send(context, limits))
    .define(name("secrets"), "get", secret)
    .define(name("log"), "write", log)
    .define(name("clock"), "now", now)
    .define(name("clock"), "sleep", sleep)
    .define(name("random"), "bytes", random);
}

function send(context: ImportContext, limits: LiftLimits): WebAssembly.ImportValue {
  const { store } = context;
  return new WebAssembly.Suspending(async (...parameters: SendParameters): Promise<void> => {
    store.check();
    const { memory } = context;
    const result = parameters[16] >>> 0;
    let response: OutboundResponse;
    try {
      response = await store.outbound.send(liftRequest(memory, parameters, limits));
    } catch (error) {
      // Only a failure is the guest's to see. Anything else is a fault of the hook or of the host.
      if (!(error instanceof HttpFailure)) throw store.end(error as Error);
      lowerFailure(memory, result, error);
      return;
    }
    store.check();
    lowerResponse(memory, result, response);
  });
}

function secret(context: ImportContext): WebAssembly.ImportValue {
  const { store } = context;
  return (pointer: number, length: number, result: number): void => {
    store.check();
    const name = liftName(context.memory, pointer, length);
    lowerOptionalString(context.memory, result >>> 0, name === undefined ? undefined : store.secrets.get(name));
  };
}

function log(context: ImportContext): WebAssembly.ImportValue {
  const { store } = context;
  return (
    levelCase: number,
    message: number,
    messageLength: number,
    hasFields: number,
    fields: number,
    fieldsLength: number,
  ) => {
    const level = LOG_LEVELS[levelCase];
    if (level === undefined) throw store.end(abiError(`log level ${levelCase} does not exist`));
    const { memory } = context;
    store.log({
      level,
      message: liftLine(memory, message, messageLength),
      fields: hasFields === 0 ? undefined : fieldsOf(liftLine(memory, fields, fieldsLength)),
    });
  };
}

function fieldsOf(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch {
    // Kept as text below.
  }
  return { text };
}

function now(context: ImportContext): WebAssembly.ImportValue {
  return (): bigint => {
    context.store.check();
    return BigInt(Date.now());
  };
}

function sleep(context: ImportContext): WebAssembly.ImportValue {
  const { store } = context;
  return new WebAssembly.Suspending((milliseconds: number): Promise<void> => {
    store.check();
    return store.unlessOver(setTimeout(Math.min(milliseconds >>> 0, LONGEST_TIMER)));
  });
}

function random(context: ImportContext): WebAssembly.ImportValue {
  const { store } = context;
  return (length: number, result: number): void => {
    store.check();
    const size = length >>> 0;
    if (size > RANDOM_LIMIT) {
      throw store.end(new HookError("BACKFILL_HOOK_FAILED", `random.bytes(${size}): at most ${RANDOM_LIMIT} at once`));
    }
    context.memory.setBytes(result >>> 0, [randomFillSync(new Uint8Array(size))], size);
  };
}
