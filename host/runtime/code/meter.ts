import { malformed } from "../reader.ts";
import type { Marks } from "./marks.ts";
import { type CodeFacts, PAYS, SMALL, type Surroundings, Walk } from "./walk.ts";
import { Writer } from "./writer.ts";

/**
 * Writes function bodies with checks of fuel and marks of memory. Takes valid code, and says no to what it does not
 * know.
 */
export class Meter {
  readonly #walk: Walk;
  readonly #surroundings: Surroundings;

  constructor(bytes: Uint8Array, out: Writer, surroundings: Surroundings) {
    this.#walk = new Walk(bytes, out, surroundings);
    this.#surroundings = surroundings;
  }

  get facts(): CodeFacts {
    return this.#walk.facts;
  }

  get marks(): Marks {
    return this.#walk.marks;
  }

  /** Writes the body of the next function, with its length. */
  body(start: number, end: number): void {
    const walk = this.#walk;
    const { code, copying, checks, walked } = walk;
    const { out } = copying;
    const { functions, importedFunctions } = this.#surroundings;
    const index = importedFunctions + walked.length;
    const sizeAt = out.room(5);
    const bodyAt = out.length;
    code.offset = start;
    const groups = code.u32();
    const groupsAt = code.offset;
    const locals = this.#countLocals(groups, end);
    const codeAt = code.offset;
    walk.begin((functions[index]?.parameters ?? 0) + locals);
    walk.run(end);
    copying.to(end);
    const price = 1 + walk.longest + locals;
    const pays = checks.any || walk.calls || price > SMALL;
    walked.push({ price: pays ? PAYS : price, keepsGlobals: walk.keepsGlobals });
    const head = new Writer(64).u32(groups + walk.locals.groups).copy(code.bytes, groupsAt, codeAt);
    walk.locals.write(head);
    if (pays) {
      walk.facts.metered = true;
      const entry = checks.writeEntry(head, price);
      checks.hint(index, entry, head.length - bodyAt);
    }
    out.insert(bodyAt, head.finish());
    out.fill(sizeAt, 5, out.length - bodyAt);
  }

  #countLocals(groups: number, end: number): number {
    const { code } = this.#walk;
    let sum = 0;
    for (let left = groups; left > 0; left--) {
      sum += code.u32();
      code.valueType();
      if (code.offset > end) throw malformed(end, "a function ends too early");
    }
    return sum;
  }
}
