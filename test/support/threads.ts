/** Names how many worker threads the scenes' runtimes have. */
const VARIABLE = "BACKFILL_TEST_THREADS";

/** Gives every scene that is opened from now on so many worker threads. */
export function setSceneThreads(threads: number): void {
  process.env[VARIABLE] = String(threads);
}

/** What a scene adds to the options of its runtimes. */
export function sceneThreads(): { readonly threads: number } {
  return { threads: Number(process.env[VARIABLE] ?? 0) };
}
