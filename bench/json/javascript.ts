import type { Item } from "./document.ts";

/** Parses and sums the numbers that the guests sum. */
export function sum(text: string): number {
  const { items } = JSON.parse(text) as { items: readonly Item[] };
  let total = 0;
  for (const { id, price, quantity, location } of items) total += id + price + quantity + location.lat + location.lon;
  return total;
}

/** Parses and visits everything: every name, string, number and element. The guests come to the same total. */
export function walk(text: string): number {
  return visit(JSON.parse(text));
}

function visit(value: unknown): number {
  if (typeof value === "string") return ofText(value);
  if (typeof value === "number") return value;
  if (typeof value === "boolean") return value ? 1 : 2;
  if (value === null) return 3;
  let total = 0;
  if (Array.isArray(value)) {
    for (const element of value) total += visit(element);
  } else {
    const object = value as Record<string, unknown>;
    for (const name of Object.keys(object)) total += ofText(name) + visit(object[name]);
  }
  return total;
}

function ofText(text: string): number {
  return text.length === 0 ? 0 : text.length + text.charCodeAt(text.length - 1);
}
