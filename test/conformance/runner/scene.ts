import { startDnsServer, type DnsServer } from "../../support/dns.ts";
import type { Case } from "./case.ts";
import type { DnsAnswer, HostConfig } from "./protocol.ts";
import { Identities, startServer, type CaseServer } from "./server.ts";

/** What all cases of a run share: certificates and a name server. */
export class Stage {
  readonly #identities: Identities;
  readonly #dns: DnsServer;

  private constructor(identities: Identities, dns: DnsServer) {
    this.#identities = identities;
    this.#dns = dns;
  }

  static async open(): Promise<Stage> {
    return new Stage(await Identities.create(), await startDnsServer(() => "nxdomain"));
  }

  /** Starts the servers of a case. */
  async set(test: Case): Promise<Scene> {
    const servers = new Map<string, CaseServer>();
    const dns: Record<string, DnsAnswer> = {};
    const dial: Record<string, string> = {};
    for (const [name, script] of Object.entries(test.servers ?? {})) {
      const server = await startServer(script, this.#identities);
      const { host = "api.example.com", port = 443, addresses = [`93.184.216.${34 + servers.size}`] } = script;
      servers.set(name, server);
      dns[host] = [...((dns[host] as readonly string[] | undefined) ?? []), ...addresses];
      for (const address of addresses) dial[`${bracketed(address)}:${port}`] = `127.0.0.1:${server.port}`;
    }
    Object.assign(dns, test.dns);
    this.#dns.zone = (name, type) => {
      const answer = dns[name] ?? "nxdomain";
      return typeof answer === "string" ? answer : answer.filter((one) => one.includes(":") === (type === "AAAA"));
    };
    const asked = this.#dns.questions.length;
    return {
      servers,
      config: {
        ...test.config,
        ca: this.#identities.ca,
        dns,
        dnsServer: this.#dns.address,
        dial,
      },
      lookups: () => [...new Set(this.#dns.questions.slice(asked).map((question) => question.split(" ")[0] ?? ""))],
      close: async () => {
        await Promise.all([...servers.values()].map((server) => server.close()));
      },
    };
  }

  close(): Promise<void> {
    return this.#dns.close();
  }
}

/** The servers of one case, and the configuration that leads to them. */
export interface Scene {
  readonly servers: ReadonlyMap<string, CaseServer>;
  readonly config: HostConfig;
  /** The names that were asked of the name server. */
  lookups(): readonly string[];
  close(): Promise<void>;
}

function bracketed(address: string): string {
  return address.includes(":") ? `[${address}]` : address;
}
