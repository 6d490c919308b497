import { malformed } from "../reader.ts";
import { Checks } from "./checks.ts";
import { type Arity, outside } from "./confine.ts";
import { Copying } from "./copying.ts";
import { Cursor, type Place } from "./cursor.ts";
import type { Helpers } from "./helpers.ts";
import { AppendedLocals } from "./locals.ts";
import { Marks } from "./marks.ts";
import { globalVariable, localVariable } from "./known.ts";
import type { Entries } from "./module.ts";
import * as kind from "./opcodes.ts";
import type { MarkedParts } from "./parts.ts";
import { DEAD, Stretches } from "./stretches.ts";
import { Writer } from "./writer.ts";

// Each path through a function is cut into stretches, and a check at the head of a stretch pays for all of it before
// it runs. A stretch begins where the function does, where a loop does, and where one has become LONGEST long, so that
// no more than that is paid for and not run. What a head pays is the length of the longest stretch that begins there,
// known only once it has been walked: the head leaves room for it.
//
// Fuel is a global, which is slow to count in. Loops pay from a credit in a local instead, which is bought with the
// function's entry and again, a larger one, once it is spent. What is left of it when the function returns is lost.
//
// What marks the writes to memory is not paid for: it is no longer for any store than a few instructions.

/** The longest stretch between two checks, in instructions. */
const LONGEST = 128;
/** What the call of a function costs that pays for itself. */
const CALL = 4;
/** Functions up to this length that do not loop, and call none but those, have no check: their callers pay. */
const SMALL = 32;
/** No stretch is longer: one that has become LONGEST ends before its next instruction. */
const FULL = LONGEST + CALL + SMALL;
/** Instead of a price: the function pays for itself; or it may be small, and is not known yet. */
const PAYS = -1;
const UNSEEN = -2;
/** An exception is an object of the engine's, with its stack trace. */
const THROW = 500;
/** Writing a table is a call into the engine. */
const TABLE_WRITE = 32;

const CALL_OPCODE = 0x10;
const FIRST_STORE = 0x36;
const I32 = 0x7f;
const I64 = 0x7e;
const F32 = 0x7d;
const F64 = 0x7c;
const V128 = 0x7b;
/** The types of the values that stores write, by opcode. */
const STORED = [I32, I64, F32, F64, I32, I32, I64, I64, I64] as const;

const MEMORY_INIT = 8;
const DATA_DROP = 9;
const MEMORY_COPY = 10;
const MEMORY_FILL = 11;
const TABLE_INIT = 12;
const ELEMENT_DROP = 13;
const TABLE_COPY = 14;
const TABLE_SIZE = 16;
const TABLE_FILL = 17;

/** What a code section does that its module has to know. */
export interface CodeFacts {
  readonly writtenGlobals: Set<number>;
  writesTables: boolean;
  dropsSegments: boolean;
  initialisesMemory: boolean;
  /** Whether any check was written. */
  metered: boolean;
}

/** What the code of a module refers to. */
export interface Surroundings {
  readonly helpers: Helpers;
  readonly hints: Entries;
  readonly parts: MarkedParts;
  /** Of each type; and of each function, imported ones first. */
  readonly types: readonly Arity[];
  readonly functions: readonly Arity[];
  readonly importedFunctions: number;
}

/**
 * Walks function bodies once and writes them with checks of fuel and marks of memory. Takes valid code, and says no to
 * what it does not know.
 */
export class Meter {
  readonly facts: CodeFacts = {
    writtenGlobals: new Set(),
    writesTables: false,
    dropsSegments: false,
    initialisesMemory: false,
    metered: false,
  };
  readonly marks: Marks;
  readonly #code: Cursor;
  readonly #copying: Copying;
  readonly #surroundings: Surroundings;
  readonly #locals = new AppendedLocals();
  readonly #checks: Checks;
  readonly #stretches = new Stretches();
  readonly #place: Place = { memory: 0, offset: 0 };
  #calls = false;
  /** What the functions that were walked cost their callers. */
  readonly #prices: number[] = [];
  /** Which of them set no globals, nor call what may. */
  readonly #keepsGlobals: boolean[] = [];
  #setsGlobals = false;

