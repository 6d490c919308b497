// A small HTTPS API that stands in for Stripe, with a certificate authority made for this run.
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { createAuthority } from "../../test/support/tls.ts";

/** A server on loopback, and the authority that vouches for it. */
export interface StripeServer {
  readonly port: number;
  /** PEM. */
  readonly ca: string;
  close(): void;
}

export async function startStripe(): Promise<StripeServer> {
  const authority = await createAuthority();
  const server = createServer(await authority.issue(["api.stripe.com"]));
  let charges = 0;
  server.on("request", (request: IncomingMessage, response: ServerResponse) => {
    const json = (status: number, value: unknown): void => {
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(value));
    };
    if (request.headers.authorization !== "Bearer sk_test_backfill" && request.url?.startsWith("/v1/c")) {
      json(401, { error: { message: "Invalid API key" } });
    } else if (request.url === "/v1/customers") {
      json(200, {
        object: "list",
        data: [
          { id: "cus_123", name: "Ada" },
          { id: "cus_456", name: "Grace" },
        ],
      });
    } else if (request.url === "/v1/charges") {
      if (++charges <= 2) json(503, { error: { message: "try again" } });
      else json(200, { id: "ch_1", amount: 1200, attempts: charges });
    } else if (request.url === "/healthcheck") {
      response.writeHead(200, { "content-type": "text/plain" }).end("all well");
    }
    // Anything else, /v1/reports for one, is never answered.
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    ca: authority.ca,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}
