import { request } from "node:https";
import type { IncomingHttpHeaders } from "node:http";
import { text } from "node:stream/consumers";
import type { AuthorizationServer } from "./authorization-server.ts";

/** What the person does on the consent page. */
export type Decision = "agree" | "refuse";

interface Page {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

const MAX_PAGES = 20;

/**
 * Walks the login and consent pages of an authorization server as a person with a browser would.
 *
 * @returns where the browser is sent back to: the redirect URI with its query. Nothing is sent there.
 */
export async function authorize(
  server: Pick<AuthorizationServer, "port" | "ca">,
  start: URL | string,
  decision: Decision = "agree",
): Promise<URL> {
  const browser = new Browser(server);
  let url = new URL(start);
  const { origin } = url;
  let form: URLSearchParams | undefined;
  for (let pages = 0; pages < MAX_PAGES; pages++) {
    const page = await browser.open(url, form);
    form = undefined;
    const { location } = page.headers;
    if (location !== undefined) {
      url = new URL(location, url);
      if (url.origin !== origin) return url;
      continue;
    }
    const prompt = /name="prompt" value="(\w+)"/.exec(page.body)?.[1];
    if (page.status !== 200 || prompt === undefined) throw new Error(`no form: ${page.status} ${page.body}`);
    const refused = decision === "refuse" && prompt === "consent";
    url = new URL(refused ? find(page, /href="([^"]+\/abort)"/) : find(page, /action="([^"]+)"/), url);
    if (!refused) form = new URLSearchParams({ prompt, login: "person", password: "any" });
  }
  throw new Error("the pages do not end");
}

function find({ body }: Page, pattern: RegExp): string {
  const found = pattern.exec(body)?.[1];
  if (found === undefined) throw new Error(`no ${pattern.source} in ${body}`);
  return found;
}

/** Keeps cookies by name and path. */
class Browser {
  readonly #server: Pick<AuthorizationServer, "port" | "ca">;
  readonly #cookies: Map<string, { readonly path: string; readonly pair: string }> = new Map();

  constructor(server: Pick<AuthorizationServer, "port" | "ca">) {
    this.#server = server;
  }

  /** Sends a form where there is one. */
  async open(url: URL, form: URLSearchParams | undefined): Promise<Page> {
    const cookie = [...this.#cookies.values()]
      .filter(({ path }) => url.pathname.startsWith(path))
      .map(({ pair }) => pair)
      .join("; ");
    const page = await new Promise<Page>((resolve, reject) => {
      const { port, ca } = this.#server;
      const sent = request({
        host: "127.0.0.1",
        port,
        ca,
        servername: url.hostname,
        method: form === undefined ? "GET" : "POST",
        path: url.pathname + url.search,
        headers: {
          host: url.host,
          accept: "text/html",
          ...(cookie === "" ? {} : { cookie }),
          ...(form === undefined ? {} : { "content-type": "application/x-www-form-urlencoded" }),
        },
        agent: false,
      });
      sent.on("error", reject);
      sent.on("response", (response) => {
        const { statusCode: status = 0, headers } = response;
        text(response).then((body) => resolve({ status, headers, body }), reject);
      });
      sent.end(form?.toString());
    });
    for (const line of page.headers["set-cookie"] ?? []) this.#keep(line);
    return page;
  }

  #keep(line: string): void {
    const [pair = "", ...attributes] = line.split("; ");
    const path = attributes.find((attribute) => attribute.toLowerCase().startsWith("path="))?.slice(5) ?? "/";
    const name = pair.slice(0, pair.indexOf("="));
    if (pair === `${name}=`) this.#cookies.delete(`${name} ${path}`);
    else this.#cookies.set(`${name} ${path}`, { path, pair });
  }
}
