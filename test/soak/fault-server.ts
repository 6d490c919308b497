import { fork } from "node:child_process";
import { once } from "node:events";

/** The host whose connections a server spoils after a good answer. */
export const SPOILED_HOST = "spoiled.example.com";

/** What an outbound needs to reach the servers. */
export interface Bearings {
  readonly ca: string;
  /** As `development.resolve` takes it. */
  readonly resolve: readonly string[];
  readonly dnsServers: readonly string[];
}

/** The servers of every fault, in a process of their own. */
export interface FaultServer extends Bearings {
  /** Connections open now. */
  countOpen(): Promise<number>;
  close(): Promise<void>;
}

export async function startFaultServer(): Promise<FaultServer> {
  const child = fork(new URL("server.ts", import.meta.url), { execArgv: [] });
  const exited = once(child, "exit");
  const next = async (): Promise<unknown> => {
    const [message] = (await Promise.race([once(child, "message"), exited.then(stopped)])) as [unknown];
    return message;
  };
  const bearings = (await next()) as Bearings;
  return {
    ...bearings,
    async countOpen() {
      const answer = next();
      child.send("count");
      return (await answer) as number;
    },
    async close() {
      child.disconnect();
      await exited;
    },
  };
}

function stopped(): never {
  throw new Error("the fault server stopped; its message is above");
}
