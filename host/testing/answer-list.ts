import { ConfigError } from "../errors.ts";
import { METHODS, type Method } from "../message.ts";
import { Allowlist, type AllowlistOptions } from "../policy/allowlist.ts";
import { isRefusal } from "../policy/correction.ts";
import { canonicaliseUrl } from "../policy/url.ts";
import { checkContent, type AnswerContent } from "./answers.ts";
import { listing, unscripted, type Answers, type SentRequest } from "./script.ts";

/** An answer, and the requests it is for. */
export interface Answer extends AnswerContent {
  /** Default: any. */
  readonly method?: Method;
  /**
   * As an entry of `permissions.http`, `https://api.example.com/v1/*`, whatever the query is; or with a query, and then
   * exactly this URL. What is secret in a query may be written as `REDACTED`.
   */
  readonly url: string;
  /** How often it is given; `Infinity` for any number. Default 1. */
  readonly times?: number;
}

interface Scripted {
  readonly answer: Answer;
  /** For people. */
  readonly shown: string;
  matches(url: string): boolean;
  given: number;
}

/** A list of answers: a request gets the first that is for it and that is not used up. */
export class AnswerList implements Answers {
  readonly #list: readonly Scripted[];

  /** @throws ConfigError */
  constructor(answers: readonly Answer[], options: AllowlistOptions) {
    this.#list = answers.map((answer, i) => scripted(answer, `answers[${i}]`, options));
  }

  find(request: SentRequest, redacted: SentRequest): AnswerContent {
    const meant = this.#list.filter(
      ({ answer: { method = request.method }, matches }) =>
        method === request.method && (matches(request.url) || matches(redacted.url)),
    );
    const next = meant.find(isLeft);
    if (next !== undefined) {
      next.given += 1;
      const { method: _method, url: _url, times: _times, ...content } = next.answer;
      return content;
    }
    const why = meant.length === 0 ? "no answer is for it." : "the answers for it are used up.";
    throw unscripted(redacted, listing(`${why} The script has:`, this.#list.map(describe)));
  }

  get unused(): readonly string[] {
    return this.#list
      .filter(({ answer: { times = 1 }, given }) => given < (times === Infinity ? 1 : times))
      .map(describe);
  }
}

function scripted(answer: Answer, place: string, options: AllowlistOptions): Scripted {
  checkContent(answer, place, ["method", "url", "times"]);
  const { method, url, times = 1 } = answer;
  if (method !== undefined && !METHODS.includes(method)) {
    throw new ConfigError(`${place}.method`, String(method), `one of ${METHODS.join(", ")}`);
  }
  if (!(times === Infinity || (Number.isInteger(times) && times >= 1))) {
    throw new ConfigError(`${place}.times`, String(times), "a whole number from 1, or Infinity");
  }
  if (typeof url !== "string") throw new ConfigError(`${place}.url`, typeof url, "a URL, or a pattern of URLs");
  return { answer, shown: `${method ?? "any method"} ${url}`, matches: matcherOf(url, place, options), given: 0 };
}

function matcherOf(url: string, place: string, options: AllowlistOptions): (url: string) => boolean {
  if (url.includes("?")) {
    const canonical = canonicaliseUrl(url);
    if (isRefusal(canonical)) throw new ConfigError(`${place}.url`, "a URL that is refused", canonical.reason);
    return (asked) => asked === canonical.href;
  }
  const entry = entryOf(url, place, options);
  return (asked) => entry.check(asked).allowed;
}

function entryOf(url: string, place: string, options: AllowlistOptions): Allowlist {
  try {
    return Allowlist.compile([url], options);
  } catch (error) {
    if (error instanceof ConfigError) error.message = error.message.replace("permissions.http[0]", `${place}.url`);
    throw error;
  }
}

function isLeft({ answer: { times = 1 }, given }: Scripted): boolean {
  return given < times;
}

function describe({ answer: { times = 1 }, shown, given }: Scripted): string {
  return `${shown} (given ${given} of ${times === Infinity ? "any number of" : times} times)`;
}
