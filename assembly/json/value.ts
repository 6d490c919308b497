import { Document } from "./document";
import { parseInteger, parseNumber } from "./number";
import { DEPTH_LIMIT, readTape } from "./reader";
import {
  CLOSE_ARRAY,
  CLOSE_OBJECT,
  COLON,
  COMMA,
  LOWER_F,
  LOWER_N,
  LOWER_T,
  OPEN_ARRAY,
  OPEN_OBJECT,
  QUOTE,
} from "./token";
import { encodeUtf8 } from "./utf8";
import { Writer } from "./writer";

const MISSING: i32 = 0;
const NULL: i32 = 1;
const BOOL: i32 = 2;
const NUMBER: i32 = 3;
const STRING: i32 = 4;
const ARRAY: i32 = 5;
const OBJECT: i32 = 6;

const TWO_TO_63: f64 = <f64>((<u64>1) << 63);

/**
 * A JSON value, parsed or built. Reads like JSON and never ends the hook: what is absent, or asked of another
 * kind of value, is *missing*, and what is read from a missing value is missing too.
 *
 *     const name = body["customer"]["name"].asString();
 *     for (let i = 0; i < body["items"].length; ++i) total += body["items"].at(i)["price"].asNumber();
 *
 * Of two members with one name the last counts, as in JavaScript. Arrays and objects are references, as there:
 * a change is seen through every value that shows the same array or object.
 */
@final
export class Json {
  private static readonly nowhere: Json = new Json(MISSING);

  // A parsed value is a position in its document until it is changed.
  private source: Source | null = null;
  private position: i32 = 0;
  // Where the last `at` was: the next one goes on from there.
  private cursor: i32 = 0;
  private cursorPosition: i32 = 0;

  // A built value. `text` of a number is its exact spelling where an f64 would not hold it.
  private text: string = "";
  private float: f64 = 0;
  private items: Array<Json> | null = null;
  private members: Map<string, Json> | null = null;
  // Being written: an array or object that holds itself is met again while it is.
  private isOpen: bool = false;

  private constructor(private readonly kind: i32) {}

  // ---- Making values

  /** Parses one JSON text (RFC 8259), or gives null where it is not well-formed or has more than 512 levels. */
  static parse(text: string): Json | null {
    const bytes = encodeUtf8(text);
    return Json.parseUtf8(bytes, 0, bytes.length);
  }

  /** Parses UTF-8, as `parse` does. Malformed UTF-8 and a byte order mark are refused. */
  static parseBytes(bytes: Uint8Array): Json | null {
    const copy = new StaticArray<u8>(bytes.length);
    for (let i = 0, n = bytes.length; i < n; ++i) copy[i] = bytes[i];
    return Json.parseUtf8(copy, 0, copy.length);
  }

  /** Parses the bytes from `start` up to `end` in place, as `parseBytes` does: nobody may change them afterwards. */
  static parseUtf8(bytes: StaticArray<u8>, start: i32, end: i32): Json | null {
    const tape = readTape(bytes, start, end);
    return tape == null ? null : Json.view(new Source(bytes, tape), 0);
  }

  /** What is not there. Written as null. */
  static missing(): Json {
    return Json.nowhere;
  }

  /** An object without members. */
  static object(): Json {
    const value = new Json(OBJECT);
    value.members = new Map<string, Json>();
    return value;
  }

  /** An array without elements. */
  static array(): Json {
    const value = new Json(ARRAY);
    value.items = new Array<Json>();
    return value;
  }

  /**
   * The JSON of a bool, an integer, a float, a string, a `Json` (itself), null, or an `Array`, `StaticArray` or
   * `Map<string, …>` of these. A 64-bit integer keeps all its digits; NaN and the infinities are written as null.
   */
  static from<T>(value: T): Json {
    if (isBoolean<T>()) {
      return Json.bool(<bool>value);
    } else if (isInteger<T>()) {
      // A bare `null` has the type usize.
      if (nameof<T>() == "usize" && value == 0) return new Json(NULL);
      return Json.number(<f64>value, sizeof<T>() > 4 ? value.toString() : "");
    } else if (isFloat<T>()) {
      return Json.number(<f64>value, "");
    } else if (isNullable<T>()) {
      return value == null ? new Json(NULL) : Json.from<NonNullable<T>>(value);
    } else if (isString<T>()) {
      return Json.string(value as string);
    } else if (idof<T>() == idof<Json>()) {
      return value as Json;
    } else if (value instanceof Map) {
      return fromMap(value);
    } else if (isArrayLike<T>()) {
      const array = Json.array();
      for (let i = 0, n = value.length; i < n; ++i) array.push<valueof<T>>(value[i]);
      return array;
    } else {
      ERROR("JSON holds bool, integers, floats, string, Json, null, and Array or Map<string, …> of these");
    }
  }

  private static bool(value: bool): Json {
    const json = new Json(BOOL);
    json.float = <f64>value;
    return json;
  }

