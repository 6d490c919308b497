import { log, now, random, secret, sleep } from "./abi/platform";
import { Json } from "./json";

/** Named secrets of the platform. */
@final
export class Secrets {
  /** The secret of this name, or null where the configuration declares none. */
  static get(name: string): string | null {
    return secret(name);
  }
}

/** The hook's log. `fields` is a JSON object: `Json.object().set("status", 503)`. */
@final
export class Log {
  static debug(message: string, fields: Json | null = null): void {
    write(0, message, fields);
  }

  static info(message: string, fields: Json | null = null): void {
    write(1, message, fields);
  }

  static warn(message: string, fields: Json | null = null): void {
    write(2, message, fields);
  }

  static error(message: string, fields: Json | null = null): void {
    write(3, message, fields);
  }
}

function write(level: i32, message: string, fields: Json | null): void {
  log(level, message, fields != null ? fields.stringify() : null);
}

/** Time. `Date.now` does not exist in a sandbox. */
@final
export class Clock {
  /** Whole milliseconds since 1970-01-01T00:00:00Z. */
  static now(): i64 {
    return <i64>now();
  }

  /** Waits. When the event's deadline comes first, the event ends there. */
  static sleep(milliseconds: u32): void {
    sleep(milliseconds);
  }
}

/** Randomness that nobody can predict. */
@final
export class Random {
  /** This many bytes, at most 65536. */
  static bytes(length: i32): Uint8Array {
    const bytes = random(<u32>length);
    const view = new Uint8Array(bytes.length);
    for (let i = 0, n = bytes.length; i < n; ++i) view[i] = bytes[i];
    return view;
  }

  /** A random UUID (RFC 9562, version 4), as an idempotency key wants it. */
  static uuid(): string {
    const bytes = random(16);
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    let text = "";
    for (let i = 0; i < 16; ++i) {
      if (i == 4 || i == 6 || i == 8 || i == 10) text += "-";
      text += (<u32>bytes[i] + 0x100).toString(16).substring(1);
    }
    return text;
  }
}
