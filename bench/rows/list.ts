/** What is measured, in the order of the document. */
export const ROW_NAMES = [
  "calls",
  "bodies",
  "start",
  "instances",
  "waiting",
  "copies",
  "spin",
  "sizes",
  "json",
] as const;
export type RowName = (typeof ROW_NAMES)[number];
