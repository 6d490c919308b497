import { bytesOf } from "./abi/bytes";
import { Json } from "./json";
import { isWellFormed } from "./json/reader";
import { encodeUtf8 } from "./json/utf8";

/** A request body, encoded. */
@final
export class Body {
  private constructor(
    /** The body as it goes on the wire. */
    public readonly encoded: StaticArray<u8>,
    /** Whether `Content-Type: application/json` belongs to it. */
    public readonly isJson: bool,
  ) {}

  /** Sent as is, as UTF-8. Set Content-Type yourself. */
  static text(text: string): Body {
    return new Body(encodeUtf8(text), false);
  }

  /** Serialised, with `Content-Type: application/json` unless the caller sets one. */
  static json(value: Json): Body {
    return new Body(value.toUtf8(), true);
  }

  /** JSON text as it stands, or null where it is not well-formed. */
  static jsonText(text: string): Body | null {
    const encoded = encodeUtf8(text);
    return isWellFormed(encoded, 0, encoded.length) ? new Body(encoded, true) : null;
  }

  /** Sent as is. */
  static raw(bytes: StaticArray<u8>): Body {
    return new Body(bytes, false);
  }

  /** Sent as is: exactly the bytes that this view shows. */
  static bytes(view: Uint8Array): Body {
    return new Body(bytesOf(view), false);
  }

  /** A string as text, bytes as they are, a `Body` as itself, null as no body, and everything else as JSON. */
  static from<T>(value: T): Body | null {
    if (nameof<T>() == "usize") {
      // The type of a bare `null`.
      return null;
    } else if (isReference<T>()) {
      if (isNullable<T>()) {
        if (value == null) return null;
      }
      if (isString<T>()) return Body.text(value as string);
      if (idof<T>() == idof<Body>()) return value as Body;
      if (idof<T>() == idof<Json>()) return Body.json(value as Json);
      if (idof<T>() == idof<Uint8Array>()) return Body.bytes(value as Uint8Array);
      if (idof<T>() == idof<StaticArray<u8>>()) return Body.raw(value as StaticArray<u8>);
      if (idof<T>() == idof<ArrayBuffer>()) return Body.bytes(Uint8Array.wrap(value as ArrayBuffer));
      return Body.json(Json.from<NonNullable<T>>(value!));
    } else {
      return Body.json(Json.from<T>(value));
    }
  }
}

/** The default of an optional argument of any type. */
export function absent<T>(): T {
  if (isReference<T>()) return null as T;
  else return <T>0;
}
