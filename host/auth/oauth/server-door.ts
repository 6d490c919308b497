import type { CustomFetchOptions } from "oauth4webapi";
import type { OutboundResponse } from "../../message.ts";
import type { Outbound, OutboundHook } from "../../door.ts";
import { Allowlist } from "../../policy/allowlist.ts";
import { beforeQuery } from "../../policy/url.ts";
import type { BeforeSend } from "./token-endpoint.ts";
import { misconfigured, Refused, unavailable } from "./token-refusal.ts";

/** What a server door is opened with. */
export interface ServerDoorOptions {
  /** For the audit. */
  readonly name: string;
  /** The URLs it leads to; their queries do not matter. */
  readonly urls: readonly string[];
  readonly internalHosts: readonly string[];
}

/** The milliseconds to which a longer Retry-After is cut. */
const MAX_RETRY_AFTER = 5 * 60_000;

/** A part of the one door, for an authorization server: it leads to the URLs it was opened for, and nowhere else. */
export class ServerDoor {
  readonly #hook: OutboundHook;

  /** @throws ConfigError for a URL that no entry can name. */
  constructor(outbound: Pick<Outbound, "openHook">, { name, urls, internalHosts }: ServerDoorOptions) {
    const allowlist = Allowlist.compile(urls.map(beforeQuery), { internalHosts });
    this.#hook = outbound.openHook({ name, allowlist });
  }

  /**
   * Sends what oauth4webapi asks for, as its `customFetch`.
   *
   * @throws HttpFailure of the door; Refused for an answer that needs no reading.
   */
  async fetch(
    url: string,
    { method, headers, body }: CustomFetchOptions<"GET" | "POST", URLSearchParams | undefined>,
    beforeSend?: BeforeSend,
  ): Promise<Response> {
    const fields = Object.entries(headers).filter(([name]) => name !== "user-agent");
    const request = {
      method,
      url,
      headers: fields.flat(),
      body: body === undefined ? undefined : Buffer.from(body.toString()),
      authorization: undefined,
      timeout: undefined,
    };
    return readable(await this.#hook.beginEvent().send(request, { beforeSend }));
  }

  /** Ends what is under way as `cancelled`. */
  close(): Promise<void> {
    return this.#hook.close();
  }
}

/**
 * The answer as oauth4webapi is to read it. An ID token is left out, for nothing here is done with one: were it not
 * valid, oauth4webapi would refuse the tokens beside it, and a refresh token would be lost. So are members that are
 * null, which is how some servers write that there is none.
 */
function readable({ status, headers, body }: OutboundResponse): Response {
  checkStatus(status, headers);
  const bytes = Buffer.concat(body);
  const json = objectIn(bytes);
  if (json === undefined) {
    return new Response(bytes, { status, headers: { "content-type": fieldIn(headers, "content-type") ?? "" } });
  }
  const members = Object.entries(json).filter(([name, value]) => name !== "id_token" && value !== null);
  // Some servers send errors with the status of success.
  const isError = status === 200 && typeof json["error"] === "string" && json["access_token"] === undefined;
  return Response.json(Object.fromEntries(members), { status: isError ? 400 : status });
}

function checkStatus(status: number, headers: readonly string[]): void {
  if (status === 200 || (status >= 400 && status <= 499 && status !== 429)) return;
  if (status === 429 || (status >= 500 && status <= 599)) {
    const retryAfter = retryAfterIn(fieldIn(headers, "retry-after"));
    throw new Refused(unavailable(`the authorization server answered ${status}`, String(status), retryAfter));
  }
  const redirect = status >= 300 && status <= 399 ? ", a redirect, which is not followed" : "";
  throw new Refused(misconfigured(`the authorization server answered ${status}${redirect}`, String(status)));
}

/** Milliseconds (RFC 9110, section 10.2.3). */
function retryAfterIn(value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  const milliseconds = /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - Date.now();
  return Number.isNaN(milliseconds) ? undefined : Math.min(Math.max(milliseconds, 0), MAX_RETRY_AFTER);
}

function objectIn(bytes: Uint8Array): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(bytes));
    return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}

function fieldIn(headers: readonly string[], name: string): string | undefined {
  const index = headers.findIndex((text, at) => at % 2 === 0 && text === name);
  return index < 0 ? undefined : headers[index + 1];
}
