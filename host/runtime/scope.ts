import { ComponentError } from "../errors.ts";
import type { CanonicalOptions, CoreDefinition, LiftedFunction, StringEncoding } from "./decode.ts";
import type { Elaboration } from "./elaborate.ts";
import { CORE, externDescription, externName, itemSort, sortOf } from "./extern.ts";
import { readPreamble } from "./preamble.ts";
import { malformed, Reader } from "./reader.ts";

/** A function as one component knows it. */
export type ComponentFunction =
  | { readonly kind: "host"; readonly interface: string; readonly name: string }
  | {
      readonly kind: "lifted";
      readonly function: LiftedFunction;
      /** What it was imported as, which says its type; undefined for one that nobody imported. */
      readonly as: { readonly interface: string; readonly name: string } | undefined;
    };

/** An instance as one component knows it: the host's, by its interface, or one of what components give out. */
export interface ComponentInstance {
  /** The interface that it was imported as. */
  readonly interface: string | undefined;
  /** Undefined for one of the host's. */
  readonly exports: ReadonlyMap<string, Item> | undefined;
}

/** A component within another: not read before it is instantiated, and then each time. */
interface NestedComponent {
  readonly body: Reader;
  /** What its outer aliases lead to. */
  readonly scope: Scope;
}

/** What can be imported, exported and passed on. */
export type Item =
  | { readonly sort: "function"; readonly value: ComponentFunction }
  | { readonly sort: "instance"; readonly value: ComponentInstance }
  | { readonly sort: "component"; readonly value: NestedComponent }
  | { readonly sort: "module"; readonly value: number }
  /** The name of a resource of the host's; undefined for any other type. */
  | { readonly sort: "type"; readonly value: string | undefined };

const LIFT = 0;
const LOWER = 1;
const RESOURCE_DROP = 3;

/** One component that is being instantiated: its index spaces. */
export class Scope {
  readonly exports: Map<string, Item> = new Map();
  readonly #all: Elaboration;
  readonly #place: number;
  readonly #outer: Scope | undefined;
  /** What it is instantiated with; undefined for the outermost component, whose imports are the host's. */
  readonly #given: ReadonlyMap<string, Item> | undefined;

