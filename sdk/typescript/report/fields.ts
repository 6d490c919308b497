import { headline } from "./describe.ts";
import { framesOf, stackText } from "./stack.ts";

/** The JSON text of what goes to the log. What JSON cannot hold is written as a text, so that no line is lost. */
export function fieldsText(fields: unknown): string {
  // What is being written, from the outermost in: each value, and the object that is written in its place.
  const open: { readonly value: object; readonly plain: object }[] = [];
  try {
    const text = JSON.stringify(fields, function (this: unknown, _name, value: unknown) {
      // `this` is the object that the value is a part of: all that was opened within it is written.
      open.length = open.findIndex(({ plain }) => plain === this) + 1;
      if (typeof value === "bigint" || typeof value === "function" || typeof value === "symbol") return String(value);
      if (typeof value !== "object" || value === null) return value;
      if (open.some((one) => one.value === value)) return "[circular]";
      const plain = plainOf(value);
      open.push({ value, plain });
      return plain;
    });
    return text ?? "null";
  } catch (error) {
    return JSON.stringify({ unwritable: String(error) });
  }
}

function plainOf(value: object): object {
  if (value instanceof Error) {
    const stack = stackText(framesOf(value));
    return { ...value, name: value.name, message: headline(value), stack, cause: value.cause };
  }
  if (value instanceof Map) return Object.fromEntries(value as Map<string, unknown>);
  if (value instanceof Set) return [...value];
  return value;
}
