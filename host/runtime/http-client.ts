import {
  lowerCall,
  liftOutcome,
  takesBody,
  type ClientBody,
  type ClientOptions,
  type ClientResponse,
} from "../abi/client.ts";
import type { HttpFailure } from "../errors.ts";
import { METHODS, type Method } from "../message.ts";
import { interfaceName } from "./interface-name.ts";
import type { Entry } from "./link.ts";
import type { InstancePool } from "./pool.ts";
import type { Store } from "./store.ts";
import type { WorkingSet } from "./working-set.ts";

/** Calls the exported `client` of the Http component: what a hook in any language calls. */
export class HttpClient {
  readonly #pool: InstancePool;
  readonly #entries: ReadonlyMap<Method, Entry>;

  /** Throws `ComponentError` where the component is not the Http component. */
  constructor(pool: InstancePool) {
    this.#pool = pool;
    this.#entries = new Map(METHODS.map((method) => [method, pool.entry(exportName(method))]));
  }

  get workingSet(): WorkingSet {
    return this.#pool.workingSet;
  }

  /** Performs one call in an instance of its own. Returns the failure as a value; throws where the component itself fails. */
  async call(
    store: Store,
    method: Method,
    url: string,
    body: ClientBody | undefined,
    options: ClientOptions,
  ): Promise<ClientResponse | HttpFailure> {
    const instance = await this.#pool.take(store);
    const entry = instance.entry(this.#entries.get(method) as Entry);
    const { memory } = entry;
    instance.enter();
    const parameters = takesBody(method)
      ? lowerCall(memory, url, { body }, options)
      : lowerCall(memory, url, undefined, body === undefined ? options : { ...options, body });
    return new Promise((resolve, reject) => {
      const lift = (result: number): ClientResponse | HttpFailure => {
        const outcome = liftOutcome(memory, result);
        entry.finish(result);
        this.#pool.give(instance);
        return outcome;
      };
      entry.call([parameters, 0], lift, { onValue: resolve, onError: reject });
    });
  }
}

function exportName(method: Method): string {
  return `${interfaceName("client")}#${method.toLowerCase()}`;
}