  private static number(value: f64, text: string): Json {
    const json = new Json(NUMBER);
    json.float = value;
    json.text = text;
    return json;
  }

  private static string(text: string): Json {
    const json = new Json(STRING);
    json.text = text;
    return json;
  }

  private static view(source: Source, position: i32): Json {
    const json = new Json(kindOf(source.firstByte(position)));
    json.source = source;
    json.position = position;
    return json;
  }

  // ---- Kinds

  /** Whether there is no such value: an absent member or element. */
  get isMissing(): bool {
    return this.kind == MISSING;
  }

  /** Whether this is `null`. A missing value is not. */
  get isNull(): bool {
    return this.kind == NULL;
  }

  get isBool(): bool {
    return this.kind == BOOL;
  }

  get isNumber(): bool {
    return this.kind == NUMBER;
  }

  get isString(): bool {
    return this.kind == STRING;
  }

  get isArray(): bool {
    return this.kind == ARRAY;
  }

  get isObject(): bool {
    return this.kind == OBJECT;
  }

  // ---- Scalars

  /** The text of a string, else null. */
  asString(): string | null {
    if (this.kind != STRING) return null;
    const source = this.source;
    return source != null ? source.text(this.position) : this.text;
  }

  /** The number, rounded to the nearest f64 as JavaScript does, else NaN. */
  asNumber(): f64 {
    if (this.kind != NUMBER) return NaN;
    const source = this.source;
    if (source == null) return this.float;
    return parseNumber(source.bytes, source.start(this.position), source.end(this.position));
  }

  /** The number where it is whole and in the range of i64, exactly (`1e3` and `2.0` are whole), else `fallback`. */
  asInteger(fallback: i64 = 0): i64 {
    if (this.kind != NUMBER) return fallback;
    const source = this.source;
    if (source != null) {
      return parseInteger(source.bytes, source.start(this.position), source.end(this.position), fallback);
    }
    if (this.text.length > 0) {
      const bytes = encodeUtf8(this.text);
      return parseInteger(bytes, 0, bytes.length, fallback);
    }
    const value = this.float;
    return value == trunc(value) && value >= -TWO_TO_63 && value < TWO_TO_63 ? <i64>value : fallback;
  }

  /** The number as it is written, with all its digits, else null. */
  numberText(): string | null {
    return this.kind == NUMBER ? this.stringify() : null;
  }

  /** Whether this is `true`. */
  asBool(): bool {
    if (this.kind != BOOL) return false;
    const source = this.source;
    return source != null ? source.firstByte(this.position) == LOWER_T : this.float != 0;
  }

  // ---- Arrays and objects

  /** How many elements an array has, how many differently named members an object; else 0. */
  get length(): i32 {
    const self = this.current();
    if (self.kind == ARRAY) {
      const items = self.items;
      return items != null ? items.length : self.source!.count(self.position);
    }
    return self.kind == OBJECT ? self.expandedMembers().size : 0;
  }

  /** The member of this name. */
  @operator("[]")
  get(name: string): Json {
    const self = this.current();
    if (self.kind != OBJECT) return Json.nowhere;
    const members = self.members;
    if (members != null) return members.has(name) ? members.get(name) : Json.nowhere;
    const source = self.source!;
    const position = source.find(self.position, name);
    return position < 0 ? Json.nowhere : Json.view(source, position);
  }

  /** Whether there is a member of this name. */
  has(name: string): bool {
    return !this.get(name).isMissing;
  }

  /** The element at this index, from 0. */
  at(index: i32): Json {
    const self = this.current();
    if (self.kind != ARRAY || index < 0 || index >= self.length) return Json.nowhere;
    const items = self.items;
    return items != null ? items[index] : Json.view(self.source!, self.seek(index));
  }

  /** The names of an object's members, each once. */
  keys(): string[] {
    const self = this.current();
    return self.kind == OBJECT ? self.expandedMembers().keys() : new Array<string>();
  }

  /** Gives an object this member, new or in place of its namesake; anything else stays as it is. Returns itself. */
  set<T>(name: string, value: T): Json {
    const self = this.current();
    if (self.kind == OBJECT) {
      self.expandedMembers().set(name, Json.from<T>(value));
      self.noteChange();
    }
    return this;
  }

  /** Gives an array one more element; anything else stays as it is. Returns itself. */
  push<T>(value: T): Json {
    const self = this.current();
    if (self.kind == ARRAY) {
      self.expandedItems().push(Json.from<T>(value));
      self.noteChange();
    }
    return this;
  }

  // ---- Writing

  /** The text of a string, the JSON text of anything else. */
  toString(): string {
    const text = this.asString();
    return text != null ? text : this.stringify();
  }

  /**
   * The JSON text, without white space. What was parsed keeps its spelling, numbers included. A missing value is
   * written as null; null also cuts off a value that holds itself, and arrays and objects below 512 levels.
   */
  stringify(): string {
    return this.written().toText();
  }

