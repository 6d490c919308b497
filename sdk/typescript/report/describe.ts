import { HttpError } from "../error.ts";
import { framesOf, placeText, stackText } from "./stack.ts";

/** What was thrown, for people. */
export interface Description {
  /** What happened, and where in the hook's own files. */
  readonly message: string;
  /** The calls that led there, and the causes; undefined where nothing is known. */
  readonly stack: string | undefined;
}

/** How many causes of causes are told. */
const CAUSES = 5;

export function describe(thrown: unknown): Description {
  if (!(thrown instanceof Error)) return { message: nameOf(thrown), stack: undefined };
  const frames = framesOf(thrown);
  const own = frames.find(({ file }) => !file.includes("node_modules/")) ?? frames[0];
  const message = headline(thrown);
  const stack = [stackText(frames), ...causesOf(thrown)].filter((text) => text !== "").join("\n");
  return {
    message: own === undefined ? message : `${message} (${placeText(own)})`,
    stack: stack === "" ? undefined : stack,
  };
}

/** What an error says: its message, and its name where that tells something. */
export function headline(error: Error): string {
  const { name, message } = error;
  const text = name === "Error" || error instanceof HttpError ? message : `${name}: ${message}`;
  return text + (HINTS.find(([pattern]) => pattern.test(message))?.[1] ?? "");
}

function causesOf(error: Error): string[] {
  const causes: string[] = [];
  for (let { cause } = error; cause !== undefined && causes.length < CAUSES;) {
    if (!(cause instanceof Error)) return [...causes, `[cause]: ${nameOf(cause)}`];
    causes.push(`[cause]: ${headline(cause)}`, stackText(framesOf(cause)));
    ({ cause } = cause);
  }
  return causes;
}

function nameOf(thrown: unknown): string {
  // The engine has nothing else left to throw when its memory is used up.
  if (thrown === null) return "out of memory (or null was thrown)";
  return typeof thrown === "string" ? thrown : `${typeof thrown} was thrown: ${jsonOf(thrown)}`;
}

function jsonOf(value: unknown): string {
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    return String(value);
  }
}

/** What a hook would take from a browser or from Node, and what there is in its place. */
const HINTS: readonly (readonly [pattern: RegExp, hint: string])[] = [
  [/^(fetch|XMLHttpRequest|axios) is not defined/, "; a hook calls services with Http, from @backfill/http/hook"],
  [/^process is not defined/, "; a hook has no environment: use Secrets.get(name)"],
  [/^(require|module|Buffer|__dirname|__filename) is not defined/, "; a hook is no Node program"],
  [/^(window|document|localStorage) is not defined/, "; a hook is no web page"],
];
