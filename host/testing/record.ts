import { randomUUID } from "node:crypto";
import { access, constants, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { member } from "../config/path.ts";
import type { ResolvedSecrets } from "../config/secrets.ts";
import { ConfigError, unwritable } from "../errors.ts";
import { packageVersion } from "../package-root.ts";
import type { ExchangeRecord } from "../transport/outgoing.ts";
import type { Har } from "./har.ts";
import { entryOf } from "./har-entry.ts";
import { MIN_REDACTED_BYTES, Redactor } from "./redact.ts";

/** The exchanges of hooks, on their way into a HAR file. */
export class Recording {
  readonly #exchanges: ExchangeRecord[] = [];
  readonly #redactor: Redactor;

  /** @throws ConfigError for a secret too short to be found in what is recorded. */
  constructor(secrets: ResolvedSecrets) {
    for (const [name, value] of secrets.plain) {
      const bytes = Buffer.byteLength(value);
      if (bytes === 0 || bytes >= MIN_REDACTED_BYTES) continue;
      throw new ConfigError(
        member("secrets", name),
        `a value of ${bytes} bytes`,
        `${MIN_REDACTED_BYTES} or more: a recording cannot be kept free of a shorter one`,
      );
    }
    this.#redactor = Redactor.of(secrets);
  }

  get length(): number {
    return this.#exchanges.length;
  }

  readonly add = (record: ExchangeRecord): void => {
    const { request, response } = record;
    this.#redactor.learnFields(request.headers);
    this.#exchanges.push({
      ...record,
      request: { ...request, body: request.body && Uint8Array.from(request.body) },
      response: response && { ...response, body: [Buffer.concat(response.body)], release: undefined },
    });
  };

  /** All of it, without secrets. A credential of one exchange is taken out of every other too. */
  har(): Har {
    const inOrder = this.#exchanges.toSorted((a, b) => a.started - b.started);
    return {
      log: {
        version: "1.2",
        creator: { name: "backfill", version: packageVersion() },
        entries: inOrder.map((record) => entryOf(record, this.#redactor)),
      },
    };
  }

  /** Writes a file that its owner alone may read, in place of one that is there. Throws `BackfillError`. */
  async write(file: string): Promise<void> {
    const unfinished = `${file}.${randomUUID()}`;
    try {
      await writeFile(unfinished, `${JSON.stringify(this.har(), undefined, 2)}\n`, { mode: 0o600, flag: "wx" });
      await rename(unfinished, file);
    } catch (cause) {
      await rm(unfinished, { force: true });
      throw unwritable(file, cause);
    }
  }
}

/** Finds out before a call is made whether its recording can be written. Throws `BackfillError`. */
export async function checkWritable(file: string): Promise<void> {
  try {
    await access(dirname(file), constants.W_OK);
  } catch (cause) {
    throw unwritable(file, cause);
  }
  const there = await stat(file).catch(() => undefined);
  if (there !== undefined && !there.isFile()) throw unwritable(file, { code: "not a file" });
}
