import { createServer } from "node:https";
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { createAuthority } from "../support/tls.ts";

/** One request as the server received it. */
export interface Received {
  readonly method: string | undefined;
  readonly target: string | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** A real HTTPS server that the command can be pointed at. */
export interface Server {
  readonly port: number;
  /** Its authority's certificate in PEM. */
  readonly ca: string;
  readonly received: Received[];
  close(): Promise<void>;
}

export const HOST = "api.example.com";

/** Serves `api.example.com` on a port of 127.0.0.1. */
export async function openServer(answer: (response: ServerResponse, request: Received) => void): Promise<Server> {
  const authority = await createAuthority();
  const received: Received[] = [];
  const server = createServer(await authority.issue([HOST]), (request: IncomingMessage, response) => {
    void buffer(request).then((bytes) => {
      const { method, url: target, headers } = request;
      const one = { method, target, headers, body: bytes.toString("utf8") };
      received.push(one);
      answer(response, one);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    ca: authority.ca,
    received,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
