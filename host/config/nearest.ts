/** The word that this one is most likely a slip of, or undefined where none is near. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  const allowance = Math.max(1, Math.floor(word.length / 3));
  const candidates = known
    .map((name) => ({ name, distance: distance(word.toLowerCase(), name.toLowerCase(), allowance) }))
    .filter((candidate) => candidate.distance <= allowance);
  return candidates.toSorted((a, b) => a.distance - b.distance)[0]?.name;
}

/** Insertions, deletions, replacements and swaps of neighbours from one word to the other. */
function distance(from: string, to: string, allowance: number): number {
  if (Math.abs(from.length - to.length) > allowance) return Infinity;
  let before: number[] = [];
  let row = Array.from({ length: to.length + 1 }, (_, i) => i);
  for (let i = 1; i <= from.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= to.length; j += 1) {
      const same = from[i - 1] === to[j - 1] ? 0 : 1;
      const swapped = from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1];
      next[j] = Math.min(
        at(row, j) + 1,
        at(next, j - 1) + 1,
        at(row, j - 1) + same,
        swapped ? at(before, j - 2) + 1 : Infinity,
      );
    }
    before = row;
    row = next;
  }
  return at(row, to.length);
}

function at(row: readonly number[], index: number): number {
  return row[index] ?? Infinity;
}