  constructor(bytes: Uint8Array, out: Writer, surroundings: Surroundings) {
    const { helpers, hints, parts } = surroundings;
    this.#code = new Cursor(bytes);
    this.#copying = new Copying(bytes, out);
    this.#surroundings = surroundings;
    this.#checks = new Checks(this.#copying, helpers, this.#locals, hints);
    this.marks = new Marks(parts, this.#copying, this.#locals);
  }

  /** Writes the body of the next function, with its length. */
  body(start: number, end: number): void {
    const { out } = this.#copying;
    const code = this.#code;
    const { functions, importedFunctions } = this.#surroundings;
    const index = importedFunctions + this.#prices.length;
    const sizeAt = out.room(5);
    const bodyAt = out.length;
    code.offset = start;
    const groups = code.u32();
    const groupsAt = code.offset;
    const locals = this.#countLocals(groups, end);
    const codeAt = code.offset;
    this.#copying.from(codeAt);
    this.#locals.begin((functions[index]?.parameters ?? 0) + locals);
    this.#checks.begin();
    this.marks.begin();
    this.#calls = false;
    this.#setsGlobals = false;
    this.#stretches.begin(kind.BLOCK);
    this.#walk(end);
    this.#copying.to(end);
    const price = 1 + this.#stretches.longest + locals;
    const pays = this.#checks.any || this.#calls || price > SMALL;
    this.#prices.push(pays ? PAYS : price);
    this.#keepsGlobals.push(!this.#setsGlobals);
    const head = new Writer(64).u32(groups + this.#locals.groups).copy(code.bytes, groupsAt, codeAt);
    this.#locals.write(head);
    if (pays) {
      this.facts.metered = true;
      const entry = this.#checks.writeEntry(head, price);
      this.#checks.hint(index, entry, head.length - bodyAt);
    }
    out.insert(bodyAt, head.finish());
    out.fill(sizeAt, 5, out.length - bodyAt);
  }

  #countLocals(groups: number, end: number): number {
    let sum = 0;
    for (let left = groups; left > 0; left--) {
      sum += this.#code.u32();
      this.#code.valueType();
      if (this.#code.offset > end) throw malformed(end, "a function ends too early");
    }
    return sum;
  }

  #walk(end: number): void {
    const code = this.#code;
    const stretches = this.#stretches;
    const { known } = this.marks;
    while (code.offset < end) {
      const at = code.offset;
      if (stretches.way >= LONGEST) {
        this.#checks.write(at, FULL);
        stretches.way = 0;
      }
      const opcode = code.byte();
      switch (kind.KIND[opcode]) {
        case kind.NOTHING:
          break;
        case kind.PLAIN:
          known.apply(opcode);
          stretches.go(1);
          break;
        case kind.ONE:
          code.skip();
          known.apply(opcode);
          stretches.go(1);
          break;
        case kind.ACCESS:
          code.skipPlace();
          known.apply(opcode);
          stretches.go(1);
          break;
        case kind.STORE:
          code.place(this.#place);
          this.marks.store(at, STORED[opcode - FIRST_STORE] as number, this.#place);
          stretches.go(1);
          break;
        case kind.FOUR_BYTES:
          code.offset += 4;
          known.apply(opcode);
          stretches.go(1);
          break;
        case kind.EIGHT_BYTES:
          code.offset += 8;
          known.apply(opcode);
          stretches.go(1);
          break;
        case kind.I32_CONST:
          known.constant(code.i32());
          stretches.go(1);
          break;
        case kind.LOCAL_GET:
          known.get(localVariable(code.u32()));
          stretches.go(1);
          break;
        case kind.LOCAL_SET:
          known.set(localVariable(code.u32()));
          stretches.go(1);
          break;
        case kind.LOCAL_TEE:
          known.tee(localVariable(code.u32()));
          stretches.go(1);
          break;
        case kind.GLOBAL_GET:
          known.get(globalVariable(code.u32()));
          stretches.go(1);
          break;
        case kind.GLOBAL_SET:
          this.#setGlobal(code.u32());
          stretches.go(1);
          break;
        case kind.BLOCK:
          code.blockType();
          known.open();
          stretches.open(kind.BLOCK);
          break;
        case kind.LOOP:
          code.blockType();
          known.openLoop();
          stretches.openLoop(this.#checks.write(code.offset, FULL));
          break;
        case kind.IF:
          code.blockType();
          known.open();
          stretches.go(1);
          stretches.open(kind.IF);
          break;
        case kind.ELSE:
          known.else();
          stretches.else();
          break;
        case kind.END:
          known.end();
          stretches.end(this.#closeLoop);
          if (stretches.depth > 0) break;
          if (code.offset !== end) throw malformed(code.offset, "a function ends before its code does");
          return;
        case kind.BRANCH:
          known.forget();
          stretches.go(1);
          stretches.branch(code.u32(), stretches.way);
          stretches.way = DEAD;
          break;
        case kind.BRANCH_IF:
          known.take(1, 0);
          stretches.go(1);
          stretches.branch(code.u32(), stretches.way);
          break;
        case kind.BRANCH_TABLE:
          known.forget();
          stretches.go(1);
          for (let left = code.u32(); left >= 0 && code.offset < end; left--)
            stretches.branch(code.u32(), stretches.way);
          stretches.way = DEAD;
          break;
        case kind.LEAVE:
          known.forget();
          stretches.go(1);
          stretches.way = DEAD;
          break;
        case kind.CALL:
          this.#callFunction(code.u32());
          break;
        case kind.CALL_INDIRECT:
          known.take(1, 0);
          this.#takeArity(this.#surroundings.types[code.u32()]);
          code.skip();
          this.#call(UNSEEN);
          break;
        case kind.TAIL_CALL:
          this.#takeArity(undefined);
          code.skip();
          this.#call(UNSEEN);
          stretches.way = DEAD;
          break;
        case kind.TAIL_CALL_INDIRECT:
          this.#takeArity(undefined);
          code.skip();
          code.skip();
          this.#call(UNSEEN);
          stretches.way = DEAD;
          break;
        case kind.THROW:
          known.forget();
          code.skip();
          this.#calls = true;
          this.#surroundings.helpers.writeCharge(this.#copying.to(at), THROW);
          stretches.way = DEAD;
          break;
        case kind.TRY_TABLE:
          this.#tryTable(end);
          break;
        case kind.SELECT_TYPED:
          for (let left = code.u32(); left > 0 && code.offset < end; left--) code.valueType();
          known.take(3, 1);
          stretches.go(1);
          break;
        case kind.TABLE_SET:
          this.facts.writesTables = true;
          code.skip();
          known.take(2, 0);
          stretches.go(TABLE_WRITE);
          break;
        case kind.MEMORY_GROW:
          this.#bulk(at, opcode, code.u32(), 0);
          break;
        case kind.REF_NULL:
          code.nullType();
          known.take(0, 1);
          stretches.go(1);
          break;
        case kind.PREFIX_BULK:
          this.#prefixed(at);
          break;
        case kind.PREFIX_VECTOR:
          this.#vector(at);
          break;
        default:
          throw outside(`the instruction 0x${opcode.toString(16)}`);
      }
    }
    throw malformed(end, "a function ends too early");
  }

  /** Its head pays for the longest way. */
  readonly #closeLoop = (price: number, longest: number): void => {
    this.#checks.setPrice(price, 1 + longest);
  };

  #callFunction(index: number): void {
    const { functions, importedFunctions } = this.#surroundings;
    this.#takeArity(functions[index], this.#keepsGlobals[index - importedFunctions]);
    this.#call(this.#prices[index - importedFunctions] ?? UNSEEN);
  }

  /** A call of a function that costs its callers this: those that were walked before are known. */
  #call(price: number): void {
    if (price < 0) {
      this.#calls = true;
      this.#stretches.go(price === UNSEEN ? CALL + SMALL : CALL);
    } else {
      this.#stretches.go(CALL + price);
    }
  }

  #takeArity(arity: Arity | undefined, keepsGlobals = false): void {
    const { known } = this.marks;
    known.take(arity?.parameters ?? Infinity, 0);
    if (!keepsGlobals) {
      this.#setsGlobals = true;
      known.call();
    }
    known.take(0, arity?.results ?? 0);
  }

  #setGlobal(global: number): void {
    this.#setsGlobals = true;
    this.facts.writtenGlobals.add(global);
    this.marks.known.set(globalVariable(global));
  }

