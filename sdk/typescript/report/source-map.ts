import engine from "backfill:http/engine@0.1.0";

/** A place in a file of the hook's author; line and column are counted from 1. */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** Where a stretch of a generated line comes from; all counted from 0. */
type Segment = readonly [generatedColumn: number, source: number, line: number, column: number];

interface SourceMap {
  /** Null for what is not the hook's. */
  readonly sources: readonly (string | null)[];
  readonly lines: readonly (readonly Segment[])[];
}

let loaded: SourceMap | undefined;

/** Where a place of the bundle comes from, by its source map (ECMA-426); undefined where the map has nothing on it. */
export function originOf(line: number, column: number): Place | undefined {
  loaded ??= load();
  const segment = loaded.lines[line - 1]?.findLast(([start]) => start < column);
  const file = segment === undefined ? undefined : loaded.sources[segment[1]];
  return segment === undefined || file === undefined || file === null
    ? undefined
    : { file, line: segment[2] + 1, column: segment[3] + 1 };
}

function load(): SourceMap {
  const text = engine.sourceMap();
  if (text === "") return { sources: [], lines: [] };
  const { sources, mappings } = JSON.parse(text) as { sources: (string | null)[]; mappings: string };
  return { sources, lines: decode(mappings) };
}

const DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/** Base64 VLQ: six bits a digit, the highest of them says that more follow, the lowest of a number is its sign. */
function decode(mappings: string): Segment[][] {
  const value = new Map(Array.from(DIGITS, (digit, i) => [digit, i]));
  let source = 0;
  let line = 0;
  let column = 0;
  return mappings.split(";").map((group) => {
    let generated = 0;
    return group.split(",").flatMap((text): Segment[] => {
      const numbers: number[] = [];
      let number = 0;
      let shift = 0;
      for (const digit of text) {
        const bits = value.get(digit) ?? 0;
        number |= (bits & 31) << shift;
        shift += 5;
        if (bits >= 32) continue;
        numbers.push(number & 1 ? -(number >>> 1) : number >>> 1);
        number = 0;
        shift = 0;
      }
      const [byColumns = 0, bySources, byLines = 0, bySourceColumns = 0] = numbers;
      generated += byColumns;
      if (bySources === undefined) return [];
      source += bySources;
      line += byLines;
      column += bySourceColumns;
      return [[generated, source, line, column]];
    });
  });
}
