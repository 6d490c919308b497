import { malformed } from "../reader.ts";
import { outside } from "./confine.ts";
import type { Helpers } from "./helpers.ts";
import type { Entries } from "./module.ts";
import * as kind from "./opcodes.ts";
import { DEAD, Stretches } from "./stretches.ts";
import { Writer } from "./writer.ts";

// Each path through a function is cut into stretches, and a check at the head of a stretch pays for all of it before
// it runs. A stretch begins where the function does, where a loop does, and where one has become LONGEST long, so that
// no more than that is paid for and not run. What a head pays is the length of the longest stretch that begins there,
// known only once it has been walked: the head leaves room for it.
//
// Fuel is a global, which is slow to count in. Loops pay from a credit in a local instead, which is bought with the
// function's entry and again, a larger one, once it is spent. What is left of it when the function returns is lost.

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
/** The credit that a function with loops begins with. */
const FIRST_CREDIT = 128;
/** Bytes of a price. */
const PRICE_BYTES = 3;

const I32 = 0x7f;
const IF = 0x04;
const END = 0x0b;
const CALL_OPCODE = 0x10;
const LOCAL_GET = 0x20;
const LOCAL_SET = 0x21;
const LOCAL_TEE = 0x22;
const I32_CONST = 0x41;
const I32_LT_S = 0x48;
const I32_SUB = 0x6b;
const FUNCTION_REFERENCE = 0x70;
const NO_FUNCTION = 0x73;
const NO_RESULT = 0x40;

/** What a code section does that its module has to know. */
export interface CodeFacts {
  readonly writtenGlobals: Set<number>;
  writesTables: boolean;
  dropsSegments: boolean;
  initialisesMemory: boolean;
  /** Whether any check was written. */
  metered: boolean;
}

/** Walks function bodies once and writes them with checks of fuel. Takes valid code, and says no to what it does not know. */
export class Meter {
  readonly facts: CodeFacts = {
    writtenGlobals: new Set(),
    writesTables: false,
    dropsSegments: false,
    initialisesMemory: false,
    metered: false,
  };
  readonly #bytes: Uint8Array;
  readonly #out: Writer;
  readonly #helpers: Helpers;
  readonly #hints: Entries;

  #offset = 0;
  /** What lies before is written. */
  #written = 0;
  readonly #stretches = new Stretches();
  #calls = false;
  /** What the functions that were walked cost their callers. */
  readonly #prices: number[] = [];
  readonly #importedFunctions: number;
  /** The index of the local that the credit would be in, and where the checks of it branch. */
  #credit = 0;
  #checks: number[] = [];
  #codeAt = 0;

  constructor(bytes: Uint8Array, out: Writer, helpers: Helpers, hints: Entries, importedFunctions: number) {
    this.#importedFunctions = importedFunctions;
    this.#bytes = bytes;
    this.#out = out;
    this.#helpers = helpers;
    this.#hints = hints;
  }

