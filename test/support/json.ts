import { compileFixture } from "./assemblyscript.ts";

/** What test/guest/fixtures/json.ts exports. A `number` that is named value, name or element is a handle. */
interface Exports {
  readonly memory: WebAssembly.Memory;
  _initialize(): void;
  room(length: number): number;
  keepText(): number;
  blockAddress(): number;
  blockLength(): number;
  reset(): void;
  collect(): void;
  parseText(): number;
  parseUtf8(start: number, end: number): number;
  parseBytes(start: number, end: number): number;
  wellFormed(start: number, end: number): number;
  stringify(value: number): void;
  toUtf8(value: number): void;
  toText(value: number): void;
  kind(value: number): number;
  asString(value: number): number;
  asNumber(value: number): number;
  asInteger(value: number, fallback: bigint): bigint;
  asBool(value: number): number;
  numberText(value: number): number;
  length(value: number): number;
  member(value: number): number;
  has(value: number): number;
  at(value: number, index: number): number;
  keys(value: number): number;
  missing(): number;
  object(): number;
  array(): number;
  setMember(value: number, name: number, member: number): void;
  pushValue(value: number, element: number): void;
  fromText(): number;
  fromF64(value: number): number;
  fromF32(value: number): number;
  fromI64(value: bigint): number;
  fromU64(value: bigint): number;
  fromI32(value: number): number;
  fromBool(value: number): number;
  fromNull(): number;
  everyType(): number;
  sumPrices(value: number, collecting: number): number;
  sumInOrder(value: number, order: number): number;
  sumMembers(value: number): number;
  copyMembers(value: number): number;
  readNumber(): number;
  readInteger(fallback: bigint): bigint;
  writeNumber(value: number): number;
  decode(start: number, end: number): void;
  latin1(start: number, end: number): void;
  encode(): void;
}

type Plain = null | boolean | number | string | readonly Plain[] | { readonly [name: string]: Plain };

const KINDS: readonly string[] = ["missing", "null", "bool", "number", "string", "array", "object"];
const encoder = new TextEncoder();

/** A value inside the guest, with the methods of the guest's `Json`. */
export class GuestValue {
  readonly guest: JsonGuest;
  readonly handle: number;

  constructor(guest: JsonGuest, handle: number) {
    this.guest = guest;
    this.handle = handle;
  }

  /** The one kind that the guest's tests (`isNull`, `isBool`, …) say yes to. */
  get kind(): string {
    return KINDS.filter((_, i) => (this.guest.exports.kind(this.handle) >> i) & 1).join("+");
  }

  get length(): number {
    return this.guest.exports.length(this.handle);
  }

  get(name: string): GuestValue {
    this.guest.give(utf16(name));
    return this.guest.hold(this.guest.exports.member(this.handle));
  }

  has(name: string): boolean {
    this.guest.give(utf16(name));
    return this.guest.exports.has(this.handle) !== 0;
  }

  at(index: number): GuestValue {
    return this.guest.hold(this.guest.exports.at(this.handle, index));
  }

  keys(): string[] {
    return JSON.parse(this.guest.hold(this.guest.exports.keys(this.handle)).stringify()) as string[];
  }

  set(name: string, member: GuestValue): this {
    this.guest.give(utf16(name));
    this.guest.exports.setMember(this.handle, this.guest.exports.keepText(), member.handle);
    return this;
  }

  push(element: GuestValue): this {
    this.guest.exports.pushValue(this.handle, element.handle);
    return this;
  }

  asString(): string | null {
    return this.guest.exports.asString(this.handle) !== 0 ? this.guest.takeText() : null;
  }

  asNumber(): number {
    return this.guest.exports.asNumber(this.handle);
  }

  asInteger(fallback = 0n): bigint {
    return this.guest.exports.asInteger(this.handle, fallback);
  }

  asBool(): boolean {
    return this.guest.exports.asBool(this.handle) !== 0;
  }

  numberText(): string | null {
    return this.guest.exports.numberText(this.handle) !== 0 ? this.guest.takeText() : null;
  }

  stringify(): string {
    this.guest.exports.stringify(this.handle);
    return this.guest.takeText();
  }

  toText(): string {
    this.guest.exports.toText(this.handle);
    return this.guest.takeText();
  }

  toUtf8(): Uint8Array {
    this.guest.exports.toUtf8(this.handle);
    return this.guest.take();
  }
}

