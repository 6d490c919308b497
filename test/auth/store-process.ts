import { fork } from "node:child_process";
import { once } from "node:events";
import { onTestFinished } from "vitest";
import type { StoreCalls } from "./store-process-main.ts";

/** A process that opens a store of its own. It ends with the test. */
export interface StoreProcess extends StoreCalls {
  /** Ends it as a crash does, and resolves when it has gone. */
  kill(): Promise<void>;
}

/** What a process says to a call. */
export type StoreReply = { readonly value: unknown } | { readonly error: string };

/** Starts a process, as another user where a user's id is given. */
export async function startStoreProcess(uid?: number): Promise<StoreProcess> {
  const child = fork(new URL("store-process-main.ts", import.meta.url), {
    execArgv: [],
    serialization: "advanced",
    ...(uid === undefined ? {} : { uid }),
  });
  const gone = once(child, "exit");
  const kill = async (): Promise<void> => {
    child.kill("SIGKILL");
    await gone;
  };
  onTestFinished(kill);
  await once(child, "message");

  function named(name: keyof StoreCalls) {
    return async (...args: unknown[]): Promise<unknown> => {
      const answered = once(child, "message") as Promise<[StoreReply]>;
      child.send([name, ...args]);
      const [reply] = await Promise.race([answered, gone.then(() => [{ error: "the process ended" }])]);
      if (reply !== undefined && "value" in reply) return reply.value;
      throw new Error(reply?.error);
    };
  }
  return {
    kill,
    open: named("open"),
    read: named("read"),
    write: named("write"),
    isAlive: named("isAlive"),
    close: named("close"),
    count: named("count"),
    writeAndDie: named("writeAndDie"),
  } as StoreProcess;
}
