import type { Entries } from "./module.ts";
import type { MarkedParts } from "./parts.ts";
import { Writer } from "./writer.ts";

const I32 = 0x7f;
const EXTERNAL_REFERENCE = 0x6f;
const FUNCTION_REFERENCE = 0x70;

const IF = 0x04;
const END = 0x0b;
const CALL = 0x10;
const CALL_INDIRECT = 0x11;
const SELECT = 0x1b;
const LOCAL_GET = 0x20;
const LOCAL_TEE = 0x22;
const GLOBAL_GET = 0x23;
const GLOBAL_SET = 0x24;
const I32_CONST = 0x41;
const MINUS_ONE = 0x7f;
const I32_EQ = 0x46;
const I32_LT_S = 0x48;
const I32_LT_U = 0x49;
const I32_SUB = 0x6b;
const I32_SHL = 0x74;
const I32_SHR_U = 0x76;
const NO_RESULT = 0x40;

const MEMORY_GROW = 0x40;
const BULK = 0xfc;
const MEMORY_INIT = 8;
const MEMORY_COPY = 10;
const TABLE_INIT = 12;
const TABLE_COPY = 14;
const TABLE_GROW = 15;
const TABLE_FILL = 17;

/** 64 bytes cost what an instruction does. */
const BYTES_SHIFT = 6;
/** A page that is grown is 64 KiB to be cleared. */
const PAGE_SHIFT = 10;
/** An element of a table is a call into the engine. */
const ELEMENT_SHIFT = 5;
/** No memory has more pages and no table more elements, so that more of them fail without work. */
const PAGES = 65_536;
const ELEMENTS = 1_000_000;

/** What a function buys for its loops, once what it began with is spent. */
const CREDIT = 1024;

/** The function types that the helpers need, appended to the module's own. */
const TYPES: readonly { readonly parameters: readonly number[]; readonly results: readonly number[] }[] = [
  { parameters: [EXTERNAL_REFERENCE, I32], results: [I32] },
  { parameters: [], results: [] },
  { parameters: [I32, I32, I32], results: [] },
  { parameters: [I32], results: [I32] },
  { parameters: [FUNCTION_REFERENCE, I32], results: [I32] },
  { parameters: [I32, FUNCTION_REFERENCE, I32], results: [] },
  { parameters: [I32, I32], results: [] },
  { parameters: [], results: [I32] },
];
const TICK = 0;
const NOTHING = 1;
const THREE = 2;
const ONE = 3;
const GROW_TABLE = 4;
const FILL_TABLE = 5;
const TWO = 6;
const RESULT = 7;

/** How many of each the module has by itself: what is appended comes behind. */
export interface IndexSpaces {
  readonly types: number;
  readonly functions: number;
  readonly tables: number;
  readonly globals: number;
}

interface Bulk {
  readonly opcode: number;
  readonly first: number;
  readonly second: number;
}

/** The functions that are appended to a metered module: those that ask for fuel and are given it, and one for each bulk instruction. */
export class Helpers {
  readonly #own: IndexSpaces;
  readonly #parts: MarkedParts;
  readonly #bulk: Bulk[] = [];
  readonly #indices = new Map<string, number>();

  constructor(own: IndexSpaces, parts: MarkedParts) {
    this.#own = own;
    this.#parts = parts;
  }

  get fuelGlobal(): number {
    return this.#own.globals;
  }

  get meterGlobal(): number {
    return this.#own.globals + 1;
  }

  get refusedGlobal(): number {
    return this.#own.globals + 2;
  }

  get lentGlobal(): number {
    return this.#own.globals + 3;
  }

  get tickTable(): number {
    return this.#own.tables;
  }

  /** The function that takes the place of this bulk instruction. */
  bulk(opcode: number, first: number, second: number): number {
    const key = `${opcode} ${first} ${second}`;
    const known = this.#indices.get(key);
    if (known !== undefined) return known;
    const index = this.#own.functions + 4 + this.#bulk.length;
    this.#bulk.push({ opcode, first, second });
    this.#indices.set(key, index);
    return index;
  }

  /** The function that buys a new credit: takes the old one, which is spent, and gives the new one. */
  get buyFunction(): number {
    return this.#own.functions + 1;
  }

  /** The function that the host gives fuel by. */
  get grantFunction(): number {
    return this.#own.functions + 2;
  }

  /** The function that says whether a memory was refused to grow. */
  get refusedFunction(): number {
    return this.#own.functions + 3;
  }

  /** Writes `fuel -= price; if (fuel < 0) tick()` and returns where it branches. */
  writeCharge(out: Writer, price: number): number {
    out.put(GLOBAL_GET).u32(this.fuelGlobal).put(I32_CONST).positive(price);
    return this.#writeCheck(out);
  }

