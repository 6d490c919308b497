import { once } from "node:events";
import { HttpFailure } from "../../host/errors.ts";
import { createOutbound } from "../../host/outbound.ts";
import { collectGarbage, takeStock } from "../soak/resources.ts";
import { HOST, openHook, send } from "../support/outbound.ts";

/** What the process is told: where the server is, what to ask of it, and the cap on a body. */
export interface MemoryTask {
  readonly port: number;
  readonly ca: string;
  readonly path: string;
  readonly cap: number;
  /** Whether to look at the memory in every turn of the event loop too: few bytes of a compressed body are many turns' work. */
  readonly everyTurn: boolean;
}

/** How much a call took, in bytes. */
export interface MemoryUse {
  /** A failure's code, or the length of the response's body. */
  readonly end: string | number;
  /** The most that was reachable between two turns of the event loop, above what was before the call. */
  readonly peak: number;
  /** What is reachable after the call, above what was before it, its response not counted. */
  readonly kept: number;
  /** What the process took of the system for such a call without a forced collection. */
  readonly resident: number;
}

/** Looks at the memory, where it is time to. */
let look = (): void => {};

/** Bytes that are reachable now. */
function reachable(): number {
  collectGarbage();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

async function measure({ port, ca, path, cap, everyTurn }: MemoryTask): Promise<MemoryUse> {
  const outbound = createOutbound({
    limits: { responseBodyBytes: cap },
    development: { resolve: [`${HOST}:443:127.0.0.1:${port}`], ca },
  });
  const hook = openHook(outbound);
  const call = (to: string): Promise<string | number> =>
    send(hook, { url: `https://${HOST}/${to}`, timeout: 60_000 }).then(
      ({ bodyLength }) => bodyLength,
      (error: unknown) => (error instanceof HttpFailure ? error.code : String(error)),
    );
  // What is made once has been made: code, tables, a connection.
  for (let i = 0; i < 5; i++) await call("small");

  const most = process.resourceUsage().maxRSS;
  await call(path);
  const resident = (process.resourceUsage().maxRSS - most) * 1024;

  await takeStock();
  const before = reachable();
  let peak = 0;
  look = () => {
    peak = Math.max(peak, reachable() - before);
  };
  const lookAgain = (): void => {
    look();
    turn = setImmediate(lookAgain);
  };
  let turn = everyTurn ? setImmediate(lookAgain) : undefined;
  const end = await call(path);
  clearImmediate(turn);
  await takeStock();
  const kept = reachable() - before;
  await outbound.close();
  return { end, peak, kept, resident };
}

const [task] = (await once(process, "message")) as [MemoryTask];
// The server asks for a look between two pieces, so that none is missed in a turn that reads many.
process.on("message", () => {
  look();
  process.send?.("looked");
});
process.send?.(await measure(task));
process.disconnect?.();