  readonly #coreInstances: number[] = [];
  readonly #coreFunctions: CoreDefinition[] = [];
  readonly #coreMemories: CoreDefinition[] = [];
  readonly #coreTables: CoreDefinition[] = [];
  readonly #coreGlobals: CoreDefinition[] = [];
  readonly #items: { [sort in Item["sort"]]: Extract<Item, { sort: sort }>["value"][] } = {
    function: [],
    instance: [],
    component: [],
    module: [],
    type: [],
  };

  constructor(all: Elaboration, outer: Scope | undefined, given: ReadonlyMap<string, Item> | undefined) {
    this.#all = all;
    this.#outer = outer;
    this.#given = given;
    this.#place = all.component();
  }

  /** Reads the sections of the component. */
  read(reader: Reader): void {
    while (!reader.done) {
      const id = reader.byte();
      this.#section(id, reader.section(reader.u32()));
    }
  }

  #section(id: number, reader: Reader): void {
    if (id === 1) this.#items.module.push(this.#all.module(reader));
    else if (id === 2) this.#each(reader, () => this.#coreInstance(reader));
    else if (id === 4) this.#items.component.push({ body: reader, scope: this });
    else if (id === 5) this.#each(reader, () => this.#instance(reader));
    else if (id === 6) this.#each(reader, () => this.#alias(reader));
    else if (id === 7) this.#types(reader);
    else if (id === 8) this.#each(reader, () => this.#canonical(reader));
    else if (id === 9) throw new ComponentError("the component has a start function, which this host does not offer");
    else if (id === 10) this.#each(reader, () => this.#import(reader));
    else if (id === 11) this.#each(reader, () => this.#export(reader));
    else if (id !== 0 && id !== 3) throw malformed(reader.offset, `section ${id} is unknown`);
  }

  /** Each entry of a section defines one thing. */
  #each(reader: Reader, read: () => void): void {
    reader.vector(() => {
      this.#all.define(1);
      read();
    });
  }

  #coreInstance(reader: Reader): void {
    const kind = reader.byte();
    if (kind === 0) {
      const module = at(this.#items.module, reader.u32(), reader);
      const pairs = reader.vector((): [string, number] => {
        const name = reader.name();
        if (reader.byte() !== 0x12) throw malformed(reader.offset, "an argument is not an instance");
        return [name, at(this.#coreInstances, reader.u32(), reader)];
      });
      this.#coreInstances.push(this.#all.coreInstance({ kind: "instantiate", module, arguments: new Map(pairs) }));
    } else if (kind === 1) {
      const pairs = reader.vector((): [string, CoreDefinition] => [reader.name(), this.#coreDefinition(reader)]);
      this.#coreInstances.push(this.#all.coreInstance({ kind: "bundle", definitions: new Map(pairs) }));
    } else {
      throw malformed(reader.offset, `core instance kind ${kind} is unknown`);
    }
  }

  #coreDefinition(reader: Reader): CoreDefinition {
    return at(this.#coreSpace(reader.byte(), reader), reader.u32(), reader);
  }

  #coreSpace(sort: number, reader: Reader): CoreDefinition[] {
    if (sort === 0) return this.#coreFunctions;
    if (sort === 1) return this.#coreTables;
    if (sort === 2) return this.#coreMemories;
    if (sort === 3) return this.#coreGlobals;
    throw malformed(reader.offset, `core sort ${sort} is not offered`);
  }

  #instance(reader: Reader): void {
    const kind = reader.byte();
    if (kind > 1) throw malformed(reader.offset, `instance kind ${kind} is unknown`);
    const component = kind === 0 ? at(this.#items.component, reader.u32(), reader) : undefined;
    const pairs = reader.vector((): [string, Item] => [
      component === undefined ? externName(reader) : reader.name(),
      this.#item(sortOf(reader), reader),
    ]);
    const given = new Map(pairs);
    const exports = component === undefined ? given : this.#instantiate(component, given);
    this.#items.instance.push({ interface: undefined, exports });
  }

  #instantiate({ body, scope }: NestedComponent, given: ReadonlyMap<string, Item>): ReadonlyMap<string, Item> {
    const instance = new Scope(this.#all, scope, given);
    const reader = new Reader(body.bytes, body.offset, body.end);
    readPreamble(reader);
    instance.read(reader);
    return instance.exports;
  }

  #alias(reader: Reader): void {
    const sort = reader.byte();
    const coreSort = sort === CORE ? reader.byte() : -1;
    const target = reader.byte();
    if (target === 1) {
      const instance = at(this.#coreInstances, reader.u32(), reader);
      this.#coreSpace(coreSort, reader).push({ kind: "export", instance, name: reader.name() });
    } else if (target === 2) {
      this.#aliasOuter(itemSort(sort, coreSort), reader);
    } else if (target === 0) {
      const instance = at(this.#items.instance, reader.u32(), reader);
      this.#add(exportOf(instance, itemSort(sort, coreSort), reader.name(), reader));
    } else {
      throw malformed(reader.offset, `alias target ${target} is unknown`);
    }
  }

  #aliasOuter(sort: Item["sort"] | undefined, reader: Reader): void {
    const scope = this.#outward(reader.u32());
    const index = reader.u32();
    // Core types have no index space here, for nothing needs them.
    if (sort === undefined) return;
    if (scope === undefined) throw malformed(reader.offset, "an alias leads out of the component");
    this.#add(scope.#itemAt(sort, index, reader));
  }

  #outward(levels: number): Scope | undefined {
    if (levels === 0) return this;
    return this.#outer === undefined ? undefined : this.#outer.#outward(levels - 1);
  }

  /** Types are counted, and not read: only resources that are imported have a name. */
  #types(reader: Reader): void {
    const count = reader.u32();
    if (count > reader.end - reader.offset) throw malformed(reader.offset, "it ends too early");
    this.#all.define(count);
    for (let left = count; left > 0; left--) this.#items.type.push(undefined);
  }

  #canonical(reader: Reader): void {
    const kind = reader.byte();
    if (kind === RESOURCE_DROP) {
      const resource = at(this.#items.type, reader.u32(), reader);
      if (resource === undefined)
        throw new ComponentError("the component has resources of its own, which this host does not offer");
      this.#coreFunctions.push({ kind: "drop", resource, scope: this.#place });
      return;
    }
    if (kind !== LIFT && kind !== LOWER) {
      throw new ComponentError(
        `the component uses the canonical built-in 0x${kind.toString(16)}, which this host does not offer`,
      );
    }
    reader.byte();
    const index = reader.u32();
    const options = this.#canonicalOptions(reader);
    if (kind === LOWER) {
      this.#coreFunctions.push(this.#lowered(at(this.#items.function, index, reader), options));
      return;
    }
    reader.u32();
    const definition = at(this.#coreFunctions, index, reader);
    this.#items.function.push({
      kind: "lifted",
      function: { definition, options, scope: this.#place },
      as: undefined,
    });
  }

  #lowered(from: ComponentFunction, options: CanonicalOptions): CoreDefinition {
    const scope = this.#place;
    if (from.kind === "host") {
      return {
        kind: "lower",
        interface: from.interface,
        function: from.name,
        options,
        scope,
        callee: undefined,
      };
    }
    if (from.as === undefined) {
      throw new ComponentError(
        "the component lowers a function that it did not import, which this host does not offer",
      );
    }
    return {
      kind: "lower",
      interface: from.as.interface,
      function: from.as.name,
      options,
      scope,
      callee: from.function,
    };
  }

  #canonicalOptions(reader: Reader): CanonicalOptions {
    let encoding: StringEncoding = "utf8";
    let memory: CoreDefinition | undefined;
    let realloc: CoreDefinition | undefined;
    let postReturn: CoreDefinition | undefined;
    reader.vector(() => {
      const option = reader.byte();
      if (option === 0) encoding = "utf8";
      else if (option === 1) encoding = "utf16";
      else if (option === 3) memory = at(this.#coreMemories, reader.u32(), reader);
      else if (option === 4) realloc = at(this.#coreFunctions, reader.u32(), reader);
      else if (option === 5) postReturn = at(this.#coreFunctions, reader.u32(), reader);
      else
        throw new ComponentError(`the component uses the canonical option ${option}, which this host does not offer`);
    });
    return { encoding, memory, realloc, postReturn };
  }

  #import(reader: Reader): void {
    const name = externName(reader);
    const sort = externDescription(reader);
    if (this.#given !== undefined) {
      const item = this.#given.get(name);
      if (item === undefined || item.sort !== sort)
        throw malformed(reader.offset, `the import ${name} is filled by nothing`);
      this.#add(importedAs(item, name));
      return;
    }
    if (sort === "type") {
      this.#items.type.push(undefined);
      return;
    }
    if (sort === "instance") this.#items.instance.push({ interface: name, exports: undefined });
    else if (sort === "function") this.#items.function.push({ kind: "host", interface: "", name });
    else throw new ComponentError(`the component imports ${name}, which is neither an interface nor a function`);
    this.#all.imports.push(name);
  }

  #export(reader: Reader): void {
    const name = externName(reader);
    const item = this.#item(sortOf(reader), reader);
    if (reader.byte() === 1) externDescription(reader);
    this.exports.set(name, item);
    this.#add(item);
  }

  #item(sort: Item["sort"] | undefined, reader: Reader): Item {
    if (sort === undefined) throw malformed(reader.offset, "a core definition is no part of an interface");
    return this.#itemAt(sort, reader.u32(), reader);
  }

  #itemAt(sort: Item["sort"], index: number, reader: Reader): Item {
    return { sort, value: at<unknown>(this.#items[sort], index, reader) } as Item;
  }

  #add({ sort, value }: Item): void {
    (this.#items[sort] as unknown[]).push(value);
  }
}

