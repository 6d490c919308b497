import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { type AddressInfo, isIP, type Socket } from "node:net";
import { BackfillError } from "../errors.ts";
import type { Hook } from "../runtime/runtime.ts";
import { Admission, type AdmissionLimits } from "./admission.ts";
import type { ServeKey } from "./key.ts";
import { METRICS_TYPE, type Metrics } from "./metrics.ts";
import { Problem, problemOf } from "./problem.ts";

/** What a {@link HookServer} is made with. */
export interface HookServerOptions {
  /** The routes' hooks, by the name in `/hooks/<name>`. */
  readonly hooks: ReadonlyMap<string, Pick<Hook, "run">>;
  /** What callers have to show. Undefined for none: then only requests to a loopback address are answered. */
  readonly key: ServeKey | undefined;
  readonly limits: ServeLimits;
  readonly metrics: Metrics;
  /** Told of each event once it is over. */
  readonly onEvent: (record: EventRecord) => void;
}

/** What one process takes at once. */
export interface ServeLimits extends AdmissionLimits {
  /** Bytes of an event's JSON text. */
  readonly eventBytes: number;
}

/** One event, for the log. It holds nothing of the event itself, nor of its result. */
export interface EventRecord {
  /** Also in the answer: the field `Backfill-Event`. */
  readonly id: string;
  readonly hook: string;
  readonly connection: string;
  /** The answer's status. */
  readonly status: number;
  /** The problem's code; undefined where there was a result. */
  readonly problem: string | undefined;
  readonly milliseconds: number;
  /** What the caller is not told. */
  readonly cause: unknown;
}

const JSON_TYPE = "application/json";
const PROBLEM_TYPE = "application/problem+json";
const CONNECTION = "backfill-connection";
/** As a header field can hold it, and a log line too. */
const CONNECTION_NAME = /^[\x21-\x7e]{1,255}$/;
/** Milliseconds that a caller may take to send its request whole. */
const REQUEST_TIMEOUT = 30_000;

/** Serves hooks over HTTP: `POST /hooks/<name>`, an event in, its result out, each as JSON. */
export class HookServer {
  readonly #options: HookServerOptions;
  readonly #admission: Admission;
  readonly #server: Server;
  readonly #events: ReturnType<Metrics["counter"]>;
  readonly #seconds: ReturnType<Metrics["histogram"]>;
  readonly #sockets: Set<Socket> = new Set();
  /** Those with an event under way. */
  readonly #busy: Set<Socket> = new Set();
  #stopping: Promise<void> | undefined;

