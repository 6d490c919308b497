import { addressOf, addressOfText } from "../abi/bytes";
import { neighbour, viewOf } from "../abi/view";
import { Content, Scalar } from "./container";
import { Document } from "./document";
import { Elements } from "./elements";
import { Members } from "./members";
import { ARRAY, BOOL, MISSING, NULL, NUMBER, OBJECT, STRING } from "./kind";
import { Node } from "./node";
import { numberEnd, parseInteger, parseNumber } from "./number";
import { readTape } from "./reader";
import { NONE } from "./tape";
import { LOWER_T } from "./token";
import { encodeUtf8 } from "./utf8";

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
export class Json extends Node {
  private static readonly nowhere: Json = new Json();

  private constructor() {
    super();
  }

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
    return tape == null ? null : Json.view(new Document(bytes, tape, end), 0);
  }

  /** What is not there. Written as null. */
  static missing(): Json {
    return Json.nowhere;
  }

  /** An object without members. */
  static object(): Json {
    return Json.built(OBJECT, new Members(null, 0));
  }

  /** An array without elements. */
  static array(): Json {
    return Json.built(ARRAY, new Elements(null, 0));
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
      if (nameof<T>() == "usize" && value == 0) return Json.built(NULL, null);
      return Json.number(<f64>value, sizeof<T>() > 4 ? value.toString() : "");
    } else if (isFloat<T>()) {
      return Json.number(<f64>value, "");
    } else if (isNullable<T>()) {
      return value == null ? Json.built(NULL, null) : Json.from<NonNullable<T>>(value);
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
    return Json.built(BOOL, new Scalar(<f64>value, ""));
  }

  private static number(value: f64, text: string): Json {
    return Json.built(NUMBER, new Scalar(value, text));
  }

  private static string(text: string): Json {
    return Json.built(STRING, new Scalar(0, text));
  }

  private static built(kind: u8, content: Content | null): Json {
    const json = new Json();
    json.source = content;
    json.kind = kind;
    return json;
  }

  private static view(document: Document, position: i32): Json {
    const json = new Json();
    json.source = document;
    json.position = position;
    json.kind = document.tape.kind(position);
    return json;
  }

  /** A value in the document of this one. */
  @inline
  private near(position: i32): Json {
    return neighbour<Json>(viewOf(this), position);
  }

  // ---- Kinds

  /** Whether there is no such value: an absent member or element. */
  get isMissing(): bool {
    return viewOf(this).kind == MISSING;
  }

  /** Whether this is `null`. A missing value is not. */
  get isNull(): bool {
    return viewOf(this).kind == NULL;
  }

  get isBool(): bool {
    return viewOf(this).kind == BOOL;
  }

  get isNumber(): bool {
    return viewOf(this).kind == NUMBER;
  }

  get isString(): bool {
    return viewOf(this).kind == STRING;
  }

  get isArray(): bool {
    return viewOf(this).kind == ARRAY;
  }

  get isObject(): bool {
    return viewOf(this).kind == OBJECT;
  }

  // ---- Scalars

  /** The text of a string, else null. */
  asString(): string | null {
    if (viewOf(this).kind != STRING) return null;
    const document = this.document;
    return document != null ? document.text(this.position) : this.scalar().text;
  }

  /** The number, rounded to the nearest f64 as JavaScript does, else NaN. */
  asNumber(): f64 {
    const view = viewOf(this);
    if (view.kind != NUMBER) return NaN;
    if (view.position < 0) return this.scalar().float;
    const tape = view.tape;
    return parseNumber(tape.bytes, tape.start(view.position), tape.limit);
  }

  /** The number where it is whole and in the range of i64, exactly (`1e3` and `2.0` are whole), else `fallback`. */
  asInteger(fallback: i64 = 0): i64 {
    if (this.kind != NUMBER) return fallback;
    const document = this.document;
    if (document != null) {
      const bytes = document.tape.bytes;
      const start = document.start(this.position);
      return parseInteger(bytes, start, numberEnd(bytes, start, document.limit), fallback);
    }
    const scalar = this.scalar();
    if (scalar.text.length > 0) {
      const bytes = encodeUtf8(scalar.text);
      return parseInteger(addressOf(bytes), 0, bytes.length, fallback);
    }
    const value = scalar.float;
    return value == trunc(value) && value >= -TWO_TO_63 && value < TWO_TO_63 ? <i64>value : fallback;
  }

  /** The number as it is written, with all its digits, else null. */
  numberText(): string | null {
    return this.kind == NUMBER ? this.stringify() : null;
  }

  /** Whether this is `true`. */
  asBool(): bool {
    if (this.kind != BOOL) return false;
    const document = this.document;
    return document != null ? document.firstByte(this.position) == LOWER_T : this.scalar().float != 0;
  }

  // ---- Arrays and objects

  /** How many elements an array has, how many differently named members an object; else 0. */
  get length(): i32 {
    const kind = viewOf(this).kind;
    if (kind == OBJECT) return this.names().length;
    if (kind != ARRAY) return 0;
    const elements = this.held();
    return elements != null ? elements.length : this.document!.count(this.position);
  }

  /** The member of this name. */
  @operator("[]")
  get(name: string): Json {
    const view = viewOf(this);
    if (view.kind != OBJECT) return Json.nowhere;
    if (view.position < 0) return this.find(name);
    const position = view.tape.memberOf(view.position, addressOfText(name), name.length);
    if (position == NONE) return Json.nowhere;
    return position >= 0 ? this.near(position) : this.find(name);
  }

  private find(name: string): Json {
    const document = this.document;
    if (document != null) {
      const position = this.position;
      const shape = document.shape(position);
      if (shape >= 0) {
        document.known().look(shape, name);
        return this.get(name);
      }
      if (document.isSmall(position)) return this.nearOrMissing(document.find(position, name));
    }
    const members = this.holding() as Members;
    if (document != null && members.isSearchable()) return this.nearOrMissing(document.find(this.position, name));
    const index = members.find(name);
    if (index < 0) return Json.nowhere;
    const value = members.added(index);
    return value != null ? (value as Json) : this.near(members.position(index));
  }

  private nearOrMissing(position: i32): Json {
    return position < 0 ? Json.nowhere : this.near(position);
  }

  /** Whether there is a member of this name. */
  has(name: string): bool {
    return !this.get(name).isMissing;
  }

  /** The element at this index, from 0. */
  at(index: i32): Json {
    const view = viewOf(this);
    if (view.kind != ARRAY || index < 0) return Json.nowhere;
    if (view.position < 0) return this.element(index);
    const position = view.tape.elementAt(view.position, index);
    if (position == NONE) return Json.nowhere;
    return position >= 0 ? this.near(position) : this.element(index);
  }

  private element(index: i32): Json {
    const elements = this.holding();
    if (this.position >= 0 && index < elements.count) return this.near(elements.position(index));
    return index < elements.length ? (elements.added(index) as Json) : Json.nowhere;
  }

  /** The names of an object's members, each once. */
  keys(): string[] {
    return this.kind == OBJECT ? this.names().slice() : new Array<string>();
  }

  private names(): string[] {
    const document = this.document;
    const shape = document != null ? document.shape(this.position) : -1;
    return shape >= 0 ? document!.known().list(shape) : (this.holding() as Members).keys();
  }

  /** Gives an object this member, new or in place of its namesake; anything else stays as it is. Returns itself. */
  set<T>(name: string, value: T): Json {
    if (this.kind == OBJECT) {
      (this.holding() as Members).set(name, Json.from<T>(value));
      this.noteChange();
    }
    return this;
  }

  /** Gives an array one more element; anything else stays as it is. Returns itself. */
  push<T>(value: T): Json {
    if (this.kind == ARRAY) {
      (this.holding() as Elements).push(Json.from<T>(value));
      this.noteChange();
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
    return Node.written(this).toText();
  }

  /** What `stringify` gives, as UTF-8. */
  toUtf8(): StaticArray<u8> {
    return Node.written(this).toUtf8();
  }
}

function fromMap<V>(map: Map<string, V>): Json {
  const object = Json.object();
  const names = map.keys();
  for (let i = 0, n = names.length; i < n; ++i) object.set<V>(names[i], map.get(names[i]));
  return object;
}
