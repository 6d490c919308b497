// Random programs as text: nested blocks, loops, conditions, tables of branches, calls, memory. Each ends by itself,
// for its loops and calls count a budget down.

export interface Program {
  readonly wat: string;
  /** Whether it is made of little but counted work, so that what it runs is known. */
  readonly counted: boolean;
}

const FUNCTIONS = 5;
const LOCALS = 4;
const BINARY = [
  "add",
  "sub",
  "mul",
  "and",
  "or",
  "xor",
  "shl",
  "shr_u",
  "rotl",
  "lt_s",
  "ge_u",
  "eq",
  "div_s",
  "rem_u",
];
const STORES: readonly (readonly [instruction: string, of: (e: string) => string])[] = [
  ["i32.store", (e) => e],
  ["i32.store8", (e) => e],
  ["i32.store16", (e) => e],
  ["i64.store", (e) => `(i64.extend_i32_s ${e})`],
  ["i64.store8", (e) => `(i64.extend_i32_s ${e})`],
  ["i64.store16", (e) => `(i64.extend_i32_s ${e})`],
  ["i64.store32", (e) => `(i64.extend_i32_s ${e})`],
  ["f32.store", (e) => `(f32.convert_i32_s ${e})`],
  ["f64.store", (e) => `(f64.convert_i32_s ${e})`],
  ["v128.store", (e) => `(i32x4.splat ${e})`],
];
const LANES = [8, 16, 32, 64];
const FLOATS = ["add", "mul", "sub", "div", "min", "copysign"];

/** One program from a list of choices, all of which may be anything. */
export function program(choices: readonly number[], counted: boolean): Program {
  const writer = new ProgramWriter(choices, counted);
  const functions = Array.from({ length: FUNCTIONS }, (_, i) => writer.function(i));
  const wat = `(module
    (type $f (func (param i32 i32) (result i32)))
    (tag $t)
    (memory (export "memory") 1 3)
    (data (i32.const 100) "some data to begin with")
    (data $passive "data that waits")
    (table $table ${FUNCTIONS + 1} funcref)
    (elem (table $table) (i32.const 0) func ${functions.map((_, i) => `$f${i}`).join(" ")})
    (global $budget (export "budget") (mut i32) (i32.const 0))
    (global $count (export "count") (mut i64) (i64.const 0))
    (global $sp (mut i32) (i32.const 40000)) (func (export "sp") (result i32) (global.get $sp))
    (global $a (mut i32) (i32.const 7)) (global $b (mut i64) (i64.const -7))
    (global $c (mut f32) (f32.const 1.5)) (global $d (mut f64) (f64.const 0))
    (global $v (mut v128) (v128.const i32x4 1 2 3 4)) (global $r (mut funcref) (ref.null func))
    (func (export "a") (result i32) (global.get $a)) (func (export "b") (result i64) (global.get $b))
    (func (export "c") (result i32) (i32.reinterpret_f32 (global.get $c)))
    (func (export "d") (result i64) (i64.reinterpret_f64 (global.get $d)))
    (func (export "v0") (result i64) (i64x2.extract_lane 0 (global.get $v)))
    (func (export "v1") (result i64) (i64x2.extract_lane 1 (global.get $v)))
    (func (export "r") (result funcref) (global.get $r))
    ${functions.join("\n")})`;
  return { wat, counted };
}

class ProgramWriter {
  readonly #choices: readonly number[];
  readonly #counted: boolean;
  #next = 0;
  /** The blocks that are open, from the outermost: a branch to a loop's label goes back. */
  #labels: string[] = [];
  #names = 0;
  #calls = false;

  constructor(choices: readonly number[], counted: boolean) {
    this.#choices = choices;
    this.#counted = counted;
  }

  /** The last two call nothing, so that some are small enough to have no check. */
  function(index: number): string {
    this.#calls = index < FUNCTIONS - 2;
    const entry = `(if (i32.le_s (global.get $budget) (i32.const 0)) (then (return (i32.const -1))))
      (global.set $budget (i32.sub (global.get $budget) (i32.const 1)))`;
    return `(func $f${index} (export "f${index}") (type $f) (local ${"i32 ".repeat(LOCALS)})
      ${this.#calls ? entry : ""} (block $nowhere ${this.#statements(3)}) ${this.#expression(2)})`;
  }

  /** A choice below this. Once there are none left, the first one. */
  #choose(below: number): number {
    return (this.#choices[this.#next++] ?? 0) % below;
  }

