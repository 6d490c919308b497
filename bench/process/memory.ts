import { readFileSync, writeFileSync } from "node:fs";

/** Bytes of this process after a full collection. */
export async function settledRss(): Promise<number> {
  // Freed buffers and sockets go with the collection after the one that finds them.
  for (let i = 0; i < 4; i++) {
    globalThis.gc?.();
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return process.memoryUsage.rss();
}

/** How far memory rises above where it was while this runs, in bytes. */
export async function peakOver(work: () => Promise<unknown>): Promise<number> {
  const before = await settledRss();
  const isReset = resetPeak();
  await work();
  return (isReset ? peakOfStatus() : process.resourceUsage().maxRSS * 1024) - before;
}

/** Linux keeps the peak in a file that can be reset; elsewhere it is that of the whole life of the process. */
function resetPeak(): boolean {
  try {
    writeFileSync("/proc/self/clear_refs", "5");
    return true;
  } catch {
    return false;
  }
}

function peakOfStatus(): number {
  const kilobytes = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1];
  return Number(kilobytes) * 1024;
}
