import type { KeyObject } from "node:crypto";
import { createCipheriv, createDecipheriv, createSecretKey, randomBytes } from "node:crypto";
import { ConfigError } from "../../errors.ts";
import { keyId, STORE_KEY_BYTES } from "./store-keys.ts";
import type { ConnectionKey, ConnectionRecord } from "./token-store.ts";

const ALGORITHM = "aes-256-gcm";
/** NIST SP 800-38D, section 8.2.2: random nonces of 96 bits serve 2^32 writes under one key. */
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
/** What the plaintext and the bound data look like. */
const FORMAT = 1;

/** A record as it is kept. */
export interface EncryptedRecord {
  /** {@link keyId} of its key. */
  readonly keyId: string;
  readonly nonce: Uint8Array;
  /** The authentication tag is its end. */
  readonly ciphertext: Uint8Array;
}

/**
 * Encrypts records with AES-256-GCM, each bound to its connection and its version: none can be read in the place of
 * another, or under another version.
 */
export class RecordCipher {
  /** {@link keyId} of the key that encrypts. */
  readonly keyId: string;
  readonly #key: KeyObject;
  readonly #keys: ReadonlyMap<string, KeyObject>;

  /**
   * @param keys the first encrypts, all decrypt.
   * @throws {ConfigError} for no key, or one of another length than 32 bytes.
   */
  constructor(keys: readonly Uint8Array[]) {
    const [first] = keys;
    if (first === undefined) throw new ConfigError("keys", "none", "one or more; the first encrypts");
    for (const [index, key] of keys.entries()) {
      if (key instanceof Uint8Array && key.length === STORE_KEY_BYTES) continue;
      const got = key instanceof Uint8Array ? `${key.length} bytes` : `a ${typeof key}`;
      throw new ConfigError(`keys[${index}]`, got, `a Uint8Array of ${STORE_KEY_BYTES} random bytes`);
    }
    this.#keys = new Map(keys.map((key) => [keyId(key), createSecretKey(key)]));
    this.keyId = keyId(first);
    this.#key = createSecretKey(first);
  }

  /** Whether it has the key of that id. */
  knows(id: string): boolean {
    return this.#keys.has(id);
  }

  encrypt(key: ConnectionKey, version: number, record: ConnectionRecord): EncryptedRecord {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv(ALGORITHM, this.#key, nonce, { authTagLength: TAG_BYTES });
    cipher.setAAD(boundData(key, version));
    const ciphertext = [cipher.update(JSON.stringify(record), "utf8"), cipher.final(), cipher.getAuthTag()];
    return { keyId: this.keyId, nonce, ciphertext: Buffer.concat(ciphertext) };
  }

  /** Undefined where its key is not known, or where anything is not as it was encrypted. */
  decrypt(key: ConnectionKey, version: number, encrypted: EncryptedRecord): ConnectionRecord | undefined {
    const secret = this.#keys.get(encrypted.keyId);
    if (secret === undefined) return undefined;
    const { nonce, ciphertext } = encrypted;
    const end = Math.max(0, ciphertext.length - TAG_BYTES);
    try {
      const decipher = createDecipheriv(ALGORITHM, secret, nonce, { authTagLength: TAG_BYTES });
      decipher.setAAD(boundData(key, version));
      decipher.setAuthTag(ciphertext.subarray(end));
      return parseRecord(Buffer.concat([decipher.update(ciphertext.subarray(0, end)), decipher.final()]));
    } catch {
      // What went wrong is told to nobody: it may hold a part of the record.
      return undefined;
    }
  }
}

function boundData({ connector, connection }: ConnectionKey, version: number): Uint8Array {
  return Buffer.from(JSON.stringify([FORMAT, connector, connection, version]));
}

/** JSON has no undefined: what has no value is left out there, and put back here. */
function parseRecord(json: Buffer): ConnectionRecord {
  const { grant, connectedAt, tokens, refresh, reauth } = JSON.parse(json.toString()) as ConnectionRecord;
  if (tokens === undefined) return { grant, connectedAt, tokens, refresh, reauth };
  const { accessToken, refreshToken, obtainedAt, expiresAt, scope } = tokens;
  return { grant, connectedAt, tokens: { accessToken, refreshToken, obtainedAt, expiresAt, scope }, refresh, reauth };
}