  constructor(options: HookServerOptions) {
    this.#options = options;
    this.#admission = new Admission(options.limits);
    this.#events = options.metrics.counter("backfill_events_total", "Events by hook and how they ended.");
    this.#seconds = options.metrics.histogram("backfill_event_seconds", "How long events took, by hook.");
    options.metrics.gauge("backfill_events_in_flight", "Events under way.", () => this.#admission.events);
    this.#server = createServer({ requestTimeout: REQUEST_TIMEOUT }, (request, response) => {
      void this.#answer(request, response);
    });
    this.#server.on("connection", (socket: Socket) => {
      this.#sockets.add(socket);
      socket.once("close", () => this.#sockets.delete(socket));
    });
  }

  /** Rejects where the address cannot be used. Port 0 is any. */
  async listen(host: string, port: number): Promise<AddressInfo> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once("error", (cause: NodeJS.ErrnoException) =>
        reject(new BackfillError("BACKFILL_LISTEN", `${host}:${port} cannot be listened on: ${cause.code}`, { cause })),
      );
      this.#server.listen(port, host, resolve);
    });
    return this.#server.address() as AddressInfo;
  }

  /**
   * Takes no more events, and resolves when those under way have been answered. A request that has not come whole 30 s
   * later is broken off.
   */
  stop(): Promise<void> {
    this.#stopping ??= new Promise((resolve) => {
      // A server that is closed does not look at requestTimeout any more.
      const timer = setTimeout(() => {
        for (const socket of this.#sockets) if (!this.#busy.has(socket)) socket.destroy();
      }, REQUEST_TIMEOUT);
      this.#server.close(() => {
        clearTimeout(timer);
        resolve();
      });
      this.#server.closeIdleConnections();
    });
    return this.#stopping;
  }

  /** Breaks every connection off, whatever is under way. */
  closeConnections(): void {
    this.#server.closeAllConnections();
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const id = randomUUID();
    response.setHeader("backfill-event", id);
    response.setHeader("cache-control", "no-store");
    response.setHeader("x-content-type-options", "nosniff");
    // A connection that is kept would outlast the stop.
    if (this.#stopping !== undefined) response.setHeader("connection", "close");
    try {
      await this.#route(id, request, response);
    } catch (error) {
      const problem = problemOf(error);
      end(response, problem.status, PROBLEM_TYPE, problem.body(id), problem.headers);
    }
    // What nobody reads any more would hold the connection.
    if (!request.complete) response.once("finish", () => request.destroy());
  }

  async #route(id: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const pathname = URL.parse(request.url ?? "/", "http://localhost")?.pathname;
    if (pathname === undefined) throw new Problem(400, "invalid-target", "The request target is no path.");
    if (pathname === "/healthz") return end(response, 200, "text/plain", "ok\n");
    if (pathname === "/readyz") {
      if (this.#stopping !== undefined) throw stopping();
      return end(response, 200, "text/plain", "ready\n");
    }
    this.#checkCaller(request);
    if (pathname === "/metrics") {
      checkMethod(request, "GET");
      return end(response, 200, METRICS_TYPE, this.#options.metrics.text());
    }
    const [, name] = /^\/hooks\/([^/]+)$/.exec(pathname) ?? [];
    const hook = name === undefined ? undefined : this.#options.hooks.get(name);
    if (name === undefined || hook === undefined) {
      throw new Problem(
        404,
        "no-such-hook",
        `There is no hook here. Hooks: ${[...this.#options.hooks.keys()].map((known) => `/hooks/${known}`).join(", ")}.`,
      );
    }
    checkMethod(request, "POST");
    await this.#run(id, name, hook, request, response);
  }

  async #run(
    id: string,
    name: string,
    hook: Pick<Hook, "run">,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const started = performance.now();
    const connection = connectionOf(request);
    let problem: Problem | undefined;
    let cause: unknown;
    try {
      if (this.#stopping !== undefined) throw stopping();
      const leave = this.#admission.enter(connection);
      try {
        const event = await readEvent(request, this.#options.limits.eventBytes);
        this.#busy.add(request.socket);
        const result = await hook.run(event, { connection });
        end(response, 200, JSON_TYPE, JSON.stringify(result) ?? "null");
      } finally {
        this.#busy.delete(request.socket);
        leave();
      }
    } catch (error) {
      cause = error instanceof Problem ? undefined : error;
      problem = problemOf(error);
      throw problem;
    } finally {
      const milliseconds = performance.now() - started;
      this.#events.add({ hook: name, outcome: problem?.code ?? "ok" });
      this.#seconds.observe({ hook: name }, milliseconds / 1000);
      const status = problem?.status ?? 200;
      this.#options.onEvent({ id, hook: name, connection, status, problem: problem?.code, milliseconds, cause });
    }
  }

  /** Without a key, a page in a browser on this machine must not be able to call: by another name, or without being asked. */
  #checkCaller({ headers }: IncomingMessage): void {
    const { key } = this.#options;
    if (key === undefined) {
      if (isLoopback(headers.host)) return;
      throw new Problem(421, "no-such-host", "Without a key, only requests to a loopback address are answered.");
    }
    if (key.opens(headers.authorization)) return;
    throw new Problem(401, "no-key", "Show the key: Authorization: Bearer <key>.", { "www-authenticate": "Bearer" });
  }
}

function end(
  response: ServerResponse,
  status: number,
  type: string,
  body: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, { ...headers, "content-type": type, "content-length": Buffer.byteLength(body) }).end(body);
}

function checkMethod({ method }: IncomingMessage, allowed: "GET" | "POST"): void {
  if (method === allowed) return;
  throw new Problem(405, "method-not-allowed", `Send a ${allowed} request.`, { allow: allowed });
}

function connectionOf({ headers }: IncomingMessage): string {
  const given = headers[CONNECTION];
  if (given === undefined) return "default";
  if (typeof given === "string" && CONNECTION_NAME.test(given)) return given;
  throw new Problem(400, "invalid-connection", "Backfill-Connection is 1 to 255 visible ASCII characters, once.");
}

/** No body is null. A form that a browser posts unasked has another media type. */
async function readEvent(request: IncomingMessage, most: number): Promise<unknown> {
  const tooLarge = (): Problem => new Problem(413, "event-too-large", `The event is over ${most} bytes.`);
  if (Number(request.headers["content-length"] ?? 0) > most) throw tooLarge();
  const pieces: Buffer[] = [];
  let length = 0;
  // Else leaving the loop would break the connection off before the answer.
  try {
    for await (const piece of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      length += piece.length;
      if (length > most) throw tooLarge();
      pieces.push(piece);
    }
  } catch (error) {
    if (error instanceof Problem) throw error;
    throw new Problem(400, "request-aborted", "The request ended before it had come whole.");
  }
  const [type = ""] = (request.headers["content-type"] ?? "").split(";");
  if (type.trim().toLowerCase() !== JSON_TYPE) {
    throw new Problem(415, "not-json", `Send the event as Content-Type: ${JSON_TYPE}.`);
  }
  if (length === 0) return null;
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(Buffer.concat(pieces))) as unknown;
  } catch {
    throw new Problem(400, "not-json", "The event is not JSON in UTF-8.");
  }
}

function isLoopback(host: string | undefined): boolean {
  const [, name = ""] = /^(.*?)(?::\d+)?$/.exec(host ?? "") ?? [];
  if (name === "localhost" || name === "[::1]") return true;
  return isIP(name) === 4 && name.startsWith("127.");
}

function stopping(): Problem {
  return new Problem(503, "stopping", "This process stops; send the event to another.", { "retry-after": "1" });
}
