import {
  lowerCall,
  liftOutcome,
  takesBody,
  type ClientBody,
  type ClientOptions,
  type ClientResponse,
} from "../abi/client.ts";
import type { HttpFailure } from "../errors.ts";
import type { Method } from "../message.ts";
import type { Component } from "./engine.ts";
import { interfaceName } from "./imports.ts";
import { boundaryOf, exportOf, liftedFunction } from "./link.ts";
import type { Linker } from "./linker.ts";
import type { Store } from "./store.ts";

/** Calls the exported `client` of the Http component: what a hook in any language calls. */
export class HttpClient {
  readonly #component: Component;
  readonly #linker: Linker;

  /** Throws `ComponentError` where the component is not the Http component. */
  constructor(component: Component, linker: Linker) {
    linker.check(component);
    liftedFunction(component.decoded, exportName("GET"));
    this.#component = component;
    this.#linker = linker;
  }

  /** Performs one call in a fresh instance. Returns the failure as a value; throws where the component itself fails. */
  async call(
    store: Store,
    method: Method,
    url: string,
    body: ClientBody | undefined,
    options: ClientOptions,
  ): Promise<ClientResponse | HttpFailure> {
    const { definition, options: canonical } = liftedFunction(this.#component.decoded, exportName(method));
    const instance = await this.#linker.instantiate(this.#component, store);
    const memory = instance.memory(boundaryOf(canonical));
    const parameters = takesBody(method)
      ? lowerCall(memory, url, { body }, options)
      : lowerCall(memory, url, undefined, body === undefined ? options : { ...options, body });
    const result = await instance.call(exportOf(definition), parameters);
    const outcome = liftOutcome(memory, result);
    if (canonical.postReturn !== undefined) instance.callNow(exportOf(canonical.postReturn), result);
    return outcome;
  }
}

function exportName(method: Method): string {
  return `${interfaceName("client")}#${method.toLowerCase()}`;
}
