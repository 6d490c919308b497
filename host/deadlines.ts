/** Told once that its time is over. */
export interface Timed {
  onDeadline(): void;
}

/** A time that runs, in the hands of whoever may stop it. */
export interface Deadline {
  /** Stops it. It may be over by now. */
  clear(): void;
}

/** How many lengths of time keep their place while nobody waits. */
const KEPT = 16;

/**
 * Times that nearly all are stopped before they are over. One timer of Node serves all that have the same length: those
 * are over in the order in which they began. So to begin one and to stop it is to enter a list and to leave it.
 */
export class Deadlines {
  readonly #lines: Map<number, Line> = new Map();

  /** Begins a time of so many whole milliseconds. */
  begin(owner: Timed, milliseconds: number, now: number = performance.now()): Deadline {
    let line = this.#lines.get(milliseconds);
    if (line === undefined) {
      line = new Line(milliseconds, this.#forget);
      this.#lines.set(milliseconds, line);
    }
    return line.begin(owner, now);
  }

  /** The lengths of hooks' own choosing are many. */
  readonly #forget = (line: Line): void => {
    if (this.#lines.size <= KEPT) return;
    line.close();
    this.#lines.delete(line.milliseconds);
  };
}

/** The times of one length. */
class Line {
  readonly milliseconds: number;
  readonly #onEmpty: (line: Line) => void;
  #first: Running | undefined;
  #last: Running | undefined;
  /** Set for the first, or for one before it that was stopped: then it finds nothing to do, and is set again. */
  #timer: NodeJS.Timeout | undefined;

  constructor(milliseconds: number, onEmpty: (line: Line) => void) {
    this.milliseconds = milliseconds;
    this.#onEmpty = onEmpty;
  }

  begin(owner: Timed, now: number): Running {
    const one = new Running(this, owner, now + this.milliseconds);
    const last = this.#last;
    this.#last = one;
    if (last === undefined) {
      this.#first = one;
      this.#timer?.ref();
    } else {
      last.next = one;
      one.previous = last;
    }
    this.#timer ??= setTimeout(this.#ring, this.milliseconds);
    return one;
  }

  take(one: Running): void {
    // What comes after the unlinking may fail for want of stack: a second time finds nothing to do.
    if (one.owner === undefined) return;
    one.owner = undefined;
    const { previous, next } = one;
    if (previous === undefined) this.#first = next;
    else previous.next = next;
    if (next === undefined) this.#last = previous;
    else next.previous = previous;
    one.previous = undefined;
    one.next = undefined;
    if (this.#first !== undefined) return;
    // Nobody waits: no reason to keep the process alive.
    this.#timer?.unref();
    this.#onEmpty(this);
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  readonly #ring = (): void => {
    this.#timer = undefined;
    const now = performance.now();
    for (let one = this.#first; one !== undefined && one.end <= now; one = this.#first) one.pass();
    const first = this.#first as Running | undefined;
    if (first !== undefined) this.#timer ??= setTimeout(this.#ring, Math.max(1, Math.ceil(first.end - now)));
  };
}

class Running implements Deadline {
  readonly end: number;
  /** Undefined when it is in the list no more. */
  owner: Timed | undefined;
  previous: Running | undefined;
  next: Running | undefined;
  readonly #line: Line;

  constructor(line: Line, owner: Timed, end: number) {
    this.#line = line;
    this.owner = owner;
    this.end = end;
  }

  clear(): void {
    this.#line.take(this);
  }

  pass(): void {
    const { owner } = this;
    this.clear();
    owner?.onDeadline();
  }
}