/** An instance of test/guest/fixtures/json.ts. An abort of the guest is an error here. */
export class JsonGuest {
  readonly exports: Exports;

  private constructor(exports: Exports) {
    this.exports = exports;
  }

  static async create(): Promise<JsonGuest> {
    const module = await compileFixture("test/guest/fixtures/json.ts");
    const abort = (message: number, file: number, line: number): never => {
      throw new Error(`the guest aborted: ${text(message)} (${text(file)}:${line})`);
    };
    const instance = new WebAssembly.Instance(module, { env: { abort } });
    const text = (pointer: number): string => {
      const { buffer } = instance.exports["memory"] as WebAssembly.Memory;
      const size = pointer === 0 ? 0 : new DataView(buffer).getUint32(pointer - 4, true);
      return Buffer.from(buffer, pointer, size).toString("utf16le");
    };
    const exports = instance.exports as unknown as Exports;
    exports._initialize();
    return new JsonGuest(exports);
  }

  give(bytes: Uint8Array): void {
    const address = this.exports.room(bytes.length);
    new Uint8Array(this.exports.memory.buffer).set(bytes, address);
  }

  take(): Uint8Array {
    return new Uint8Array(this.exports.memory.buffer, this.exports.blockAddress(), this.exports.blockLength()).slice();
  }

  takeText(): string {
    const bytes = this.take();
    const units = new Uint16Array(bytes.buffer);
    let text = "";
    for (let i = 0; i < units.length; i += 8192) text += String.fromCharCode(...units.subarray(i, i + 8192));
    return text;
  }

  hold(handle: number): GuestValue {
    return new GuestValue(this, handle);
  }

  /** `Json.parse` of text; null is the guest's null. */
  parse(text: string): GuestValue | null {
    this.give(utf16(text));
    const handle = this.exports.parseText();
    return handle < 0 ? null : this.hold(handle);
  }

  /** `Json.parseUtf8` of a range of bytes. */
  parseUtf8(bytes: Uint8Array, start = 0, end: number = bytes.length): GuestValue | null {
    this.give(bytes);
    const handle = this.exports.parseUtf8(start, end);
    return handle < 0 ? null : this.hold(handle);
  }

  /** A document the test knows to be well-formed. */
  document(text: string): GuestValue {
    const value = this.parseUtf8(encoder.encode(text));
    if (value === null) throw new Error(`refused: ${text.slice(0, 100)}`);
    return value;
  }

  /** Builds a value member by member, as a hook does. */
  build(value: Plain): GuestValue {
    const { exports } = this;
    if (value === null) return this.hold(exports.fromNull());
    if (typeof value === "boolean") return this.hold(exports.fromBool(value ? 1 : 0));
    if (typeof value === "number") return this.hold(exports.fromF64(value));
    if (typeof value === "string") {
      this.give(utf16(value));
      return this.hold(exports.fromText());
    }
    if (Array.isArray(value)) {
      const array = this.hold(exports.array());
      for (const element of value as readonly Plain[]) array.push(this.build(element));
      return array;
    }
    const object = this.hold(exports.object());
    for (const [name, member] of Object.entries(value)) object.set(name, this.build(member));
    return object;
  }

  readNumber(text: string): number {
    this.give(encoder.encode(text));
    return this.exports.readNumber();
  }

  readInteger(text: string, fallback: bigint): bigint {
    this.give(encoder.encode(text));
    return this.exports.readInteger(fallback);
  }

  writeNumber(value: number): string {
    const length = this.exports.writeNumber(value);
    return Buffer.from(this.take().subarray(0, length)).toString("latin1");
  }

  decode(bytes: Uint8Array, start = 0, end: number = bytes.length): string {
    this.give(bytes);
    this.exports.decode(start, end);
    return this.takeText();
  }

  latin1(bytes: Uint8Array, start = 0, end: number = bytes.length): string {
    this.give(bytes);
    this.exports.latin1(start, end);
    return this.takeText();
  }

  encode(text: string): Uint8Array {
    this.give(utf16(text));
    this.exports.encode();
    return this.take();
  }
}

function utf16(text: string): Uint8Array {
  const units = new Uint16Array(text.length);
  for (let i = 0; i < text.length; ++i) units[i] = text.charCodeAt(i);
  return new Uint8Array(units.buffer);
}
