import { ComponentError } from "../errors.ts";
import { malformed, Reader } from "./reader.ts";

// The binary format is that of the component model's Binary.md. What is read here is the link plan: which core
// module is instantiated with what, and what is lowered into it and lifted out of it. Types are not needed: each
// interface this host offers is lowered by hand, and every access to guest memory is checked.

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
  | {
      readonly kind: "lower";
      readonly interface: string;
      readonly function: string;
      readonly options: CanonicalOptions;
    };

/** A core instance: a module instantiated with named arguments, or a bundle of definitions. */
export type CoreInstance =
  | { readonly kind: "instantiate"; readonly module: number; readonly arguments: ReadonlyMap<string, number> }
  | { readonly kind: "bundle"; readonly definitions: ReadonlyMap<string, CoreDefinition> };

/** A function that the component gives out. */
export interface LiftedFunction {
  readonly definition: CoreDefinition;
  readonly options: CanonicalOptions;
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

/** What stands in the index space of functions: an imported one, a lifted one, or one that nothing here needs. */
type ComponentFunction =
  | { readonly kind: "imported"; readonly interface: string; readonly function: string }
  | ({ readonly kind: "lifted" } & LiftedFunction)
  | undefined;

const MAGIC = [0x00, 0x61, 0x73, 0x6d];
const COMPONENT = [0x0d, 0x00, 0x01, 0x00];
const CORE_MODULE = [0x01, 0x00, 0x00, 0x00];

/** Takes a component apart. Throws `ComponentError` where it is malformed or needs what this host does not offer. */
export function decode(bytes: Uint8Array): DecodedComponent {
  const reader = new Reader(bytes);
  readPreamble(reader);
  const decoder = new Decoder();
  while (!reader.done) {
    const id = reader.byte();
    decoder.section(id, reader.section(reader.u32()));
  }
  return decoder;
}

function readPreamble(reader: Reader): void {
  const startsWith = (wanted: readonly number[], got: Uint8Array): boolean =>
    wanted.every((byte, i) => byte === got[i]);
  if (reader.end < 8 || !startsWith(MAGIC, reader.take(4))) throw new ComponentError("the file is not WebAssembly");
  const version = reader.take(4);
  if (startsWith(CORE_MODULE, version)) {
    throw new ComponentError("the file is a core module, not a component; build it with: backfill build hook.ts");
  }
  if (!startsWith(COMPONENT, version)) throw new ComponentError("the file is of an unknown version of WebAssembly");
}

class Decoder implements DecodedComponent {
  readonly modules: Uint8Array[] = [];
  readonly instances: CoreInstance[] = [];
  readonly lifted: Map<string, LiftedFunction> = new Map();
  readonly imports: string[] = [];
  readonly exports: string[] = [];

  // The index spaces. An undefined place is taken by something that nothing here needs.
  private readonly coreFunctions: CoreDefinition[] = [];
  private readonly coreMemories: CoreDefinition[] = [];
  private readonly coreTables: CoreDefinition[] = [];
  private readonly coreGlobals: CoreDefinition[] = [];
  private readonly functions: ComponentFunction[] = [];
  private readonly importedInterfaces: (string | undefined)[] = [];

  section(id: number, reader: Reader): void {
    if (id === 1) this.modules.push(reader.take(reader.end - reader.offset));
    else if (id === 2) reader.vector(() => this.instances.push(this.coreInstance(reader)));
    else if (id === 4) refuseNestedCode(reader);
    else if (id === 5) reader.vector(() => this.instance(reader));
    else if (id === 6) reader.vector(() => this.alias(reader));
    else if (id === 8) reader.vector(() => this.canonical(reader));
    else if (id === 9) throw new ComponentError("the component has a start function, which this host does not offer");
    else if (id === 10) reader.vector(() => this.import(reader));
    else if (id === 11) reader.vector(() => this.export(reader));
    else if (id !== 0 && id !== 3 && id !== 7) throw malformed(reader.offset, `section ${id} is unknown`);
  }

  private coreInstance(reader: Reader): CoreInstance {
    const kind = reader.byte();
    if (kind === 0) {
      const module = reader.u32();
      const pairs = reader.vector((): [string, number] => {
        const name = reader.name();
        if (reader.byte() !== 0x12) throw malformed(reader.offset, "an argument is not an instance");
        return [name, reader.u32()];
      });
      return { kind: "instantiate", module, arguments: new Map(pairs) };
    }
    if (kind === 1) {
      const pairs = reader.vector((): [string, CoreDefinition] => [reader.name(), this.coreDefinition(reader)]);
      return { kind: "bundle", definitions: new Map(pairs) };
    }
    throw malformed(reader.offset, `core instance kind ${kind} is unknown`);
  }

  private coreDefinition(reader: Reader): CoreDefinition {
    return at(this.coreSpace(reader.byte(), reader), reader.u32(), reader);
  }

  private coreSpace(sort: number, reader: Reader): CoreDefinition[] {
    if (sort === 0) return this.coreFunctions;
    if (sort === 1) return this.coreTables;
    if (sort === 2) return this.coreMemories;
    if (sort === 3) return this.coreGlobals;
    throw malformed(reader.offset, `core sort ${sort} is not offered`);
  }

