import { setImmediate } from "node:timers/promises";
import type { ClientResponse } from "../abi/client.ts";
import { liftCall, lowerOutcome } from "../abi/client-import.ts";
import type { LiftLimits } from "../abi/outbound.ts";
import { HttpFailure } from "../errors.ts";
import { METHODS, type Method } from "../message.ts";
import type { HttpClient } from "./http-client.ts";
import { interfaceName } from "./interface-name.ts";
import type { ImportContext, Linker } from "./linker.ts";

/**
 * Offers `client`: a component that imports it calls the Http component that `http` gives, which is asked with each
 * call. Every call runs a fresh instance of it, within the hook's own event.
 */
export function offerClient(linker: Linker, limits: LiftLimits, http: () => Promise<HttpClient>): void {
  for (const method of METHODS) {
    linker.defineSuspending(interfaceName("client"), method.toLowerCase(), async (context, [tuple = 0, result = 0]) => {
      const client = await http();
      context.store.check();
      const outcome = await perform(client, context, method, tuple, limits);
      // Many failures come at once: without a turn of the event loop, a hook that tries again would hold it for ever.
      if (outcome instanceof HttpFailure) await setImmediate();
      context.resume(() => lowerOutcome(context.memory, result, outcome));
    });
  }
}

async function perform(
  client: HttpClient,
  { store, memory }: ImportContext,
  method: Method,
  tuple: number,
  limits: LiftLimits,
): Promise<ClientResponse | HttpFailure> {
  try {
    const { url, body, options } = liftCall(memory, method, tuple, limits);
    return await client.call(store, method, url, body, options);
  } catch (error) {
    if (error instanceof HttpFailure) return store.outbound.refused(method, error);
    throw error;
  }
}
