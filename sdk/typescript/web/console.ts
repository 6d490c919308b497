import { Log } from "../log.ts";
import { describe } from "../report/describe.ts";
import { fieldsText } from "../report/fields.ts";

type Print = (...values: unknown[]) => void;

/** `console`, which writes to the hook's log. */
export const console: Readonly<Record<"debug" | "trace" | "log" | "info" | "dir" | "warn" | "error", Print>> & {
  assert(condition: unknown, ...values: unknown[]): void;
} = {
  debug: (...values) => Log.debug(textOf(values)),
  trace: (...values) => Log.debug(textOf(values)),
  log: (...values) => Log.info(textOf(values)),
  info: (...values) => Log.info(textOf(values)),
  dir: (value) => Log.info(textOf([value])),
  warn: (...values) => Log.warn(textOf(values)),
  error: (...values) => Log.error(textOf(values)),
  assert: (condition, ...values) => {
    if (!condition) Log.error(["Assertion failed", textOf(values)].filter((text) => text !== "").join(": "));
  },
};

/** The values as one text; the first may say where the others stand in it (Console Standard, section 2.2.1). */
function textOf(values: readonly unknown[]): string {
  const [first, ...rest] = values;
  if (typeof first !== "string") return values.map(shown).join(" ");
  const text = first.replace(/%[sdifoOjc%]/g, (place) => {
    if (place === "%%") return "%";
    if (rest.length === 0) return place;
    const value = rest.shift();
    if (place === "%c") return "";
    if (place === "%d" || place === "%i") return String(Math.trunc(Number(value)));
    if (place === "%f") return String(Number(value));
    return place === "%s" ? shown(value) : fieldsText(value);
  });
  return [text, ...rest.map(shown)].join(" ");
}

function shown(value: unknown): string {
  if (value instanceof Error) {
    const { message, stack } = describe(value);
    return stack === undefined ? message : `${message}\n${stack}`;
  }
  if (typeof value === "object" && value !== null) return fieldsText(value);
  return typeof value === "function" ? `[function ${value.name}]` : String(value);
}
