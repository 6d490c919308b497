import { isRefusal } from "../policy/correction.ts";
import { DROPPED_AFTER_DECODING } from "../policy/headers.ts";
import { canonicaliseUrl } from "../policy/url.ts";
import type { AnswerContent } from "./answers.ts";
import { readHar, type RecordedEntry } from "./har-file.ts";
import type { Redactor } from "./redact.ts";
import { listing, unscripted, type Answers, type SentRequest } from "./script.ts";

/** A recording to answer from. */
export class Replay {
  readonly #entries: readonly RecordedEntry[];

  /** @internal */
  constructor(entries: readonly RecordedEntry[]) {
    this.#entries = entries;
  }

  /**
   * From its beginning.
   *
   * @internal
   */
  answers(redactor: Redactor): Answers {
    return new ReplayedAnswers(this.#entries, redactor);
  }
}

/**
 * Reads a HAR 1.2 recording, as `backfill call --record` and browsers' developer tools write it. Requests are answered
 * by method and URL, those of one URL in the order they were recorded in. Throws `BackfillError`.
 */
export async function replay(harFile: string | URL): Promise<Replay> {
  return new Replay(await readHar(harFile));
}

interface Recorded {
  /** Method and URL, without secrets. */
  readonly asked: string;
  readonly entry: RecordedEntry;
  used: boolean;
}

class ReplayedAnswers implements Answers {
  readonly #recorded: readonly Recorded[];

  constructor(entries: readonly RecordedEntry[], redactor: Redactor) {
    this.#recorded = entries.map((entry) => ({ asked: askedOf(entry, redactor), entry, used: false }));
  }

  find(_request: SentRequest, redacted: SentRequest): AnswerContent {
    const { method, url } = redacted;
    const same = this.#recorded.filter(({ asked }) => asked === `${method} ${url}`);
    const next = same.find(({ used }) => !used);
    if (next !== undefined) {
      next.used = true;
      return contentOf(next.entry);
    }
    if (same.length > 0) throw unscripted(redacted, `it was recorded ${times(same.length)}, and asked for once more.`);
    throw unscripted(redacted, this.#nearest(`${method} ${url}`));
  }

  get unused(): readonly string[] {
    return this.#recorded.filter(({ used }) => !used).map(({ asked }) => asked);
  }

  #nearest(asked: string): string {
    const [nearest] = this.#recorded.toSorted((a, b) => alike(b.asked, asked) - alike(a.asked, asked));
    if (nearest === undefined) return "the recording is empty.";
    return listing("it is not in the recording. The nearest that is:", [nearest.asked]);
  }
}

/** As the policy writes the URL, and as a recording of this package's own has it. */
function askedOf({ request: { method, url } }: RecordedEntry, redactor: Redactor): string {
  const canonical = canonicaliseUrl(url);
  return `${method} ${redactor.url(isRefusal(canonical) ? url : canonical.href)}`;
}

function contentOf({ response, _error }: RecordedEntry): AnswerContent {
  if (_error !== undefined) return { failure: _error };
  const { status, content } = response;
  if (status === 0) {
    const message = "The call got no response when it was recorded.";
    return { failure: { code: "connection-error", phase: "headers", message } };
  }
  const bytes = Buffer.from(content.text ?? "", content.encoding === "base64" ? "base64" : "utf8");
  const headers = headersOf(response.headers);
  const hasBody = bytes.length > 0 && status !== 204 && status !== 304;
  return hasBody ? { status, headers, bytes } : { status, headers };
}

/** A body is recorded decoded: what spoke of its coding would be wrong of it. */
function headersOf(fields: RecordedEntry["response"]["headers"]): Record<string, string[]> {
  const isCoded = fields.some(({ name }) => name.toLowerCase() === "content-encoding");
  const headers = new Map<string, string[]>();
  for (const { name, value } of fields) {
    const lower = name.toLowerCase();
    // Pseudo-fields of HTTP/2 (RFC 9113, section 8.3), and the framing of another connection.
    if (lower.startsWith(":") || lower === "transfer-encoding") continue;
    if (isCoded && DROPPED_AFTER_DECODING.has(lower)) continue;
    // Some developer tools write several fields of one name as lines of one.
    headers.set(lower, [...(headers.get(lower) ?? []), ...value.split("\n")]);
  }
  return Object.fromEntries(headers);
}

/** Characters that two texts begin alike with. */
function alike(a: string, b: string): number {
  let length = 0;
  while (length < a.length && a[length] === b[length]) length += 1;
  return length;
}

function times(count: number): string {
  return count === 1 ? "once" : `${count} times`;
}
