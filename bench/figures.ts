import type { PeerName } from "./peers/list.ts";

/** One line of the table. */
export interface Measure {
  /** Names it in the raw figures. */
  readonly key: string;
  readonly title: string;
  /** Writes a value for people. */
  readonly write: (value: number) => string;
}

/** What one peer came to in one measure. */
export interface Figure {
  readonly value: number;
  /** The value by that of undici in the blocks beside it, where it has such. */
  readonly share?: number;
}

/** Every figure of a run, and what there is to say about those that are missing. */
export class Figures {
  readonly measures: Measure[] = [];
  readonly notes: string[] = [];
  readonly #values: Map<string, Map<PeerName, Figure>> = new Map();

  set(measure: Measure, peer: PeerName, figure: Figure): void {
    let row = this.#values.get(measure.key);
    if (row === undefined) {
      row = new Map();
      this.#values.set(measure.key, row);
      this.measures.push(measure);
    }
    row.set(peer, figure);
  }

  get(key: string, peer: PeerName): Figure | undefined {
    return this.#values.get(key)?.get(peer);
  }

  note(text: string): void {
    if (!this.notes.includes(text)) this.notes.push(text);
  }

  toJSON(): Record<string, Partial<Record<PeerName, Figure>>> {
    return Object.fromEntries(this.measures.map(({ key }) => [key, Object.fromEntries(this.#values.get(key) ?? [])]));
  }
}

export const whole = (value: number): string => value.toLocaleString("en", { maximumFractionDigits: 0 });
export const oneDigit = (value: number): string => value.toFixed(1);
export const twoDigits = (value: number): string => value.toFixed(2);
export const signed = (value: number): string => `${value < 0 ? "−" : "+"}${whole(Math.abs(value))}`;
