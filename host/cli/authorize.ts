import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import type { TokenEndpoint, TokenOutcome } from "../auth/oauth/token-endpoint.ts";
import { BackfillError } from "../errors.ts";
import { openBrowser } from "./browser.ts";
import { listenForCallback } from "./loopback.ts";
import { say } from "./output.ts";

/** How a person is asked. */
export interface AuthorizeOptions {
  /** Who asks, for people. */
  readonly name: string;
  /** Of the loopback server; 0 for any. */
  readonly port: number;
  /** Seconds for which the person is waited for. */
  readonly timeout: number;
  readonly browser: boolean;
  /** Ends the waiting. */
  readonly signal: AbortSignal;
}

/** Of `state` and of the code verifier: RFC 7636, section 7.1, asks for 256 bits. */
const RANDOM_BYTES = 32;

/**
 * Sends a person to the authorization server and exchanges the code that comes back (RFC 6749, section 4.1, with PKCE
 * and a loopback redirect as RFC 8252 has it).
 *
 * @throws BackfillError where the port cannot be used, or nobody came back.
 */
export async function authorize(endpoint: TokenEndpoint, options: AuthorizeOptions): Promise<TokenOutcome> {
  const { name, port, timeout, browser, signal } = options;
  const state = randomText();
  const codeVerifier = randomText();
  const codeChallenge = createHash("sha256").update(codeVerifier).digest("base64url");
  const server = await listenForCallback(port, state);
  try {
    const { redirectUri, received } = server;
    const url = await endpoint.authorizationUrl({ redirectUri, state, codeChallenge });
    if (!(url instanceof URL)) return { tokens: undefined, refusal: url };
    say(`Open this URL to connect ${name}:`, "bold");
    say(`  ${url.href}`, "cyan");
    say(`Waiting ${timeout} s for the answer at ${redirectUri}; Ctrl-C stops.`, "dim");
    if (browser) openBrowser(url);
    const over = AbortSignal.any([signal, AbortSignal.timeout(timeout * 1000)]);
    const callback = await Promise.race([received, ended(over, timeout)]);
    say("Asking the authorization server for the tokens.", "dim");
    return await endpoint.exchangeCode({ callback, redirectUri, state, codeVerifier });
  } finally {
    await server.close();
  }
}

function randomText(): string {
  return randomBytes(RANDOM_BYTES).toString("base64url");
}

async function ended(over: AbortSignal, timeout: number): Promise<never> {
  if (!over.aborted) await once(over, "abort");
  throw new BackfillError(
    "BACKFILL_CONNECT",
    `nobody came back from the authorization server within ${timeout} s. Run the command again, with a longer --timeout.`,
  );
}