  /** Any instruction inside may lead to where it catches. */
  #tryTable(end: number): void {
    const code = this.#code;
    code.blockType();
    for (let left = code.u32(); left > 0 && code.offset < end; left--) {
      const how = code.byte();
      if (how !== 0 && how !== 2) throw outside("references to exceptions");
      if (how === 0) code.skip();
      this.#stretches.branch(code.u32(), this.#stretches.way < 0 ? DEAD : FULL);
    }
    this.marks.known.open();
    this.#stretches.open(kind.BLOCK);
  }

  #prefixed(at: number): void {
    const code = this.#code;
    const { facts } = this;
    const opcode = code.u32();
    if (opcode < MEMORY_INIT) {
      this.marks.known.take(1, 1);
      return this.#stretches.go(1);
    }
    if (opcode > TABLE_FILL) throw outside(`the instruction 0xfc ${opcode}`);
    const first = code.u32();
    if (opcode === MEMORY_FILL) return this.#fill(at, first);
    this.marks.known.forget();
    const hasSecond =
      opcode === MEMORY_INIT || opcode === MEMORY_COPY || opcode === TABLE_INIT || opcode === TABLE_COPY;
    const second = hasSecond ? code.u32() : 0;
    if (opcode === DATA_DROP || opcode === ELEMENT_DROP) {
      facts.dropsSegments = true;
      return this.#stretches.go(1);
    }
    if (opcode === TABLE_SIZE) return this.#stretches.go(1);
    if (opcode === MEMORY_INIT) facts.initialisesMemory = true;
    if (opcode < MEMORY_FILL) this.marks.bulk(opcode === MEMORY_INIT ? second : first);
    else facts.writesTables = true;
    this.#bulk(at, opcode, first, second);
  }

  #fill(at: number, memory: number): void {
    const stores = this.marks.fill(at, memory);
    if (stores === undefined) return this.#bulk(at, MEMORY_FILL, memory, 0);
    this.#copying.from(this.#code.offset);
    this.#stretches.go(1 + stores);
  }

  /** Calls a helper that charges for the length, in place of the instruction. */
  #bulk(at: number, opcode: number, first: number, second: number): void {
    this.marks.known.forget();
    this.#copying
      .to(at)
      .put(CALL_OPCODE)
      .u32(this.#surroundings.helpers.bulk(opcode, first, second));
    this.#copying.from(this.#code.offset);
    this.facts.metered = true;
    this.#call(PAYS);
  }

  #vector(at: number): void {
    const code = this.#code;
    const what = kind.VECTOR[code.u32()];
    if (what === undefined) throw outside("vector instructions of an unknown kind");
    if (what === kind.VECTOR_STORE || what === kind.VECTOR_STORE_LANE) {
      code.place(this.#place);
      this.marks.store(at, V128, this.#place);
    } else {
      if (what < kind.VECTOR_STORE_LANE) code.offset += what;
      else code.skipPlace();
      this.marks.known.forget();
    }
    if (what === kind.VECTOR_LOAD_LANE || what === kind.VECTOR_STORE_LANE) code.offset++;
    this.#stretches.go(1);
  }
}
