import type { Refusal } from "./decision.ts";

/** Each correction mends all faults of one kind, and a text has no more kinds at once. */
const MAX_CORRECTIONS = 10;

/** A text in its corrected spelling, and what was read from it. */
export interface Correction<T> {
  readonly text: string;
  readonly value: T;
}

/** Follows a refusal's suggestions to the first that is not refused; undefined where none leads there. */
export function correct<T extends object>(
  refusal: Refusal,
  read: (text: string) => T | Refusal,
): Correction<T> | undefined {
  let text = refusal.suggestion;
  for (let i = 0; i < MAX_CORRECTIONS && text !== undefined; i += 1) {
    const value = read(text);
    if (!isRefusal(value)) return { text, value };
    text = value.suggestion;
  }
  return undefined;
}

/** Whether a reader's answer is a refusal: nothing else that is read has a reason. */
export function isRefusal<T extends object>(answer: T | Refusal): answer is Refusal {
  return "reason" in answer;
}