  #statements(depth: number): string {
    if (this.#next >= this.#choices.length) return "";
    return Array.from({ length: 1 + this.#choose(4) }, () => this.#statement(depth)).join("\n");
  }

  #statement(depth: number): string {
    const simple = this.#counted ? 3 : 18;
    const kind = this.#choose(depth > 0 ? simple + 9 : simple + 3);
    if (kind < simple) return this.#counted ? this.#count(1 + this.#choose(40)) : this.#simple(kind);
    switch (kind - simple) {
      case 0:
        return this.#branch();
      case 1:
        return `(br_if ${this.#forward()} ${this.#condition()})`;
      case 2:
        return this.#count(1 + this.#choose(60));
      case 3:
        return this.#block("block", depth);
      case 4:
        return this.#if(depth, true);
      case 5:
        return this.#if(depth, false);
      case 6:
      case 7:
        return this.#loop(depth);
      default:
        return this.#try(depth);
    }
  }

  #block(name: string, depth: number): string {
    const label = this.#label();
    this.#labels.push(label);
    const text = `(${name} ${label} ${this.#statements(depth - 1)})`;
    this.#labels.pop();
    return text;
  }

  #if(depth: number, two: boolean): string {
    const label = this.#label();
    const condition = this.#condition();
    this.#labels.push(label);
    const [first, second] = [this.#statements(depth - 1), two ? `(else ${this.#statements(depth - 1)})` : ""];
    this.#labels.pop();
    return `(if ${label} ${condition} (then ${first}) ${second})`;
  }

