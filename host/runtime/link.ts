import { ComponentError } from "../errors.ts";
import { isReserved } from "./code/names.ts";
import type { PreparedModule } from "./code/prepare.ts";
import type { CanonicalOptions, CoreDefinition, DecodedComponent, LiftedFunction, StringEncoding } from "./decode.ts";

/** An export of a core instance. */
export interface CoreExport {
  readonly instance: number;
  readonly name: string;
}

/** One import of a core module, and what fills it. */
export type LinkedImport =
  | { readonly kind: "export"; readonly module: string; readonly name: string; readonly from: CoreExport }
  | { readonly kind: "host"; readonly module: string; readonly name: string; readonly host: LoweredImport };

/** A function of the host, or of another component within this one, as one component sees it. */
export interface LoweredImport {
  readonly interface: string;
  readonly function: string;
  readonly boundary: Boundary;
  /** Whose handles it is passed: the place of the component among all within the outermost one. */
  readonly scope: number;
  /** The other component's function; undefined where it is the host's. */
  readonly callee: Entry | undefined;
}

/** Stands for the interface of what drops handles: the function's name is the resource's. */
export const RESOURCE_DROP = "[resource-drop]";

/** What values cross by: the memory they lie in, who allocates in it, how strings are encoded. */
export interface Boundary {
  readonly memory: CoreExport | undefined;
  readonly realloc: CoreExport | undefined;
  readonly encoding: StringEncoding;
}

/** A core module, prepared and compiled. */
export interface CoreModule extends Omit<PreparedModule, "code"> {
  readonly module: WebAssembly.Module;
}

/** One core module to instantiate. `instance` is its place among the core instances. */
export interface LinkStep {
  readonly instance: number;
  readonly core: CoreModule;
  readonly imports: readonly LinkedImport[];
}

/** How to make an instance of a component: the same steps each time, with nothing left to find out. */
export interface LinkPlan {
  readonly steps: readonly LinkStep[];
  /** Called in this order once every step is done. */
  readonly initialisers: readonly CoreExport[];
}

/**
 * Works out the link plan of a component.
 *
 * A component tool breaks the circle "a lowered import needs the memory of the module that imports it" with two
 * helper modules: a shim that calls through a table, and a fix-up that fills the table. Functions of this host find
 * their memory late by themselves, so where a component has that pair, its imports are filled directly and the
 * pair falls away.
 */
export function link(component: DecodedComponent, modules: readonly CoreModule[]): LinkPlan {
  const steps = component.instances.flatMap((instance, index): LinkStep[] => {
    if (instance.kind === "bundle") return [];
    const core = modules[instance.module];
    if (core === undefined) throw new ComponentError(`core module ${instance.module} does not exist`);
    return [{ instance: index, core, imports: importsOf(component, core.module, instance.arguments) }];
  });
  return withoutHelpers({ steps, initialisers: [] });
}

/** Where a lifted function and what belongs to it is found in an instance. */
function exportOf(definition: CoreDefinition): CoreExport {
  if (definition.kind === "export") return { instance: definition.instance, name: guestsOwn(definition.name) };
  const name = definition.kind === "drop" ? definition.resource : `${definition.interface}#${definition.function}`;
  throw new ComponentError(`the component hands ${name} on as its own`);
}

/** An exported function of a component, found once for all its instances. */
export interface Entry {
  readonly target: CoreExport;
  readonly boundary: Boundary;
  readonly postReturn: CoreExport | undefined;
  /** Whose handles it is passed. */
  readonly scope: number;
}

/** The exported function of this name, or a refusal that says what the component has. */
export function entryOf(component: DecodedComponent, name: string): Entry {
  const lifted = component.lifted.get(name);
  if (lifted === undefined) {
    const has = component.exports.length === 0 ? "nothing" : component.exports.join(", ");
    throw new ComponentError(`the component does not export ${name}; it exports ${has}`);
  }
  return entryTo(lifted);
}

function entryTo({ definition, options, scope }: LiftedFunction): Entry {
  return {
    target: exportOf(definition),
    boundary: boundaryOf(options),
    postReturn: options.postReturn && exportOf(options.postReturn),
    scope,
  };
}

