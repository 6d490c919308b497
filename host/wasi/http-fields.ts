import { Resource } from "../abi/handles.ts";
import { HookError } from "../errors.ts";
import { checkHeaders } from "../policy/headers.ts";
import type { Store } from "../runtime/store.ts";

/** Bytes that all fields of one event may take on the host. */
const EVENT_FIELD_BYTES = 4 * 1024 * 1024;

/** What a field takes beside its name and its value. */
const FIELD_BYTES = 64;

const LENGTH = "content-length";

/** `wasi:http/types.header-error` */
export const HEADER_ERRORS = ["invalid-syntax", "forbidden", "immutable"] as const;

/** One of {@link HEADER_ERRORS}. */
export type HeaderError = (typeof HEADER_ERRORS)[number];

/** One field line. */
export interface Field {
  readonly name: string;
  readonly value: Uint8Array;
}

/** `wasi:http/types.fields` */
export class Fields extends Resource {
  static readonly resource = "fields";
  readonly #budget: FieldBudget;
  #fields: readonly Field[];
  readonly #immutable: boolean;

  constructor(store: Store, fields: readonly Field[] = [], immutable = false) {
    super();
    this.#budget = budgetOf(store);
    this.#fields = fields;
    this.#immutable = immutable;
  }

  /** In order. */
  get all(): readonly Field[] {
    return this.#fields;
  }

  get(name: string): readonly Uint8Array[] {
    return this.#fields.filter((field) => isNamed(field, name)).map(({ value }) => value);
  }

  /** Puts these in the place of those of the name. Undefined where that is done. */
  set(name: string, values: readonly Uint8Array[]): HeaderError | undefined {
    const more = values.map((value) => ({ name, value }));
    return this.#change(name, more, () => this.#fields.filter((field) => !isNamed(field, name)).concat(more));
  }

  /** Adds these. Undefined where that is done. */
  append(fields: readonly Field[]): HeaderError | undefined {
    return this.#change("a", fields, () => this.#fields.concat(fields));
  }

  #change(name: string, more: readonly Field[], make: () => readonly Field[]): HeaderError | undefined {
    if (this.#immutable) return "immutable";
    const error = more.length === 0 ? errorOf({ name, value: NOTHING }) : more.map(errorOf).find(Boolean);
    if (error !== undefined) return error;
    this.#budget.take(more);
    this.#fields = make();
    return undefined;
  }

  /** One that can be changed. */
  clone(store: Store): Fields {
    this.#budget.take(this.#fields);
    return new Fields(store, this.#fields);
  }

  /** One that cannot be changed. */
  fixed(store: Store): Fields {
    return new Fields(store, this.#fields, true);
  }
}

const NOTHING = new Uint8Array(0);

function isNamed(field: Field, name: string): boolean {
  return field.name.toLowerCase() === name.toLowerCase();
}

/** Names and values by turns, as they leave: without the length, which the host writes itself. */
export function namesAndValues(fields: readonly Field[]): string[] {
  return fields.flatMap(({ name, value }) =>
    name.toLowerCase() === LENGTH ? [] : [name, Buffer.from(value).toString("latin1")],
  );
}

/** Whether the guest's own word on the length of its body is true, or it has none. */
export function lengthIsTrue(fields: Fields, length: number): boolean {
  return fields.get(LENGTH).every((value) => Buffer.from(value).toString("latin1") === String(length));
}

/** The policy rules on each field as it is set, so that a guest learns of it there. */
function errorOf({ name, value }: Field): HeaderError | undefined {
  // HTTP libraries write it, though the host does: it has to be true when the request leaves.
  if (name.toLowerCase() === LENGTH) return undefined;
  const failure = checkHeaders([name, Buffer.from(value).toString("latin1")], false);
  if (failure === undefined) return undefined;
  return failure.code === "forbidden-header" ? "forbidden" : "invalid-syntax";
}

/** What the fields of one event take. What was dropped is counted too: no event needs as much. */
class FieldBudget {
  #left = EVENT_FIELD_BYTES;

  take(fields: readonly Field[]): void {
    for (const { name, value } of fields) this.#left -= name.length + value.length + FIELD_BYTES;
    if (this.#left >= 0) return;
    const message = `the header fields of the event take more than ${EVENT_FIELD_BYTES} bytes of the host`;
    throw new HookError("BACKFILL_HOOK_MEMORY", message);
  }
}

const budgets = new WeakMap<Store, FieldBudget>();

function budgetOf(store: Store): FieldBudget {
  let budget = budgets.get(store);
  if (budget === undefined) {
    budget = new FieldBudget();
    budgets.set(store, budget);
  }
  return budget;
}
