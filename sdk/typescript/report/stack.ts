import { originOf, type Place } from "./source-map.ts";

/** One call of the hook's own code. */
export interface Frame extends Place {
  /** The function, where it has a name. */
  readonly name: string | undefined;
}

// The engine names what it was given as text, as the bundle is, `<input>`. Every other frame is the library's.
const FRAME = /^\s*at (?:(.+) \()?<input>:(\d+):(\d+)\)?$/;

/** The calls of the hook's own code in the stack of an error, the innermost first, at their places in its sources. */
export function framesOf(error: Error): Frame[] {
  return String(error.stack)
    .split("\n")
    .flatMap((text): Frame[] => {
      const [, name, line, column] = FRAME.exec(text) ?? [];
      if (line === undefined || column === undefined) return [];
      const place = originOf(Number(line), Number(column));
      // What esbuild wraps around the hook comes from no source.
      return place === undefined ? [] : [{ ...place, name: name === "<anonymous>" ? undefined : name }];
    });
}

/** Frames as they stand in `Error.stack`. */
export function stackText(frames: readonly Frame[]): string {
  return frames
    .map(({ name, ...place }) =>
      name === undefined ? `    at ${placeText(place)}` : `    at ${name} (${placeText(place)})`,
    )
    .join("\n");
}

/** `file:line:column`, as editors and terminals make it a link. */
export function placeText({ file, line, column }: Place): string {
  return `${file}:${line}:${column}`;
}
