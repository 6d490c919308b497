import { createHash, timingSafeEqual } from "node:crypto";

/** A key that callers show as a bearer token (RFC 6750). Held as a digest, and compared in constant time. */
export class ServeKey {
  readonly #digest: Buffer;

  constructor(key: string) {
    this.#digest = digest(key);
  }

  /** Whether this Authorization field shows the key. */
  opens(authorization: string | undefined): boolean {
    const [, shown] = /^Bearer +([^ ]+) *$/i.exec(authorization ?? "") ?? [];
    return shown !== undefined && timingSafeEqual(digest(shown), this.#digest);
  }
}

function digest(key: string): Buffer {
  return createHash("sha256").update(key).digest();
}