/** What an instance exports under this name. The host's instances have what they are asked for, or it is refused later. */
function exportOf(
  { interface: from, exports }: ComponentInstance,
  sort: Item["sort"] | undefined,
  name: string,
  reader: Reader,
): Item {
  if (exports === undefined) {
    if (sort === "function") return { sort, value: { kind: "host", interface: from ?? "", name } };
    if (sort === "type") return { sort, value: name };
    throw new ComponentError(`the component takes ${name} from ${from}, which is no function of it`);
  }
  const item = exports.get(name);
  if (item === undefined || item.sort !== sort) {
    throw malformed(reader.offset, `an instance does not export ${name}`);
  }
  if (from === undefined || item.sort !== "function" || item.value.kind === "host") return item;
  return { sort: "function", value: { ...item.value, as: { interface: from, name } } };
}

/** What a component is given for an import is known by the import's name: that says its type. */
function importedAs(item: Item, name: string): Item {
  if (item.sort === "instance" && item.value.exports !== undefined) {
    return { sort: "instance", value: { ...item.value, interface: name } };
  }
  if (item.sort === "function" && item.value.kind === "lifted") {
    return { sort: "function", value: { ...item.value, as: { interface: "", name } } };
  }
  return item;
}

function at<T>(space: readonly T[], index: number, reader: Reader): T {
  if (index >= space.length) throw malformed(reader.offset, `index ${index} is out of range`);
  return space[index] as T;
}