  /** Writes the body of one function, with its length. */
  body(start: number, end: number, parameters: number): void {
    const out = this.#out;
    const sizeAt = out.room(5);
    const bodyAt = out.length;
    this.#offset = start;
    const groups = this.#u32();
    const groupsAt = this.#offset;
    const locals = this.#locals(groups, end);
    this.#codeAt = this.#offset;
    this.#written = this.#offset;
    this.#credit = parameters + locals;
    this.#checks = [];
    this.#calls = false;
    this.#stretches.begin(kind.BLOCK);
    this.#walk(end);
    this.#flush(end);
    const price = 1 + this.#stretches.longest + locals;
    const credited = this.#checks.length > 0;
    const pays = credited || this.#calls || price > SMALL;
    this.#prices.push(pays ? PAYS : price);
    if (pays) {
      this.facts.metered = true;
      const head = new Writer(64).u32(groups + (credited ? 1 : 0)).copy(this.#bytes, groupsAt, this.#codeAt);
      if (credited) head.put(1, I32);
      const entry = this.#helpers.writeCharge(head, price + (credited ? FIRST_CREDIT : 0));
      if (credited) head.put(I32_CONST).positive(FIRST_CREDIT).put(LOCAL_SET).u32(this.#credit);
      out.insert(bodyAt, head.finish());
      this.#hint(this.#importedFunctions + this.#prices.length - 1, [
        entry,
        ...this.#checks.map((at) => at - bodyAt + head.length),
      ]);
    } else {
      out.insert(bodyAt, this.#bytes.subarray(start, this.#codeAt));
    }
    out.fill(sizeAt, 5, out.length - bodyAt);
  }

  /** How many there are. */
  #locals(groups: number, end: number): number {
    let sum = 0;
    for (let left = groups; left > 0; left--) {
      sum += this.#u32();
      this.#valueType();
      if (this.#offset > end) throw malformed(end, "a function ends too early");
    }
    return sum;
  }

  #walk(end: number): void {
    const bytes = this.#bytes;
    const stretches = this.#stretches;
    while (this.#offset < end) {
      const at = this.#offset;
      if (stretches.way >= LONGEST) {
        this.#check(at, FULL);
        stretches.way = 0;
      }
      const opcode = bytes[this.#offset++] as number;
      switch (kind.KIND[opcode]) {
        case kind.NOTHING:
          break;
        case kind.PLAIN:
          stretches.go(1);
          break;
        case kind.ONE:
          this.#skip();
          stretches.go(1);
          break;
        case kind.ACCESS:
          this.#access();
          stretches.go(1);
          break;
        case kind.FOUR_BYTES:
          this.#offset += 4;
          stretches.go(1);
          break;
        case kind.EIGHT_BYTES:
          this.#offset += 8;
          stretches.go(1);
          break;
        case kind.BLOCK:
          this.#blockType();
          stretches.open(kind.BLOCK);
          break;
        case kind.LOOP:
          this.#blockType();
          stretches.openLoop(this.#check(this.#offset, FULL));
          break;
        case kind.IF:
          this.#blockType();
          stretches.go(1);
          stretches.open(kind.IF);
          break;
        case kind.ELSE:
          stretches.else();
          break;
        case kind.END:
          stretches.end(this.#closeLoop);
          if (stretches.depth > 0) break;
          if (this.#offset !== end) throw malformed(this.#offset, "a function ends before its code does");
          return;
        case kind.BRANCH:
          stretches.go(1);
          stretches.branch(this.#u32(), stretches.way);
          stretches.way = DEAD;
          break;
        case kind.BRANCH_IF:
          stretches.go(1);
          stretches.branch(this.#u32(), stretches.way);
          break;
        case kind.BRANCH_TABLE:
          stretches.go(1);
          for (let left = this.#u32(); left >= 0 && this.#offset < end; left--)
            stretches.branch(this.#u32(), stretches.way);
          stretches.way = DEAD;
          break;
        case kind.LEAVE:
          stretches.go(1);
          stretches.way = DEAD;
          break;
        case kind.CALL:
          this.#call(this.#prices[this.#u32() - this.#importedFunctions] ?? UNSEEN);
          break;
        case kind.CALL_INDIRECT:
          this.#skip();
          this.#skip();
          this.#call(UNSEEN);
          break;
        case kind.TAIL_CALL:
          this.#skip();
          this.#call(UNSEEN);
          stretches.way = DEAD;
          break;
        case kind.TAIL_CALL_INDIRECT:
          this.#skip();
          this.#skip();
          this.#call(UNSEEN);
          stretches.way = DEAD;
          break;
        case kind.THROW:
          this.#skip();
          this.#calls = true;
          this.#flush(at);
          this.#helpers.writeCharge(this.#out, THROW);
          stretches.way = DEAD;
          break;
        case kind.TRY_TABLE:
          this.#tryTable(end);
          break;
        case kind.SELECT_TYPED:
          for (let left = this.#u32(); left > 0 && this.#offset < end; left--) this.#valueType();
          stretches.go(1);
          break;
        case kind.GLOBAL_SET:
          this.facts.writtenGlobals.add(this.#u32());
          stretches.go(1);
          break;
        case kind.TABLE_SET:
          this.facts.writesTables = true;
          this.#skip();
          stretches.go(TABLE_WRITE);
          break;
        case kind.MEMORY_GROW:
          this.#bulk(at, opcode, this.#u32(), 0);
          break;
        case kind.REF_NULL:
          this.#nullType();
          stretches.go(1);
          break;
        case kind.PREFIX_BULK:
          this.#prefixed(at);
          break;
        case kind.PREFIX_VECTOR:
          this.#vector();
          break;
        default:
          throw outside(`the instruction 0x${opcode.toString(16)}`);
      }
    }
    throw malformed(end, "a function ends too early");
  }

  /** Its head pays for the longest way. */
  readonly #closeLoop = (price: number, longest: number): void => {
    this.#out.fill(price, PRICE_BYTES, 1 + longest);
  };

  /** A call of a function that costs its callers this: those that were walked before are known. */
  #call(price: number): void {
    if (price < 0) {
      this.#calls = true;
      this.#stretches.go(price === UNSEEN ? CALL + SMALL : CALL);
    } else {
      this.#stretches.go(CALL + price);
    }
  }

  /** Any instruction inside may lead to where it catches. */
  #tryTable(end: number): void {
    this.#blockType();
    for (let left = this.#u32(); left > 0 && this.#offset < end; left--) {
      const how = this.#bytes[this.#offset++];
      if (how !== 0 && how !== 2) throw outside("references to exceptions");
      if (how === 0) this.#skip();
      this.#stretches.branch(this.#u32(), this.#stretches.way < 0 ? DEAD : FULL);
    }
    this.#stretches.open(kind.BLOCK);
  }

  #prefixed(at: number): void {
    const opcode = this.#u32();
    if (opcode <= 7) return this.#stretches.go(1);
    if (opcode > 17) throw outside(`the instruction 0xfc ${opcode}`);
    const first = this.#u32();
    const second = opcode === 8 || opcode === 10 || opcode === 12 || opcode === 14 ? this.#u32() : 0;
    if (opcode === 9 || opcode === 13) {
      this.facts.dropsSegments = true;
      return this.#stretches.go(1);
    }
    if (opcode === 16) return this.#stretches.go(1);
    if (opcode === 8) this.facts.initialisesMemory = true;
    if (opcode >= 12) this.facts.writesTables = true;
    this.#bulk(at, opcode, first, second);
  }

  /** Calls a helper that charges for the length, in place of the instruction. */
  #bulk(at: number, opcode: number, first: number, second: number): void {
    this.#flush(at);
    this.#out.put(CALL_OPCODE).u32(this.#helpers.bulk(opcode, first, second));
    this.#written = this.#offset;
    this.facts.metered = true;
    this.#call(PAYS);
  }

  #vector(): void {
    const what = kind.VECTOR[this.#u32()];
    if (what === undefined) throw outside("vector instructions of an unknown kind");
    if (what < 0x20) this.#offset += what;
    else this.#access();
    if (what === kind.ACCESS_AND_LANE) this.#offset++;
    this.#stretches.go(1);
  }

  #access(): void {
    // Bit 6 of the alignment says that a memory follows.
    if (((this.#bytes[this.#offset] as number) & 0x40) !== 0) this.#skip();
    this.#skip();
    this.#skip();
  }

  #blockType(): void {
    const type = this.#bytes[this.#offset] as number;
    // A value type is a negative number, of one byte; the index of a type is not negative.
    if (type === NO_RESULT) this.#offset++;
    else if (type < 0x80 && (type & 0x40) !== 0) this.#valueType();
    else {
      this.#skip();
      if (((this.#bytes[this.#offset - 1] as number) & 0x40) !== 0) throw outside("types of an unusual length");
    }
  }

  #valueType(): void {
    const type = this.#bytes[this.#offset++] as number;
    if ((type < 0x7b || type > 0x7f) && type !== FUNCTION_REFERENCE) throw outside("references to what is no function");
  }

  #nullType(): void {
    const type = this.#bytes[this.#offset++];
    if (type !== FUNCTION_REFERENCE && type !== NO_FUNCTION) throw outside("references to what is no function");
  }

  #skip(): void {
    const bytes = this.#bytes;
    while ((bytes[this.#offset++] as number) >= 0x80);
  }

  #u32(): number {
    let byte = this.#bytes[this.#offset++] as number;
    if (byte < 0x80) return byte;
    let value = byte & 0x7f;
    for (let shift = 7; byte >= 0x80 && shift < 35; shift += 7) {
      byte = this.#bytes[this.#offset++] as number;
      value += (byte & 0x7f) * 2 ** shift;
    }
    return value;
  }

  #flush(to: number): void {
    this.#out.copy(this.#bytes, this.#written, to);
    this.#written = to;
  }

  /** Writes a check of the credit before `at` and returns where its price is. */
  #check(at: number, price: number): number {
    this.#flush(at);
    const out = this.#out;
    const credit = this.#credit;
    out.put(LOCAL_GET).u32(credit).byte(I32_CONST);
    const room = out.room(PRICE_BYTES);
    out.fill(room, PRICE_BYTES, price);
    out.put(I32_SUB, LOCAL_TEE).u32(credit).put(I32_CONST, 0, I32_LT_S);
    this.#checks.push(out.length);
    out.put(IF, NO_RESULT, LOCAL_GET).u32(credit).put(CALL_OPCODE).u32(this.#helpers.buyFunction);
    out.put(LOCAL_SET).u32(credit).byte(END);
    return room;
  }

  /** Notes that these branches of a function are hardly ever taken, so that they do not cost the others registers. */
  #hint(index: number, branches: readonly number[]): void {
    const out = this.#hints.add().u32(index).u32(branches.length);
    for (const at of branches) out.u32(at).put(1, 0);
  }
}
