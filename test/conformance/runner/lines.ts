import type { Readable } from "node:stream";

/** The lines of a stream. A line ends at U+000A alone: JSON may hold other separators of lines as they are. */
export async function* linesOf(stream: Readable): AsyncGenerator<string, void, void> {
  let rest = "";
  stream.setEncoding("utf8");
  for await (const chunk of stream as AsyncIterable<string>) {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
  }
}

/** One line of JSON in ASCII, which no reader splits or decodes in another way. */
export function lineOf(message: object): string {
  const ascii = JSON.stringify(message).replace(
    /[^\n -~]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
  return `${ascii}\n`;
}
