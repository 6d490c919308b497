import { fileURLToPath } from "node:url";
import type { ChildProcess } from "node:child_process";
import { fork } from "node:child_process";
import { once } from "node:events";
import type { AuthorizationServer, Grant, TokenRequest } from "./authorization-server.ts";
import { startAuthorizationServer } from "./authorization-server.ts";
import type { FaultName } from "./token-faults.ts";
import { faultOf } from "./token-faults.ts";

/** What another process is told of the server. */
type Address = Pick<AuthorizationServer, "issuer" | "port" | "ca" | "resolve">;

/** What another process may ask of it. */
interface Questions {
  tokenRequests(): Promise<readonly TokenRequest[]>;
  grant(clientId: string, scopes?: readonly string[]): Promise<Grant>;
  isActive(accessToken: string): Promise<boolean>;
  setAccessTokenSeconds(seconds: number): Promise<void>;
  /** Releases what the fault before held. Undefined for none. */
  setFault(fault: FaultName | undefined): Promise<void>;
}

/** An authorization server in a process of its own. */
export interface AuthorizationServerProcess extends Address, Questions {
  close(): Promise<void>;
}

interface Question {
  readonly id: number;
  readonly name: keyof Questions;
  readonly parameters: readonly unknown[];
}

interface Answer {
  readonly id: number;
  readonly value: unknown;
  readonly error: string | undefined;
}

/** Starts this file as a process, and asks it. */
export async function startAuthorizationServerProcess(): Promise<AuthorizationServerProcess> {
  const child = fork(fileURLToPath(import.meta.url), {
    execArgv: [],
    stdio: ["ignore", "ignore", "inherit", "ipc"],
    serialization: "advanced",
  });
  const [address] = (await once(child, "message")) as [Address];
  const ask = questionsTo(child);
  return {
    ...address,
    tokenRequests: () => ask("tokenRequests"),
    grant: (...parameters) => ask("grant", ...parameters),
    isActive: (...parameters) => ask("isActive", ...parameters),
    setAccessTokenSeconds: (...parameters) => ask("setAccessTokenSeconds", ...parameters),
    setFault: (...parameters) => ask("setFault", ...parameters),
    async close() {
      child.disconnect();
      await once(child, "exit");
    },
  };
}

type Ask = <Name extends keyof Questions>(
  name: Name,
  ...parameters: Parameters<Questions[Name]>
) => ReturnType<Questions[Name]>;

function questionsTo(child: ChildProcess): Ask {
  const waiting = new Map<number, (answer: Answer) => void>();
  let asked = 0;
  child.on("message", (answer: Answer) => {
    waiting.get(answer.id)?.(answer);
    waiting.delete(answer.id);
  });
  const ask = (name: keyof Questions, ...parameters: readonly unknown[]): Promise<unknown> => {
    const id = asked++;
    child.send({ id, name, parameters } satisfies Question);
    return new Promise((resolve, reject) => {
      waiting.set(id, ({ value, error }) => (error === undefined ? resolve(value) : reject(new Error(error))));
    });
  };
  return ask as Ask;
}

async function serve(): Promise<void> {
  const server = await startAuthorizationServer();
  let release = (): void => {};
  const questions: Questions = {
    tokenRequests: async () => server.tokenRequests,
    grant: server.grant,
    isActive: server.isActive,
    async setAccessTokenSeconds(seconds) {
      server.accessTokenSeconds = seconds;
    },
    async setFault(fault) {
      release();
      const released = new Promise<void>((resolve) => {
        release = resolve;
      });
      server.fault = fault === undefined ? undefined : faultOf(fault, released);
    },
  };
  const { issuer, port, ca, resolve } = server;
  const address: Address = { issuer, port, ca, resolve };
  console.log(JSON.stringify(address));
  process.on("message", (question: Question) => void answer(questions, question));
  process.on("disconnect", () => process.exit());
  process.send?.(address);
}

async function answer(questions: Questions, { id, name, parameters }: Question): Promise<void> {
  const work = questions[name] as (...parameters: readonly unknown[]) => Promise<unknown>;
  const { value, error } = await work(...parameters).then(
    (value) => ({ value, error: undefined }),
    (error: unknown) => ({ value: undefined, error: String(error) }),
  );
  process.send?.({ id, value, error } satisfies Answer);
}

if (import.meta.main) await serve();
