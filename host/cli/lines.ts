const NEWLINE = 0x0a;

/** Cuts a stream of bytes at its line feeds, in time linear in its length. A last line needs none. */
export async function* linesOf(input: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let pieces: Uint8Array[] = [];
  for await (const chunk of input) {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      pieces.push(chunk.subarray(start, end));
      yield Buffer.concat(pieces);
      pieces = [];
      start = end + 1;
    }
    if (start < chunk.length) pieces.push(chunk.subarray(start));
  }
  if (pieces.length > 0) yield Buffer.concat(pieces);
}

/** A line that is not what it has to be. The message says what, and never quotes the line, which may hold a secret. */
export class LineError extends Error {}

/** The object that a line is, and its text. Throws {@link LineError}. */
export function parseLine(line: Uint8Array): {
  readonly text: string;
  readonly fields: Readonly<Record<string, unknown>>;
} {
  const text = decode(line);
  const value = parse(text);
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new LineError("the line is not a JSON object");
  }
  return { text, fields: value as Record<string, unknown> };
}

function decode(line: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(line);
  } catch {
    throw new LineError("the line is not UTF-8");
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new LineError("the line is not JSON");
  }
}
