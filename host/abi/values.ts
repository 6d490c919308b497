import { HookError } from "../errors.ts";
import type { Resource, ResourceClass } from "./handles.ts";
import { abiError } from "./memory.ts";
import type { Flat, FlatType, Passage, ValueType } from "./passage.ts";

// Values of the component model by the canonical ABI, as far as the interfaces that this host offers need them: how a
// value of each type lies in memory, and how it is passed flat. Everything that is read comes from a guest.

/** The type of the values that cross so. */
export type ValueOf<T> = T extends ValueType<infer V> ? V : never;

function small<T>(
  size: 1 | 2 | 4,
  from: (value: number, passage: Passage) => T,
  to: (value: T, passage: Passage) => number,
): ValueType<T> {
  const mask = 2 ** (size * 8) - 1;
  return {
    size,
    align: size,
    flat: ["i32"],
    load: (passage, at) => {
      const { memory } = passage;
      return from(size === 1 ? memory.u8(at) : size === 2 ? memory.u16(at) : memory.u32(at), passage);
    },
    store: (passage, at, value) => {
      const { memory } = passage;
      const number = to(value, passage);
      if (size === 1) memory.setU8(at, number);
      else if (size === 2) memory.setU16(at, number);
      else memory.setU32(at, number);
    },
    lift: (passage, values) => from((values.i32() & mask) >>> 0, passage),
    lower: (passage, value, out) => void out.push(to(value, passage) | 0),
  };
}

const same = (value: number): number => value;

/** `u8` */
export const u8: ValueType<number> = small(1, same, same);
/** `u16` */
export const u16: ValueType<number> = small(2, same, same);
/** `u32` */
export const u32: ValueType<number> = small(4, same, same);
/** `bool` */
export const bool: ValueType<boolean> = small(
  1,
  (value) => value !== 0,
  (value) => (value ? 1 : 0),
);

/** `u64` */
export const u64: ValueType<bigint> = {
  size: 8,
  align: 8,
  flat: ["i64"],
  load: ({ memory }, at) => memory.u64(at),
  store: ({ memory }, at, value) => memory.setU64(at, value),
  lift: (_, values) => BigInt.asUintN(64, values.i64()),
  lower: (_, value, out) => void out.push(BigInt.asIntN(64, value)),
};

/** `enum`, or a `variant` none of whose cases has a value. */
export function enumeration<const T extends string>(what: string, names: readonly T[]): ValueType<T> {
  return small(
    1,
    (value) => names[value] ?? noSuchCase(what, value),
    (name) => names.indexOf(name),
  );
}

/** `own<…>`: the handle changes hands. */
export function own<T extends Resource>(type: ResourceClass<T>): ValueType<T> {
  return small(
    4,
    (handle, { handles }) => handles.take(handle, type),
    (resource, { handles }) => handles.add(resource),
  );
}

/** `borrow<…>`, of the guest's own handles. */
export function borrow<T extends Resource>(type: ResourceClass<T>): ValueType<T> {
  return small(
    4,
    (handle, { handles }) => handles.get(handle, type),
    () => {
      throw new TypeError("the host lends no guest a handle");
    },
  );
}

/** What lies in memory behind a pointer and a length. */
function pointed<T>(
  read: (passage: Passage, pointer: number, length: number) => T,
  write: (passage: Passage, value: T) => readonly [pointer: number, length: number],
): ValueType<T> {
  return {
    size: 8,
    align: 4,
    flat: ["i32", "i32"],
    load: (passage, at) => read(passage, passage.memory.u32(at), passage.memory.u32(at + 4)),
    store: (passage, at, value) => {
      const [pointer, length] = write(passage, value);
      passage.memory.setU32(at, pointer);
      passage.memory.setU32(at + 4, length);
    },
    lift: (passage, values) => read(passage, values.i32() >>> 0, values.i32() >>> 0),
    lower: (passage, value, out) => void out.push(...write(passage, value)),
  };
}

/** `string` */
export const string: ValueType<string> = pointed(
  (passage, pointer, length) => {
    const text = passage.memory.string(pointer, length, passage.left) ?? tooMuch();
    passage.left -= length;
    return text;
  },
  ({ memory }, value) => memory.lowerString(value.toWellFormed()),
);

/** `list<u8>` */
export const bytes: ValueType<Uint8Array> = pointed(
  (passage, pointer, length) => {
    const copy = passage.memory.bytes(pointer, length, passage.left) ?? tooMuch();
    passage.left -= length;
    return copy;
  },
  ({ memory }, value) => memory.lowerBytes(value),
);

/** What an element of a list costs the host beside the guest's own bytes, however little it holds. */
const ELEMENT_BYTES = 128;

/** `list<…>` */
export function list<T>(type: ValueType<T>): ValueType<readonly T[]> {
  return pointed(
    (passage, pointer, length) => {
      passage.left -= length * (type.size + ELEMENT_BYTES);
      if (passage.left < 0) tooMuch();
      if (pointer % type.align !== 0) throw abiError("a pointer is not aligned");
      return Array.from({ length }, (_, i) => type.load(passage, pointer + i * type.size));
    },
    (passage, values) => {
      const pointer = passage.memory.allocate(values.length * type.size, type.align);
      values.forEach((value, i) => type.store(passage, pointer + i * type.size, value));
      return [pointer, values.length];
    },
  );
}

/** Types of parts that lie one behind the other. */
type Parts = Readonly<Record<string, ValueType<unknown>>>;

/** The parts' values by their names. */
export type PartsOf<P extends Parts> = { readonly [name in keyof P]: ValueOf<P[name]> };

