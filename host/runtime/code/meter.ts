import { malformed } from "../reader.ts";
import { outside } from "./confine.ts";
import type { Helpers } from "./helpers.ts";
import type { Entries } from "./module.ts";
import * as kind from "./opcodes.ts";
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

// The fields of a frame: one for each block that is open.
const KIND = 0;
/** The longest way to its end so far that branches there, or -1. */
const LABEL = 1;
/** The way up to its beginning. */
const ENTRY = 2;
/** How many loops are open around it. */
const REGION = 3;
/** For a loop: the longest way and the place of the price of what is around it. */
const OUTER_LONGEST = 4;
const OUTER_PRICE = 5;
const FRAME = 6;

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
  /** How long the stretch is by now, at the longest; -1 where nothing runs. */
  #way = 0;
  /** The longest way since the head of the innermost loop, or of the function. */
  #longest = 0;
  /** Where that head's price goes, if it is a loop's. */
  #price = 0;
  #frames = new Int32Array(64 * FRAME);
  #depth = 0;
  #region = 0;
  /** The way outside at the beginning of each open loop. */
  #outside = new Int32Array(64);
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
    this.#depth = 0;
    this.#region = 0;
    this.#way = 0;
    this.#longest = 0;
    this.#calls = false;
    this.#push(kind.BLOCK);
    this.#walk(end);
    this.#flush(end);
    const price = 1 + this.#longest + locals;
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
    while (this.#offset < end) {
      const at = this.#offset;
      if (this.#way >= LONGEST) {
        this.#check(at, FULL);
        this.#way = 0;
      }
      const opcode = bytes[this.#offset++] as number;
      switch (kind.KIND[opcode]) {
        case kind.NOTHING:
          break;
        case kind.PLAIN:
          this.#go(1);
          break;
        case kind.ONE:
          this.#skip();
          this.#go(1);
          break;
        case kind.ACCESS:
          this.#access();
          this.#go(1);
          break;
        case kind.FOUR_BYTES:
          this.#offset += 4;
          this.#go(1);
          break;
        case kind.EIGHT_BYTES:
          this.#offset += 8;
          this.#go(1);
          break;
        case kind.BLOCK:
          this.#blockType();
          this.#push(kind.BLOCK);
          break;
        case kind.LOOP:
          this.#blockType();
          this.#beginLoop();
          break;
        case kind.IF:
          this.#blockType();
          this.#go(1);
          this.#push(kind.IF);
          break;
        case kind.ELSE:
          this.#else();
          break;
        case kind.END:
          this.#end();
          if (this.#depth > 0) break;
          if (this.#offset !== end) throw malformed(this.#offset, "a function ends before its code does");
          return;
        case kind.BRANCH:
          this.#go(1);
          this.#branch(this.#u32(), this.#way);
          this.#way = -1;
          break;
        case kind.BRANCH_IF:
          this.#go(1);
          this.#branch(this.#u32(), this.#way);
          break;
        case kind.BRANCH_TABLE:
          this.#go(1);
          for (let left = this.#u32(); left >= 0 && this.#offset < end; left--) this.#branch(this.#u32(), this.#way);
          this.#way = -1;
          break;
        case kind.LEAVE:
          this.#go(1);
          this.#way = -1;
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
          this.#way = -1;
          break;
        case kind.TAIL_CALL_INDIRECT:
          this.#skip();
          this.#skip();
          this.#call(UNSEEN);
          this.#way = -1;
          break;
        case kind.THROW:
          this.#skip();
          this.#calls = true;
          this.#flush(at);
          this.#helpers.writeCharge(this.#out, THROW);
          this.#way = -1;
          break;
        case kind.TRY_TABLE:
          this.#tryTable(end);
          break;
        case kind.SELECT_TYPED:
          for (let left = this.#u32(); left > 0 && this.#offset < end; left--) this.#valueType();
          this.#go(1);
          break;
        case kind.GLOBAL_SET:
          this.facts.writtenGlobals.add(this.#u32());
          this.#go(1);
          break;
        case kind.TABLE_SET:
          this.facts.writesTables = true;
          this.#skip();
          this.#go(TABLE_WRITE);
          break;
        case kind.MEMORY_GROW:
          this.#bulk(at, opcode, this.#u32(), 0);
          break;
        case kind.REF_NULL:
          this.#nullType();
          this.#go(1);
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

  #go(instructions: number): void {
    if (this.#way < 0) return;
    this.#way += instructions;
    if (this.#way > this.#longest) this.#longest = this.#way;
  }

  /** A call of a function that costs its callers this: those that were walked before are known. */
  #call(price: number): void {
    if (price < 0) {
      this.#calls = true;
      this.#go(price === UNSEEN ? CALL + SMALL : CALL);
    } else {
      this.#go(CALL + price);
    }
  }

  #push(frameKind: number): void {
    const at = this.#depth++ * FRAME;
    if (at + FRAME > this.#frames.length) this.#frames = doubled(this.#frames);
    const frames = this.#frames;
    frames[at + KIND] = frameKind;
    frames[at + LABEL] = -1;
    frames[at + ENTRY] = this.#way;
    frames[at + REGION] = this.#region;
  }

  #beginLoop(): void {
    this.#push(kind.LOOP);
    const at = (this.#depth - 1) * FRAME;
    this.#frames[at + OUTER_LONGEST] = this.#longest;
    this.#frames[at + OUTER_PRICE] = this.#price;
    if (++this.#region >= this.#outside.length) this.#outside = doubled(this.#outside);
    this.#outside[this.#region] = this.#way;
    this.#way = 0;
    this.#longest = 0;
    this.#price = this.#check(this.#offset, FULL);
  }

  #else(): void {
    const at = (this.#depth - 1) * FRAME;
    const frames = this.#frames;
    frames[at + LABEL] = Math.max(frames[at + LABEL] as number, this.#way);
    this.#way = frames[at + ENTRY] as number;
    // Its end is reached by way of either part, and no longer past both.
    frames[at + KIND] = kind.BLOCK;
  }

  #end(): void {
    const frames = this.#frames;
    const at = --this.#depth * FRAME;
    const entry = frames[at + ENTRY] as number;
    switch (frames[at + KIND]) {
      case kind.LOOP:
        this.#out.fill(this.#price, PRICE_BYTES, 1 + this.#longest);
        this.#longest = frames[at + OUTER_LONGEST] as number;
        this.#price = frames[at + OUTER_PRICE] as number;
        this.#region--;
        if (this.#way >= 0) this.#way = entry;
        return;
      case kind.IF:
        this.#way = Math.max(this.#way, frames[at + LABEL] as number, entry);
        return;
      default:
        this.#way = Math.max(this.#way, frames[at + LABEL] as number);
    }
  }

  /** Tells the label `up` blocks out that this way leads there. One that leads to a loop's head ends there. */
  #branch(up: number, way: number): void {
    const at = (this.#depth - 1 - up) * FRAME;
    if (at < 0) throw malformed(this.#offset, "a branch leads out of its function");
    const frames = this.#frames;
    if (way < 0 || frames[at + KIND] === kind.LOOP) return;
    const region = frames[at + REGION] as number;
    const there = region === this.#region ? way : (this.#outside[region + 1] as number);
    if (there > (frames[at + LABEL] as number)) frames[at + LABEL] = there;
  }

  /** Any instruction inside may lead to where it catches. */
  #tryTable(end: number): void {
    this.#blockType();
    for (let left = this.#u32(); left > 0 && this.#offset < end; left--) {
      const how = this.#bytes[this.#offset++];
      if (how !== 0 && how !== 2) throw outside("references to exceptions");
      if (how === 0) this.#skip();
      this.#branch(this.#u32(), this.#way < 0 ? -1 : FULL);
    }
    this.#push(kind.BLOCK);
  }

  #prefixed(at: number): void {
    const opcode = this.#u32();
    if (opcode <= 7) return this.#go(1);
    if (opcode > 17) throw outside(`the instruction 0xfc ${opcode}`);
    const first = this.#u32();
    const second = opcode === 8 || opcode === 10 || opcode === 12 || opcode === 14 ? this.#u32() : 0;
    if (opcode === 9 || opcode === 13) {
      this.facts.dropsSegments = true;
      return this.#go(1);
    }
    if (opcode === 16) return this.#go(1);
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
    this.#go(1);
  }

  #access(): void {
    // Bit 6 of the alignment says that a memory follows.
    if (((this.#bytes[this.#offset] as number) & 0x40) !== 0) this.#skip();
    this.#skip();
    this.#skip();
  }

  #blockType(): void {
    const type = this.#bytes[this.#offset] as number;
    // A value type is a negative number in one byte; the index of a type is not negative.
    if (type === NO_RESULT) this.#offset++;
    else if (type < 0x80 && (type & 0x40) !== 0) this.#valueType();
    else this.#skip();
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

function doubled(numbers: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(numbers.length * 2);
  larger.set(numbers);
  return larger;
}