  /** What `stringify` gives, as UTF-8. */
  toUtf8(): StaticArray<u8> {
    return this.written().toUtf8();
  }

  // A loop with frames of its own: no depth of a value can exhaust the stack.
  private written(): Writer {
    const writer = new Writer();
    let frame: Frame | null = null;
    let value = this.current();
    while (true) {
      const depth = frame != null ? frame.depth : 0;
      if (value.isWrittenWhole()) value.writeWhole(writer, depth);
      else if (value.isOpen || depth == DEPTH_LIMIT) writer.word("null");
      else {
        value.isOpen = true;
        frame = value.frame(frame);
        writer.byte(value.kind == ARRAY ? OPEN_ARRAY : OPEN_OBJECT);
      }

      while (frame != null && frame.next == frame.values.length) {
        writer.byte(frame.container.kind == ARRAY ? CLOSE_ARRAY : CLOSE_OBJECT);
        frame.container.isOpen = false;
        frame = frame.around;
      }
      if (frame == null) return writer;
      if (frame.next > 0) writer.byte(COMMA);
      const names = frame.names;
      if (names != null) {
        writer.string(names[frame.next]);
        writer.byte(COLON);
      }
      value = frame.values[frame.next++].current();
    }
  }

  private isWrittenWhole(): bool {
    if (this.kind < ARRAY) return true;
    const source = this.source;
    return source != null && source.changed == null;
  }

  private writeWhole(writer: Writer, depth: i32): void {
    const source = this.source;
    if (source != null) writer.source(source.bytes, source.start(this.position), source.end(this.position), depth);
    else if (this.kind == STRING) writer.string(this.text);
    else if (this.kind == BOOL) writer.word(this.float != 0 ? "true" : "false");
    else if (this.kind != NUMBER) writer.word("null");
    else if (this.text.length > 0) writer.word(this.text);
    else writer.number(this.float);
  }

  private frame(around: Frame | null): Frame {
    if (this.kind == ARRAY) return new Frame(this, around, null, this.expandedItems());
    const members = this.expandedMembers();
    return new Frame(this, around, members.keys(), members.values());
  }

  // ---- Parsed values

  /** This, or the value that took its place in the document when it was changed. */
  private current(): Json {
    const source = this.source;
    if (source == null) return this;
    const changed = source.changed;
    return changed != null && changed.has(this.position) ? changed.get(this.position) : this;
  }

  private noteChange(): void {
    const source = this.source;
    if (source == null) return;
    let changed = source.changed;
    if (changed == null) {
      changed = new Map<i32, Json>();
      source.changed = changed;
    }
    changed.set(this.position, this);
  }

  private expandedItems(): Array<Json> {
    let items = this.items;
    if (items != null) return items;
    const source = this.source!;
    const end = source.after(this.position);
    items = new Array<Json>();
    for (let at = source.first(this.position); at < end; at = source.after(at)) items.push(Json.view(source, at));
    this.items = items;
    return items;
  }

  private expandedMembers(): Map<string, Json> {
    let members = this.members;
    if (members != null) return members;
    const source = this.source!;
    const end = source.after(this.position);
    members = new Map<string, Json>();
    for (let at = source.first(this.position); at < end; at = source.after(at + 1)) {
      members.set(source.text(at), Json.view(source, at + 1));
    }
    this.members = members;
    return members;
  }

  private seek(index: i32): i32 {
    const source = this.source!;
    const first = source.first(this.position);
    if (source.isFlat(this.position)) return first + index;
    if (this.cursorPosition == 0 || index < this.cursor) {
      this.cursor = 0;
      this.cursorPosition = first;
    }
    for (; this.cursor < index; ++this.cursor) this.cursorPosition = source.after(this.cursorPosition);
    return this.cursorPosition;
  }
}

/** A document of which parts may have been changed, by their position. */
@final
class Source extends Document {
  changed: Map<i32, Json> | null = null;
}

/** A container that is being written. */
@final
class Frame {
  next: i32 = 0;
  readonly depth: i32;

  constructor(
    readonly container: Json,
    readonly around: Frame | null,
    readonly names: string[] | null,
    readonly values: Json[],
  ) {
    this.depth = around != null ? around.depth + 1 : 1;
  }
}

function fromMap<V>(map: Map<string, V>): Json {
  const object = Json.object();
  const names = map.keys();
  for (let i = 0, n = names.length; i < n; ++i) object.set<V>(names[i], map.get(names[i]));
  return object;
}

function kindOf(firstByte: u8): i32 {
  if (firstByte == QUOTE) return STRING;
  if (firstByte == OPEN_OBJECT) return OBJECT;
  if (firstByte == OPEN_ARRAY) return ARRAY;
  if (firstByte == LOWER_N) return NULL;
  return firstByte == LOWER_T || firstByte == LOWER_F ? BOOL : NUMBER;
}