/** `record`, or a `tuple` whose parts have names here. */
export function record<P extends Parts>(parts: P): ValueType<PartsOf<P>> {
  let size = 0;
  let align = 1;
  const laid = Object.entries(parts).map(([name, type]) => {
    const offset = aligned(size, type.align);
    size = offset + type.size;
    align = Math.max(align, type.align);
    return { name, type, offset };
  });
  const collect = (read: (part: (typeof laid)[number]) => unknown): PartsOf<P> =>
    Object.fromEntries(laid.map((part) => [part.name, read(part)])) as PartsOf<P>;
  return {
    size: aligned(size, align),
    align,
    flat: laid.flatMap(({ type }) => type.flat),
    load: (passage, at) => collect(({ type, offset }) => type.load(passage, at + offset)),
    store: (passage, at, value) => {
      for (const { name, type, offset } of laid) type.store(passage, at + offset, value[name]);
    },
    lift: (passage, values) => collect(({ type }) => type.lift(passage, values)),
    lower: (passage, value, out) => {
      for (const { name, type } of laid) type.lower(passage, value[name], out);
    },
  };
}

/** Types of the cases of a variant; undefined for one without a value. */
type Cases = Readonly<Record<string, ValueType<unknown> | undefined>>;

/** A case by its name, with its value where it has one. */
export type CaseOf<C extends Cases> = {
  readonly [name in keyof C]: C[name] extends ValueType<infer V>
    ? { readonly kind: name; readonly value: V }
    : { readonly kind: name; readonly value?: undefined };
}[keyof C];

/** A case without a value. */
export interface Plain<K extends string> {
  readonly kind: K;
  readonly value?: undefined;
}

/** A case with a value. */
export interface Valued<K extends string, V> {
  readonly kind: K;
  readonly value: V;
}

/** `variant` */
export function variant<C extends Cases>(what: string, cases: C): ValueType<CaseOf<C>> {
  const all = Object.entries(cases);
  const payloads = all.flatMap(([, type]) => (type === undefined ? [] : [type]));
  const align = Math.max(1, ...payloads.map((type) => type.align));
  const offset = align;
  const joined = join(payloads.map(({ flat }) => flat));
  const pick = (index: number): (typeof all)[number] => all[index] ?? noSuchCase(what, index);
  const indexOf = (value: CaseOf<C>): number => all.findIndex(([name]) => name === value.kind);
  return {
    size: aligned(offset + Math.max(0, ...payloads.map((type) => type.size)), align),
    align,
    flat: ["i32", ...joined],
    load: (passage, at) => {
      const [kind, type] = pick(passage.memory.u8(at));
      return { kind, value: type?.load(passage, at + offset) } as CaseOf<C>;
    },
    store: (passage, at, value) => {
      const index = indexOf(value);
      passage.memory.setU8(at, index);
      pick(index)[1]?.store(passage, at + offset, value.value);
    },
    lift: (passage, values) => {
      const [kind, type] = pick(values.i32() >>> 0);
      const payload = values.part(joined.length);
      return { kind, value: type?.lift(passage, payload) } as CaseOf<C>;
    },
    lower: (passage, value, out) => {
      const index = indexOf(value);
      const payload: Flat[] = [];
      pick(index)[1]?.lower(passage, value.value, payload);
      out.push(index, ...joined.map((type, i) => widened(type, payload[i] ?? 0)));
    },
  };
}

/** Has values of `inner` cross as those of `type`. */
export function mapped<T, U>(type: ValueType<T>, from: (value: T) => U, to: (value: U) => T): ValueType<U> {
  return {
    size: type.size,
    align: type.align,
    flat: type.flat,
    load: (passage, at) => from(type.load(passage, at)),
    store: (passage, at, value) => type.store(passage, at, to(value)),
    lift: (passage, values) => from(type.lift(passage, values)),
    lower: (passage, value, out) => type.lower(passage, to(value), out),
  };
}

/** `option<…>`; undefined is none. */
export function option<T>(type: ValueType<T>): ValueType<T | undefined> {
  const cases = variant("option", { none: undefined, some: type as ValueType<unknown> });
  return mapped(
    cases,
    ({ value }) => value as T | undefined,
    (value) => (value === undefined ? ({ kind: "none" } as const) : ({ kind: "some", value } as const)),
  );
}

/** What a function that can fail gives. */
export type Result<T, E> = { readonly kind: "ok"; readonly value: T } | { readonly kind: "error"; readonly value: E };

/** The case `ok` of a result. */
export function ok<T>(value: T): Result<T, never> {
  return { kind: "ok", value };
}

/** The case `error` of a result. */
export function failed<E>(value: E): Result<never, E> {
  return { kind: "error", value };
}

/** `result<…, …>`; undefined for a side without a value. */
export function result<T, E>(ok: ValueType<T> | undefined, error: ValueType<E> | undefined): ValueType<Result<T, E>> {
  return variant("result", { ok, error } as Cases) as ValueType<unknown> as ValueType<Result<T, E>>;
}

/** The flat types that have room for any of these. */
function join(all: readonly (readonly FlatType[])[]): FlatType[] {
  return Array.from({ length: Math.max(0, ...all.map((flat) => flat.length)) }, (_, i) =>
    all.some((flat) => flat[i] === "i64") ? "i64" : "i32",
  );
}

function widened(type: FlatType, value: Flat): Flat {
  return type === "i64" && typeof value === "number" ? BigInt.asUintN(32, BigInt(value)) : value;
}

function aligned(offset: number, align: number): number {
  return Math.ceil(offset / align) * align;
}

function noSuchCase(what: string, index: number): never {
  throw abiError(`case ${index} of ${what} does not exist`);
}

function tooMuch(): never {
  throw new HookError("BACKFILL_HOOK_FAILED", "the hook passes more to the host in one call than it takes");
}