  /** Component instances made inside only regroup what is lifted, so nothing of them is kept but their place. */
  private instance(reader: Reader): void {
    const kind = reader.byte();
    if (kind === 0) reader.u32();
    else if (kind !== 1) throw malformed(reader.offset, `instance kind ${kind} is unknown`);
    reader.vector(() => {
      if (kind === 0) reader.name();
      else externName(reader);
      sortIndex(reader);
    });
    this.importedInterfaces.push(undefined);
  }

  private alias(reader: Reader): void {
    const sort = reader.byte();
    const coreSort = sort === 0 ? reader.byte() : -1;
    const target = reader.byte();
    const index = reader.u32();
    if (target === 2) {
      reader.u32();
      return;
    }
    const name = reader.name();
    if (target === 1) {
      this.coreSpace(coreSort, reader).push({ kind: "export", instance: index, name });
    } else if (sort === 1) {
      const from = at(this.importedInterfaces, index, reader);
      this.functions.push(from === undefined ? undefined : { kind: "imported", interface: from, function: name });
    } else if (sort === 5) {
      this.importedInterfaces.push(undefined);
    }
  }

  private canonical(reader: Reader): void {
    const kind = reader.byte();
    if (kind > 1) {
      throw new ComponentError(
        `the component uses the canonical built-in 0x${kind.toString(16)}, which this host does not offer`,
      );
    }
    reader.byte();
    const index = reader.u32();
    const options = this.canonicalOptions(reader);
    if (kind === 0) {
      reader.u32();
      const definition = at(this.coreFunctions, index, reader);
      this.functions.push({ kind: "lifted", definition, options });
      // An exported interface is regrouped by a nested component; its functions keep the name of their core export.
      if (definition.kind === "export" && definition.name.includes("#")) {
        this.lifted.set(definition.name, { definition, options });
      }
      return;
    }
    const lowered = at(this.functions, index, reader);
    if (lowered?.kind !== "imported") {
      throw new ComponentError(
        "the component lowers a function that it did not import, which this host does not offer",
      );
    }
    this.coreFunctions.push({ kind: "lower", interface: lowered.interface, function: lowered.function, options });
  }

  private canonicalOptions(reader: Reader): CanonicalOptions {
    let encoding: StringEncoding = "utf8";
    let memory: CoreDefinition | undefined;
    let realloc: CoreDefinition | undefined;
    let postReturn: CoreDefinition | undefined;
    reader.vector(() => {
      const option = reader.byte();
      if (option === 0) encoding = "utf8";
      else if (option === 1) encoding = "utf16";
      else if (option === 3) memory = at(this.coreMemories, reader.u32(), reader);
      else if (option === 4) realloc = at(this.coreFunctions, reader.u32(), reader);
      else if (option === 5) postReturn = at(this.coreFunctions, reader.u32(), reader);
      else
        throw new ComponentError(`the component uses the canonical option ${option}, which this host does not offer`);
    });
    return { encoding, memory, realloc, postReturn };
  }

  private import(reader: Reader): void {
    const name = externName(reader);
    const sort = externDescription(reader);
    if (sort === 5) {
      this.importedInterfaces.push(name);
      this.imports.push(name);
    } else if (sort === 1) {
      this.functions.push({ kind: "imported", interface: "", function: name });
      this.imports.push(name);
    } else if (sort !== 3) {
      throw new ComponentError(`the component imports ${name}, which is neither an interface nor a function`);
    }
  }

  private export(reader: Reader): void {
    const name = externName(reader);
    this.exports.push(name);
    const [sort, index] = sortIndex(reader);
    if (reader.byte() === 1) externDescription(reader);
    if (sort === 1) {
      const exported = at(this.functions, index, reader);
      this.functions.push(exported);
      if (exported?.kind === "lifted") this.lifted.set(name, exported);
    }
    if (sort === 5) this.importedInterfaces.push(undefined);
  }
}

function at<T>(space: readonly T[], index: number, reader: Reader): T {
  if (index >= space.length) throw malformed(reader.offset, `index ${index} is out of range`);
  return space[index] as T;
}

function sortIndex(reader: Reader): [sort: number, index: number] {
  const sort = reader.byte();
  if (sort === 0) reader.byte();
  return [sort, reader.u32()];
}

function externName(reader: Reader): string {
  const kind = reader.byte();
  const name = reader.name();
  if (kind === 2) reader.name();
  else if (kind > 2) throw malformed(reader.offset, `name kind ${kind} is unknown`);
  return name;
}

/** Reads an `externdesc` and returns its sort. */
function externDescription(reader: Reader): number {
  const sort = reader.byte();
  if (sort === 0) reader.byte();
  if (sort === 2) throw new ComponentError("the component imports or exports a value, which this host does not offer");
  if (sort === 3 && reader.byte() === 1) return sort;
  reader.u32();
  return sort;
}

/** A nested component that only regroups functions is harmless; one with code of its own is not linked here. */
function refuseNestedCode(reader: Reader): void {
  const nested = new Reader(reader.bytes, reader.offset + 8, reader.end);
  while (!nested.done) {
    const id = nested.byte();
    nested.section(nested.u32());
    if (id === 1 || id === 2 || id === 8) {
      throw new ComponentError(
        "the component holds other components with code of their own, which this host does not link",
      );
    }
  }
}