function importsOf(
  component: DecodedComponent,
  module: WebAssembly.Module,
  given: ReadonlyMap<string, number>,
): LinkedImport[] {
  return WebAssembly.Module.imports(module).map((wanted): LinkedImport => {
    const source = given.get(wanted.module);
    const instance = source === undefined ? undefined : component.instances[source];
    if (source === undefined || instance === undefined) {
      throw new ComponentError(`core import ${wanted.module} ${wanted.name} is filled by nothing`);
    }
    const { module: from, name } = wanted;
    if (instance.kind === "instantiate")
      return { kind: "export", module: from, name, from: { instance: source, name: guestsOwn(name) } };
    const definition = instance.definitions.get(name);
    if (definition === undefined) throw new ComponentError(`core import ${from} ${name} is filled by nothing`);
    return definition.kind === "export"
      ? { kind: "export", module: from, name, from: exportOf(definition) }
      : { kind: "host", module: from, name, host: lowered(definition) };
  });
}

/** What the host added to a module is not for other modules: one could refuel the other. */
function guestsOwn(name: string): string {
  if (isReserved(name))
    throw new ComponentError(`the component uses the name ${name}, which this host keeps for itself`);
  return name;
}

function lowered(definition: Exclude<CoreDefinition, { kind: "export" }>): LoweredImport {
  const { scope } = definition;
  if (definition.kind === "drop") {
    return { interface: RESOURCE_DROP, function: definition.resource, boundary: NOWHERE, scope, callee: undefined };
  }
  return {
    interface: definition.interface,
    function: definition.function,
    boundary: boundaryOf(definition.options),
    scope,
    callee: definition.callee && entryTo(definition.callee),
  };
}

/** The boundary of what is passed numbers alone. */
const NOWHERE: Boundary = { memory: undefined, realloc: undefined, encoding: "utf8" };

/** Where the options of a lifted or lowered function lead. */
function boundaryOf({ memory, realloc, encoding }: CanonicalOptions): Boundary {
  return { memory: memory && exportOf(memory), realloc: realloc && exportOf(realloc), encoding };
}

const TABLE = "$imports";
const INITIALISER = "_initialize";

/** The module that fills the shim's table: it takes that table, functions of the host, and perhaps an initialiser. */
function isFixup(step: LinkStep, steps: readonly LinkStep[]): boolean {
  const table = tableOf(step);
  const shim = steps.find(({ instance }) => instance === table?.from.instance);
  if (table === undefined || shim === undefined || shim.imports.length > 0) return false;
  if (WebAssembly.Module.exports(step.core.module).length > 0) return false;
  return step.imports.every((one) => one === table || one.kind === "host" || one.name === INITIALISER);
}

function tableOf(step: LinkStep): Extract<LinkedImport, { kind: "export" }> | undefined {
  return step.imports.find((one) => one.kind === "export" && one.from.name === TABLE) as
    | Extract<LinkedImport, { kind: "export" }>
    | undefined;
}

/** The plan without any of its pairs: a component that others are composed into has one for each. */
function withoutHelpers({ steps, initialisers }: LinkPlan): LinkPlan {
  const fixup = steps.find((step) => isFixup(step, steps));
  if (fixup === undefined) return { steps, initialisers };
  const shim = tableOf(fixup)?.from.instance;
  const direct = new Map(fixup.imports.flatMap((one) => (one.kind === "host" ? [[one.name, one.host] as const] : [])));
  const called = fixup.imports.flatMap((one) => (one.kind === "export" && one.name === INITIALISER ? [one.from] : []));
  const kept = steps.filter((step) => step !== fixup && step.instance !== shim);
  const relinked = kept.map((step): LinkStep => {
    const imports = step.imports.map((one): LinkedImport => {
      if (one.kind === "host" || one.from.instance !== shim) return one;
      const host = direct.get(one.from.name);
      if (host === undefined) throw new ComponentError(`the shim's function ${one.from.name} is filled by nothing`);
      return { kind: "host", module: one.module, name: one.name, host };
    });
    return { ...step, imports };
  });
  return withoutHelpers({ steps: relinked, initialisers: [...initialisers, ...called] });
}