  #loop(depth: number): string {
    const label = this.#label();
    const end = this.#label();
    const out = this.#block("block", depth);
    const again =
      this.#choose(3) === 0
        ? `(br_table ${end} ${label} ${this.#condition()})`
        : `(br_if ${label} ${this.#condition()})`;
    return `(block ${end} (loop ${label}
      (if (i32.le_s (global.get $budget) (i32.const 0)) (then (return (i32.const -2))))
      (global.set $budget (i32.sub (global.get $budget) (i32.const 1)))
      ${out} ${this.#statements(depth - 1)} ${again}))`;
  }

  #try(depth: number): string {
    const label = this.#label();
    const caught = this.#choose(2) === 0 ? `(catch $t ${label})` : `(catch_all ${label})`;
    const thrown = this.#choose(2) === 0 ? `(if ${this.#condition()} (then (throw $t)))` : "";
    return `(block ${label} (try_table ${caught} ${this.#statements(depth - 1)} ${thrown} ${this.#statements(depth - 1)}))`;
  }

  #branch(): string {
    const kind = this.#choose(6);
    if (kind === 0) return "(return (i32.const -3))";
    if (kind === 1 && !this.#counted) return "(unreachable)";
    if (kind < 4) return `(if ${this.#condition()} (then (br ${this.#forward()})))`;
    const labels = Array.from({ length: 1 + this.#choose(5) }, () => this.#forward());
    return `(br_table ${labels.join(" ")} ${this.#get()})`;
  }

  /** The label of an open block, which the branch leaves. */
  #forward(): string {
    return this.#labels[this.#choose(this.#labels.length + 1)] ?? "$nowhere";
  }

  #simple(kind: number): string {
    const e = (): string => this.#expression(2);
    switch (kind) {
      case 0:
        return this.#count(1);
      case 1:
        return `(local.set ${2 + this.#choose(LOCALS)} ${e()})`;
      case 2:
        return `(global.set $a ${e()})`;
      case 3:
        return `(global.set $b (i64.extend_i32_s ${e()}))`;
      case 4:
        return `(global.set $d (f64.${FLOATS[this.#choose(FLOATS.length)]} (global.get $d) (f64.reinterpret_i64 (i64.rotl (i64.extend_i32_u ${e()}) (i64.const 33)))))`;
      case 5:
        return `(global.set $c (f32.reinterpret_i32 ${e()}))`;
      case 6:
        return `(global.set $v (i32x4.add (global.get $v) (i32x4.splat ${e()})))`;
      case 7:
        return `(global.set $r (ref.func $f${this.#choose(FUNCTIONS)}))`;
      case 8:
        return `(i32.store${["", "8", "16"][this.#choose(3)]} offset=${this.#choose(300)} ${this.#address()} ${e()})`;
      case 9:
        return `(memory.fill ${this.#address()} ${e()} (i32.and ${e()} (i32.const 255)))`;
      case 10:
        return `(memory.copy ${this.#address()} ${this.#address()} (i32.and ${e()} (i32.const 255)))`;
      case 11:
      case 12:
        return this.#store(this.#address());
      case 13:
        return this.#fields();
      case 14:
        return `(global.set $sp (i32.${this.#choose(2) === 0 ? "sub" : "add"} (global.get $sp) (i32.const ${this.#choose(300)})))
          ${this.#store("(global.get $sp)")}`;
      case 15:
        return `(memory.fill ${this.#address()} (i32.const ${this.#choose(4) === 0 ? 7 : 0}) (i32.const ${this.#choose(80)}))`;
      case 16: {
        const bits = LANES[this.#choose(LANES.length)] as number;
        const lane = this.#choose(128 / bits);
        return `(v128.store${bits}_lane offset=${this.#choose(300)} ${lane} ${this.#address()} (global.get $v))`;
      }
      default:
        return this.#choose(2) === 0
          ? `(memory.init $passive ${this.#address()} (i32.const ${this.#choose(9)}) (i32.const ${this.#choose(9)}))`
          : `(v128.store ${this.#address()} (i8x16.shuffle 0 17 2 19 4 21 6 23 8 25 10 27 12 29 14 31 (global.get $v) (v128.load ${this.#address()})))`;
    }
  }

  #store(address: string): string {
    const [instruction, of] = STORES[this.#choose(STORES.length)] as (typeof STORES)[number];
    return `(${instruction} offset=${this.#choose(300)} ${address} ${of(this.#expression(2))})`;
  }

  /** Stores to one address, as to the fields of an object. */
  #fields(): string {
    const local = 2 + this.#choose(LOCALS);
    const stores = Array.from({ length: 1 + this.#choose(4) }, () => this.#store(`(local.get ${local})`));
    return `(local.set ${local} ${this.#address()}) ${stores.join(" ")}`;
  }

  /** Work that is known: four instructions each. */
  #count(times: number): string {
    return "(global.set $count (i64.add (global.get $count) (i64.const 1)))".repeat(times);
  }

  #address(): string {
    const masked = (): string => `(i32.and ${this.#expression(1)} (i32.const 65535))`;
    switch (this.#choose(40)) {
      case 0:
        return this.#expression(1);
      case 1:
        return "(global.get $sp)";
      case 2:
        return `(i32.add (global.get $sp) (i32.const ${this.#choose(600) - 300}))`;
      case 3:
        return `(i32.sub (local.tee ${2 + this.#choose(LOCALS)} ${masked()}) (i32.const ${this.#choose(600) - 300}))`;
      case 4:
        return `(i32.add (local.get ${2 + this.#choose(LOCALS)}) (i32.const ${this.#choose(600) - 300}))`;
      default:
        return masked();
    }
  }

  #condition(): string {
    return this.#counted ? `(i32.and ${this.#get()} (i32.const ${1 << this.#choose(3)}))` : this.#expression(1);
  }

  #get(): string {
    return this.#counted ? "(global.get $budget)" : `(local.get ${this.#choose(2 + LOCALS)})`;
  }

  #expression(depth: number): string {
    const kind = this.#choose(depth > 0 && !this.#counted ? 13 : 3);
    const e = (): string => this.#expression(depth - 1);
    switch (kind) {
      case 0:
        return `(local.get ${this.#choose(2 + LOCALS)})`;
      case 1:
        return `(i32.const ${this.#choose(256) - 128})`;
      case 2:
        return this.#choose(4) === 0 ? this.#call() : "(global.get $a)";
      case 3:
        return `(i32.load${["", "8_u", "16_s"][this.#choose(3)]} offset=${this.#choose(300)} ${this.#address()})`;
      case 4:
        return `(select ${e()} ${e()} ${e()})`;
      case 5:
        return `(if (result i32) ${e()} (then ${e()}) (else ${e()}))`;
      case 6:
        return `(memory.grow (i32.and ${e()} (i32.const 1)))`;
      case 7:
        return this.#call();
      case 8:
        if (!this.#calls) return this.#call();
        return `(call_indirect $table (type $f) ${e()} ${e()} (i32.rem_u ${e()} (i32.const ${FUNCTIONS + 2})))`;
      case 9:
        return `(local.tee ${2 + this.#choose(LOCALS)} ${e()})`;
      case 10:
        return `(i32.trunc_sat_f64_s (global.get $d))`;
      default:
        return `(i32.${BINARY[this.#choose(BINARY.length)]} ${e()} ${e()})`;
    }
  }

  #call(): string {
    if (!this.#calls) return "(local.get 1)";
    return `(call $f${this.#choose(FUNCTIONS)} (local.get ${this.#choose(2)}) (i32.const ${this.#choose(99)}))`;
  }

  #label(): string {
    return `$b${this.#names++}`;
  }
}
