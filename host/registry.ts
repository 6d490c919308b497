/** What can be in a {@link Registry}. */
export interface Registered {
  /** Its place in the registry: the registry's alone to write. */
  place: number;
}

/**
 * Members that come and go all the time, in no order. A Set would do, but leaves the tables it has outgrown behind, and
 * what was in them lives until the next full collection: kilobytes for each call where many are under way.
 */
export class Registry<T extends Registered> {
  readonly #members: T[] = [];

  add(member: T): void {
    member.place = this.#members.length;
    this.#members.push(member);
  }

  /** Takes out a member that is in it; what is not stays out. */
  delete(member: T): void {
    if (this.#members[member.place] !== member) return;
    const last = this.#members.pop() as T;
    if (last === member) return;
    this.#members[member.place] = last;
    last.place = member.place;
  }

  /** The members as they are now, whatever comes and goes meanwhile. */
  all(): readonly T[] {
    return this.#members.slice();
  }
}
