import type { Copying } from "./copying.ts";
import type { Helpers } from "./helpers.ts";
import type { AppendedLocals } from "./locals.ts";
import type { Entries } from "./module.ts";
import type { Writer } from "./writer.ts";

/** The credit that a function with loops begins with. */
const FIRST_CREDIT = 128;
/** Bytes of a price. */
const PRICE_BYTES = 3;

const I32 = 0x7f;
const IF = 0x04;
const END = 0x0b;
const CALL = 0x10;
const LOCAL_GET = 0x20;
const LOCAL_SET = 0x21;
const LOCAL_TEE = 0x22;
const I32_CONST = 0x41;
const I32_LT_S = 0x48;
const I32_SUB = 0x6b;
const NO_RESULT = 0x40;

/** The checks of fuel in one function after another. */
export class Checks {
  readonly #copying: Copying;
  readonly #helpers: Helpers;
  readonly #locals: AppendedLocals;
  readonly #hints: Entries;
  /** The local that the credit is in, once there is one. */
  #credit: number | undefined;
  /** Where the checks of it branch. */
  readonly #branches: number[] = [];

  constructor(copying: Copying, helpers: Helpers, locals: AppendedLocals, hints: Entries) {
    this.#copying = copying;
    this.#helpers = helpers;
    this.#locals = locals;
    this.#hints = hints;
  }

  begin(): void {
    this.#credit = undefined;
    this.#branches.length = 0;
  }

  /** Whether there is one by now. */
  get any(): boolean {
    return this.#credit !== undefined;
  }

  /** Writes a check of the credit before `at` and returns where its price is. */
  write(at: number, price: number): number {
    const out = this.#copying.to(at);
    const credit = (this.#credit ??= this.#locals.add(I32));
    out.put(LOCAL_GET).u32(credit).byte(I32_CONST);
    const room = out.room(PRICE_BYTES);
    this.setPrice(room, price);
    out.put(I32_SUB, LOCAL_TEE).u32(credit).put(I32_CONST, 0, I32_LT_S);
    this.#branches.push(out.length);
    out.put(IF, NO_RESULT, LOCAL_GET).u32(credit).put(CALL).u32(this.#helpers.buyFunction);
    out.put(LOCAL_SET).u32(credit).byte(END);
    return room;
  }

  /** Gives a check its price, once that is known. */
  setPrice(room: number, price: number): void {
    this.#copying.out.fill(room, PRICE_BYTES, price);
  }

  /** Charges for the entry of a function, behind what `head` has of it, and buys the credit that its checks begin with. */
  writeEntry(head: Writer, price: number): number {
    const branch = this.#helpers.writeCharge(head, price + (this.any ? FIRST_CREDIT : 0));
    if (this.#credit !== undefined) {
      head.put(I32_CONST).positive(FIRST_CREDIT).put(LOCAL_SET).u32(this.#credit);
    }
    return branch;
  }

  /**
   * Notes that the branches of a function are hardly ever taken, so that they do not cost the others registers.
   *
   * @param entry - Where its head branches.
   * @param shift - From where the checks were written to where they are, from the function's beginning.
   */
  hint(index: number, entry: number, shift: number): void {
    const out = this.#hints
      .add()
      .u32(index)
      .u32(this.#branches.length + 1);
    for (const at of [entry, ...this.#branches.map((branch) => branch + shift)]) out.u32(at).put(1, 0);
  }
}
