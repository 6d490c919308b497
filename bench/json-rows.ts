/** What is measured of JSON, in words. */
export const PARSE_AND_SUM = "parse and sum";

/** One row that `bench/json/index.ts` gives through `jsonRows({ smoke })`. */
export interface JsonRow {
  /** The library and what it does. */
  readonly name: string;
  /** The document, as `100 KB`. */
  readonly document: string;
  readonly megabytesPerSecond: number;
  /** Its speed by that of V8's `JSON.parse` and the same work, in the rounds beside it. */
  readonly share: number;
  /** Whether the targets speak of it: this package's own library, {@link PARSE_AND_SUM}. */
  readonly isTarget: boolean;
}