  /** From behind fuel and price on. */
  #writeCheck(out: Writer): number {
    out.put(I32_SUB, GLOBAL_SET).u32(this.fuelGlobal).put(GLOBAL_GET).u32(this.fuelGlobal);
    out.put(I32_CONST, 0, I32_LT_S);
    const branch = out.length;
    out.put(IF, NO_RESULT, CALL).u32(this.#own.functions).put(END);
    return branch;
  }

  /** Appends the functions and the types that they need. */
  append(types: Entries, functions: Entries, code: Entries): void {
    for (const { parameters, results } of TYPES) {
      types
        .add()
        .put(0x60, parameters.length, ...parameters)
        .put(results.length, ...results);
    }
    functions.add().u32(this.#own.types + NOTHING);
    const tick = new Writer(32).put(0, GLOBAL_GET).u32(this.meterGlobal).put(GLOBAL_GET).u32(this.fuelGlobal);
    tick
      .put(GLOBAL_GET)
      .u32(this.lentGlobal)
      .put(CALL_INDIRECT)
      .u32(this.#own.types + TICK)
      .u32(this.tickTable);
    appendBody(code, tick.put(GLOBAL_SET).u32(this.fuelGlobal).put(END));
    functions.add().u32(this.#own.types + ONE);
    const buy = new Writer(32).put(0, GLOBAL_GET).u32(this.fuelGlobal);
    buy.put(I32_CONST).positive(CREDIT).put(LOCAL_GET, 0, I32_SUB);
    this.#writeCheck(buy);
    appendBody(code, buy.put(I32_CONST).positive(CREDIT).put(END));
    functions.add().u32(this.#own.types + TWO);
    const grant = new Writer(32).put(0, LOCAL_GET, 0, GLOBAL_SET).u32(this.fuelGlobal);
    appendBody(code, grant.put(LOCAL_GET, 1, GLOBAL_SET).u32(this.lentGlobal).put(END));
    functions.add().u32(this.#own.types + RESULT);
    appendBody(code, new Writer(8).put(0, GLOBAL_GET).u32(this.refusedGlobal).put(END));
    for (const one of this.#bulk) {
      functions.add().u32(this.#own.types + typeOf(one.opcode));
      appendBody(code, this.#bulkBody(one));
    }
  }

  #bulkBody({ opcode, first, second }: Bulk): Writer {
    // Growing has a local of its own.
    const body = opcode === MEMORY_GROW ? new Writer(64).put(1, 1, I32) : new Writer(64).put(0);
    const parameters = (TYPES[typeOf(opcode)] as (typeof TYPES)[number]).parameters.length;
    body.put(GLOBAL_GET).u32(this.fuelGlobal);
    const length = (): Writer => body.put(LOCAL_GET, parameters - 1);
    const atMost = (most: number): void => {
      length().put(I32_CONST).positive(most);
      length().put(I32_CONST).positive(most).put(I32_LT_U, SELECT);
    };
    if (opcode === MEMORY_GROW) {
      atMost(PAGES);
      body.put(I32_CONST, PAGE_SHIFT, I32_SHL);
    } else if (opcode < TABLE_INIT) {
      length().put(I32_CONST, BYTES_SHIFT, I32_SHR_U);
    } else {
      atMost(ELEMENTS);
      body.put(I32_CONST, ELEMENT_SHIFT, I32_SHL);
    }
    this.#writeCheck(body);
    const memory = opcode === MEMORY_INIT ? second : first;
    if (opcode < TABLE_INIT && this.#parts.has(memory)) this.#parts.writeRange(body, memory, 0, parameters - 1);
    for (let i = 0; i < parameters; i++) body.put(LOCAL_GET, i);
    if (opcode === MEMORY_GROW) {
      body.put(MEMORY_GROW).u32(first).put(LOCAL_TEE, 1, I32_CONST, MINUS_ONE, I32_EQ, IF, NO_RESULT, I32_CONST, 1);
      return body.put(GLOBAL_SET).u32(this.refusedGlobal).put(END, LOCAL_GET, 1, END);
    }
    body.put(BULK, opcode).u32(first);
    if (opcode === MEMORY_INIT || opcode === MEMORY_COPY || opcode === TABLE_INIT || opcode === TABLE_COPY) {
      body.u32(second);
    }
    return body.put(END);
  }
}

function typeOf(opcode: number): number {
  if (opcode === MEMORY_GROW) return ONE;
  if (opcode === TABLE_GROW) return GROW_TABLE;
  return opcode === TABLE_FILL ? FILL_TABLE : THREE;
}

export function appendBody(code: Entries, body: Writer): void {
  code.add().u32(body.length).append(body.finish());
}
