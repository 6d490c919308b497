import { once } from "node:events";
import { styleText } from "node:util";

/** A colour or weight of text. */
export type Style = Parameters<typeof styleText>[0];

/** Writes to stdout, and waits while its reader is behind. */
export async function print(data: string | Uint8Array): Promise<void> {
  if (!process.stdout.write(data)) await once(process.stdout, "drain");
}

/** Writes one JSON value as one line of stdout. */
export function printJson(value: unknown): Promise<void> {
  return printJsonText(JSON.stringify(value));
}

/** Writes JSON text as one line of stdout. */
export function printJsonText(text: string): Promise<void> {
  return print(`${oneLine(text)}\n`);
}

/** Writes a line for people to stderr. */
export function say(text: string, style: Style): void {
  process.stderr.write(`${paint(style, printable(text))}\n`);
}

/** Writes a line for people to stderr, after a word that says what kind of line it is. */
export function sayAs(kind: "error" | "warning", text: string): void {
  process.stderr.write(`${paint(KIND_STYLES[kind], `${kind}:`)} ${printable(text)}\n`);
}

/** Writes the caller's warnings to stderr. */
export function warn(warnings: readonly string[]): void {
  for (const warning of warnings) sayAs("warning", warning);
}

/** Text in a style where stderr is a terminal that shows it. NO_COLOR is honoured. */
function paint(style: Style, text: string): string {
  return styleText(style, text, { stream: process.stderr });
}

const KIND_STYLES = { error: "red", warning: "yellow" } as const;

/** Control characters and what turns the direction of writing: from a guest or a server they could forge a line. */
const UNPRINTABLE = /(?![\n\t])[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu;

/** Text as a terminal can show it: what would move its cursor is written as an escape. */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, escape);
}

/** Between JSON tokens a line break is white space; and some readers end a line at what JSON allows in a string. */
function oneLine(json: string): string {
  return json.replace(/[\r\n]/g, " ").replace(/[\x85\u2028\u2029]/g, escape);
}

function escape(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
