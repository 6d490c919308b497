import clock from "backfill:http/clock@0.1.0";
import random from "backfill:http/random@0.1.0";
import secrets from "backfill:http/secrets@0.1.0";

/** Named secrets of the platform. */
export const Secrets: {
  /** The secret of this name, or null where the configuration declares none. */
  get(name: string): string | null;
} = {
  get: (name) => secrets.get(String(name).toWellFormed()),
};

const LONGEST = 0xffffffff;

/** Time. */
export const Clock: {
  /** Whole milliseconds since 1970-01-01T00:00:00Z, as `Date.now()` gives them. */
  now(): number;
  /** Waits. When the event's deadline comes first, the event ends there. */
  sleep(milliseconds: number): void;
} = {
  now: () => clock.now(),
  sleep: (milliseconds) => {
    if (typeof milliseconds !== "number" || !(milliseconds >= 0)) {
      throw new RangeError(`Clock.sleep(${String(milliseconds)}): milliseconds must be 0 or more`);
    }
    clock.sleep(Math.min(Math.ceil(milliseconds), LONGEST));
  },
};

/** The most bytes at once. */
export const RANDOM_LIMIT = 65_536;

/** Randomness that nobody can predict. */
export const Random: {
  /** This many bytes, at most 65536. */
  bytes(length: number): Uint8Array;
  /** A random UUID (RFC 9562, version 4), as an idempotency key wants it. */
  uuid(): string;
} = {
  bytes: (length) => {
    if (Number.isInteger(length) && length >= 0 && length <= RANDOM_LIMIT) return random.bytes(length);
    throw new RangeError(`Random.bytes(${String(length)}): a whole number of 0 to ${RANDOM_LIMIT} at once`);
  },
  uuid: () => {
    const bytes = random.bytes(16);
    bytes[6] = ((bytes[6] as number) & 0x0f) | 0x40;
    bytes[8] = ((bytes[8] as number) & 0x3f) | 0x80;
    const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
  },
};
