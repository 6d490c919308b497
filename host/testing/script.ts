import { setTimeout as pause } from "node:timers/promises";
import { BackfillError, HttpFailure } from "../errors.ts";
import type { Method } from "../message.ts";
import type { AnswerRequest } from "../transport/scripted.ts";
import type { OutgoingRequest } from "../transport/outgoing.ts";
import { checkContent, responseOf, type AnswerContent } from "./answers.ts";
import type { Redactor } from "./redact.ts";

/** A request as it would have left. */
export interface SentRequest {
  readonly method: Method;
  readonly url: string;
  /** By lower-case names; several of one name are joined by a comma. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array | undefined;
  /** The body as UTF-8; empty where there is none. */
  readonly text: string;
}

/** Knows what a request is answered with. */
export interface Answers {
  /**
   * The answer to a request, which is then used up.
   *
   * @param redacted - The same request without secrets, for messages and comparisons.
   * @throws BackfillError made by {@link unscripted} where there is none.
   */
  find(request: SentRequest, redacted: SentRequest): AnswerContent | Promise<AnswerContent>;
  /** The answers that nothing has asked for, for people. */
  readonly unused: readonly string[];
}

/** Answers a runtime's requests, and keeps what was asked. */
export class Script {
  /** What was asked, in order, with its secrets redacted. */
  readonly requests: SentRequest[] = [];
  /** What makes the test fail, whatever the hook did with its failed calls. */
  readonly #faults: unknown[] = [];
  readonly #answers: Answers;
  readonly #redactor: Redactor;

  constructor(answers: Answers, redactor: Redactor) {
    this.#answers = answers;
    this.#redactor = redactor;
  }

  readonly answer: AnswerRequest = async (outgoing) => {
    const content = await this.#find(outgoing);
    // The call's own deadline keeps the process for as long as anybody waits.
    if (content.delay !== undefined) await pause(content.delay, undefined, { ref: false });
    return responseOf(content);
  };

  get unused(): readonly string[] {
    return this.#answers.unused;
  }

  /** Does the work. Throws what went wrong with its script before what the work itself throws. */
  async during<T>(work: () => Promise<T>): Promise<T> {
    const before = this.#faults.length;
    const check = (): void => {
      if (this.#faults.length > before) throw this.#faults[before];
    };
    const result = await work().catch((error: unknown) => {
      check();
      throw error;
    });
    check();
    return result;
  }

  async #find(outgoing: OutgoingRequest): Promise<AnswerContent> {
    const request = sentRequest(outgoing);
    const redacted = redactedRequest(request, this.#redactor);
    this.requests.push(redacted);
    try {
      const content = await this.#answers.find(request, redacted);
      checkContent(content, "answer");
      return content;
    } catch (error) {
      this.#faults.push(error);
      throw new HttpFailure({
        code: "other",
        phase: "headers",
        message: error instanceof BackfillError ? error.message : "The test's own answer to the request failed.",
        cause: error,
      });
    }
  }
}

/** Says that a request has no answer. */
export function unscripted({ method, url }: SentRequest, rest: string): BackfillError {
  return new BackfillError("BACKFILL_UNSCRIPTED", `${method} ${url} has no answer: ${rest}`);
}

/** Several lines under a heading, for messages. */
export function listing(heading: string, lines: readonly string[]): string {
  return [heading, ...(lines.length === 0 ? ["nothing"] : lines)].join("\n  ");
}

function sentRequest({ method, target, headers, body }: OutgoingRequest): SentRequest {
  const fields = new Map<string, string>();
  for (let i = 0; i < headers.length; i += 2) {
    const name = (headers[i] ?? "").toLowerCase();
    const value = headers[i + 1] ?? "";
    const before = fields.get(name);
    fields.set(name, before === undefined ? value : `${before}, ${value}`);
  }
  return requestOf(method, target.origin + target.requestTarget, fields, body);
}

function redactedRequest({ method, url, headers, body }: SentRequest, redactor: Redactor): SentRequest {
  redactor.learnFields(Object.entries(headers).flat());
  const fields = Object.entries(headers).map(([name, value]) => [name, redactor.header(name, value)] as const);
  return requestOf(method, redactor.url(url), fields, body && redactor.body(body, headers["content-type"] ?? ""));
}

/** The body is copied: the hook's own memory may change. */
function requestOf(
  method: Method,
  url: string,
  fields: Iterable<readonly [string, string]>,
  body: Uint8Array | undefined,
): SentRequest {
  const copy = body && Uint8Array.from(body);
  return { method, url, headers: Object.fromEntries(fields), body: copy, text: new TextDecoder().decode(copy) };
}
