// The part of the WebAssembly JavaScript interface that is used here, with JSPI. TypeScript has it in its DOM
// library alone, which would bring a browser's globals along.
declare namespace WebAssembly {
  type ImportValue = ExportValue | Suspending;
  type ExportValue = object;
  type Imports = Record<string, Record<string, ImportValue>>;

  class Module {
    constructor(bytes: Uint8Array);
    static imports(module: Module): { module: string; name: string; kind: string }[];
    static exports(module: Module): { name: string; kind: string }[];
  }

  class Instance {
    constructor(module: Module, imports?: Imports);
    readonly exports: Readonly<Record<string, ExportValue>>;
  }

  class Memory {
    constructor(type: { initial: number });
    readonly buffer: ArrayBuffer;
    grow(pages: number): number;
  }

  class Table {
    set(index: number, value: unknown): void;
  }

  class Global<T extends "i32" | "i64" | "externref"> {
    constructor(type: { value: T; mutable: boolean }, value: T extends "i64" ? bigint : number);
    value: T extends "i32" ? number : T extends "i64" ? bigint : unknown;
  }

  class RuntimeError extends Error {}
  class LinkError extends Error {}
  class SuspendError extends Error {}
  class Exception extends Error {}

  class Suspending {
    constructor(target: (...parameters: never[]) => unknown);
  }

  function promising(target: (...parameters: number[]) => unknown): (...parameters: number[]) => Promise<number>;
  function validate(bytes: Uint8Array): boolean;
  function compile(bytes: Uint8Array): Promise<Module>;
}
