import { Elaboration } from "./elaborate.ts";
import { readPreamble } from "./preamble.ts";
import { Reader } from "./reader.ts";

// The binary format is that of the component model's Binary.md. What is read here is the link plan: which core
// module is instantiated with what, and what is lowered into it and lifted out of it. Components within the component
// are taken apart too, so that what is left is one list of core instances. Types are not needed but for the names of
// resources: each interface this host offers has types of its own, and every access to guest memory is checked.

/** The encoding of strings at one boundary. */
export type StringEncoding = "utf8" | "utf16";

/** `canonopt`s of one lifted or lowered function. */
export interface CanonicalOptions {
  readonly encoding: StringEncoding;
  readonly memory: CoreDefinition | undefined;
  readonly realloc: CoreDefinition | undefined;
  readonly postReturn: CoreDefinition | undefined;
}

/** Where a core function, memory, table or global comes from. */
export type CoreDefinition =
  | { readonly kind: "export"; readonly instance: number; readonly name: string }
  | LoweredFunction
  | {
      /** Drops a handle of a resource. */
      readonly kind: "drop";
      readonly resource: string;
      readonly scope: number;
    };

/** A function as the core code of one component calls it. */
export interface LoweredFunction {
  readonly kind: "lower";
  /** The interface and the name that the component calls it by. */
  readonly interface: string;
  readonly function: string;
  readonly options: CanonicalOptions;
  /** Whose handles it is passed: the place of the component among all that are instantiated. */
  readonly scope: number;
  /** The function of another component within this one; undefined where the host's is called. */
  readonly callee: LiftedFunction | undefined;
}

/** A core instance: a module instantiated with named arguments, or a bundle of definitions. */
export type CoreInstance =
  | { readonly kind: "instantiate"; readonly module: number; readonly arguments: ReadonlyMap<string, number> }
  | { readonly kind: "bundle"; readonly definitions: ReadonlyMap<string, CoreDefinition> };

/** A function that a component gives out. */
export interface LiftedFunction {
  readonly definition: CoreDefinition;
  readonly options: CanonicalOptions;
  readonly scope: number;
}

/** A component, taken apart. */
export interface DecodedComponent {
  readonly modules: readonly Uint8Array[];
  readonly instances: readonly CoreInstance[];
  /** By the name they are exported under: `run`, or `backfill:http/client@0.1.0#get`. */
  readonly lifted: ReadonlyMap<string, LiftedFunction>;
  /** The names of the imported interfaces and functions. */
  readonly imports: readonly string[];
  /** The names of the exported interfaces and functions. */
  readonly exports: readonly string[];
}

/** Takes a component apart. Throws `ComponentError` where it is malformed or needs what this host does not offer. */
export function decode(bytes: Uint8Array): DecodedComponent {
  const reader = new Reader(bytes);
  readPreamble(reader);
  return new Elaboration(reader);
}
