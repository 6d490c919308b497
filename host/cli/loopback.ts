import { createHash, timingSafeEqual } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { BackfillError } from "../errors.ts";

/** Where the authorization server sends the person back to (RFC 8252, section 7.3). */
export interface CallbackServer {
  readonly redirectUri: string;
  /** The one request that came from where the person was sent to; with an error in it, or with a code. */
  readonly received: Promise<URL>;
  close(): Promise<void>;
}

const HOST = "127.0.0.1";
const PATH = "/callback";

const RECEIVED = "The answer has arrived. You can close this window, and read on in the terminal.";
const REFUSED = "This is no answer that is waited for.";

/** Neither kept nor told to anybody, for its URL holds the code; nothing on the page runs or loads. */
const HEADERS = {
  "Content-Type": "text/html; charset=utf-8",
  "Content-Security-Policy": "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  "Cache-Control": "no-store",
  "Referrer-Policy": "no-referrer",
  "X-Content-Type-Options": "nosniff",
  Connection: "close",
};

/**
 * Listens for the one request that brings this `state` back. Whatever else asks is refused and changes nothing.
 *
 * @param port - 0 for any that is free.
 * @throws BackfillError where the port cannot be listened on.
 */
export async function listenForCallback(port: number, state: string): Promise<CallbackServer> {
  const server = createServer();
  const origin = await listen(server, port);
  const { promise: received, resolve } = Promise.withResolvers<URL>();
  let isReceived = false;
  server.on("request", (request, response) => {
    const callback = callbackIn(request, origin, state);
    if (typeof callback === "number" || isReceived) {
      response.writeHead(typeof callback === "number" ? callback : 410, HEADERS).end(page(REFUSED));
      return;
    }
    isReceived = true;
    // The command may end as soon as it has the answer, and with it the page that the person is still waiting for.
    response.once("close", () => resolve(callback));
    response.writeHead(200, HEADERS).end(page(RECEIVED));
  });
  return {
    redirectUri: origin + PATH,
    received,
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}

async function listen(server: Server, port: number): Promise<string> {
  server.listen(port, HOST);
  await once(server, "listening").catch((cause: NodeJS.ErrnoException) => {
    const message = `port ${port} of ${HOST} cannot be listened on: ${cause.code}. Give another --port, or none.`;
    throw new BackfillError("BACKFILL_CONNECT", message, { cause });
  });
  return new URL(`http://${HOST}:${(server.address() as AddressInfo).port}`).origin;
}

/** The callback's URL, or the status that refuses it. Another host's name would be a page that was rebound to here. */
function callbackIn({ method, url = "", headers }: IncomingMessage, origin: string, state: string): URL | number {
  if (`http://${headers.host}` !== origin || !url.startsWith("/")) return 400;
  const callback = URL.parse(origin + url);
  if (callback?.pathname !== PATH) return 404;
  if (method !== "GET") return 405;
  const states = callback.searchParams.getAll("state");
  return states.length === 1 && isSame(states[0] ?? "", state) ? callback : 400;
}

/** In a time that tells nothing about either. */
function isSame(given: string, wanted: string): boolean {
  return timingSafeEqual(digest(given), digest(wanted));
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}

function page(text: string): string {
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>Backfill</title><p>${text}</p></html>\n`;
}
