import type { Form, Place } from "./forms.ts";

/** States kept at once, of 1 KiB each. Past that they are built anew as they are met. */
const MAX_STATES = 16_384;
const BYTES = 256;
const UNKNOWN = -1;
const ENDING = -2;

/** Where the spellings of a place have come to after some bytes. */
interface Node {
  readonly id: number;
  readonly next: Map<number, Node>;
  /** Whether a spelling ends here. */
  complete: boolean;
}

/** One place of one form. */
interface Step {
  readonly root: Node;
  /** The form that ends here. */
  readonly ends: Form | undefined;
}

/** Where a byte leads, and the forms that end with it. */
interface Transition {
  readonly next: number;
  readonly ended: readonly Form[];
}

/**
 * Finds every place where one of many forms stands, in one pass: a deterministic automaton over bytes, whose states
 * are built when they are first met. Only where a form ends is anything read twice: to see where it began.
 */
export class Automaton {
  readonly #nodes: Node[] = [];
  readonly #steps: Step[] = [];
  /** The positions that are live before any byte: the beginning of each form. */
  readonly #starts: number[] = [];
  /** Bytes of the longest spelling of a form. */
  readonly #reach: number;
  /** The positions each state stands for, beside the starts. */
  #states: (readonly number[])[] = [];
  #ids: Map<string, number> = new Map();
  /** By state and byte: the next state, or UNKNOWN, or ENDING less the index of a transition that ends forms. */
  #table: Int32Array = new Int32Array(0);
  #endings: Transition[] = [];

  constructor(forms: readonly Form[]) {
    const roots = new Map<string, Node>();
    const starts: number[] = [];
    for (const form of forms) {
      starts.push(this.#steps.length);
      for (const [index, place] of form.entries()) {
        // A line end stands in no spelling.
        const key = place.join("\n");
        const root = roots.get(key) ?? this.#tree(place);
        roots.set(key, root);
        this.#steps.push({ root, ends: index === form.length - 1 ? form : undefined });
      }
    }
    this.#starts = starts.map((step) => this.#position(step));
    this.#reach = Math.max(0, ...forms.map(longest));
    this.#forget();
  }

  /** Where forms stand in the pieces, read as one text: offsets of beginning and end by turns, joined and in order. */
  find(pieces: readonly Uint8Array[]): readonly number[] {
    const found: number[] = [];
    let table = this.#table;
    let state = 0;
    let before = 0;
    for (const [index, piece] of pieces.entries()) {
      for (let i = 0; i < piece.length; i += 1) {
        const cell = (state << 8) | (piece[i] as number);
        const known = table[cell] as number;
        if (known >= 0) {
          state = known;
          continue;
        }
        const { next, ended } = this.#endings[ENDING - known] ?? this.#step(state, piece[i] as number, cell);
        table = this.#table;
        state = next;
        if (ended.length === 0) continue;
        const window = this.#window(pieces, index, i + 1);
        const length = Math.max(...ended.map((form) => lengthBefore(window, form)));
        add(found, before + i + 1 - length, before + i + 1);
      }
      before += piece.length;
    }
    return found;
  }

  #tree(place: Place): Node {
    const root = this.#node();
    for (const spelling of place) {
      let node = root;
      for (let i = 0; i < spelling.length; i += 1) {
        const unit = spelling.charCodeAt(i);
        const next = node.next.get(unit) ?? this.#node();
        node.next.set(unit, next);
        node = next;
      }
      node.complete = true;
    }
    return root;
  }

  #node(): Node {
    const node: Node = { id: this.#nodes.length, next: new Map(), complete: false };
    this.#nodes.push(node);
    return node;
  }

  /** A step, and how far into its spellings, as one number. */
  #position(step: number, node: Node | undefined = this.#steps[step]?.root): number {
    return step * this.#nodes.length + (node?.id ?? 0);
  }

  /** Follows one byte for the first time, and writes into the table where it leads. */
  #step(state: number, unit: number, cell: number): Transition {
    const positions = new Set<number>();
    const ended: Form[] = [];
    for (const position of [...this.#starts, ...(this.#states[state] ?? [])]) {
      const node = this.#nodes[position % this.#nodes.length]?.next.get(unit);
      if (node === undefined) continue;
      const step = Math.floor(position / this.#nodes.length);
      if (node.next.size > 0) positions.add(this.#position(step, node));
      if (!node.complete) continue;
      const ends = this.#steps[step]?.ends;
      if (ends === undefined) positions.add(this.#position(step + 1));
      else ended.push(ends);
    }
    const full = this.#states.length === MAX_STATES;
    if (full) this.#forget();
    const next = this.#enter([...positions].toSorted((a, b) => a - b));
    const transition: Transition = { next, ended };
    if (full) return transition;
    this.#table[cell] = ended.length === 0 ? next : ENDING - this.#endings.length;
    if (ended.length > 0) this.#endings.push(transition);
    return transition;
  }

  /** The state that stands for these positions. */
  #enter(positions: readonly number[]): number {
    const key = positions.join();
    const known = this.#ids.get(key);
    if (known !== undefined) return known;
    const state = this.#states.length;
    this.#states.push(positions);
    this.#ids.set(key, state);
    if (this.#table.length < this.#states.length * BYTES) {
      const table = new Int32Array(Math.max(16 * BYTES, this.#table.length * 2)).fill(UNKNOWN);
      table.set(this.#table);
      this.#table = table;
    }
    return state;
  }

  #forget(): void {
    this.#states = [];
    this.#ids = new Map();
    this.#table = new Int32Array(0);
    this.#endings = [];
    this.#enter([]);
  }

  /** The bytes before an end that a form may reach back to. */
  #window(pieces: readonly Uint8Array[], index: number, end: number): Uint8Array {
    const parts: Uint8Array[] = [];
    let missing = this.#reach;
    let until: number | undefined = end;
    for (let i = index; i >= 0 && missing > 0; i -= 1) {
      const part: Uint8Array = pieces[i]?.subarray(0, until).subarray(-missing) ?? new Uint8Array();
      parts.unshift(part);
      missing -= part.length;
      until = undefined;
    }
    const [only] = parts;
    return parts.length === 1 && only !== undefined ? only : Buffer.concat(parts);
  }
}

/** Bytes of the longest text of this form at the window's end. */
function lengthBefore(window: Uint8Array, form: Form): number {
  let offsets = [window.length];
  for (let i = form.length - 1; i >= 0; i -= 1) {
    const before: number[] = [];
    for (const spelling of form[i] as Place) {
      for (const offset of offsets) {
        const start = offset - spelling.length;
        if (endsAt(window, offset, spelling) && !before.includes(start)) before.push(start);
      }
    }
    offsets = before;
  }
  return window.length - Math.min(...offsets);
}

function endsAt(window: Uint8Array, end: number, spelling: string): boolean {
  for (let i = 1; i <= spelling.length; i += 1) {
    if (window[end - i] !== spelling.charCodeAt(spelling.length - i)) return false;
  }
  return true;
}

function longest(form: Form): number {
  return form.reduce((sum, place) => sum + Math.max(...place.map(({ length }) => length)), 0);
}

/** Ends come in order, so that a range joins the last ones or stands behind them. */
function add(found: number[], start: number, end: number): void {
  let first = start;
  while (found.length > 0 && (found.at(-1) ?? 0) >= first) {
    found.pop();
    first = Math.min(first, found.pop() ?? first);
  }
  found.push(first, end);
}
