// One process that does nothing but refresh, until it is killed. It says what it was given, one line each.
import { writeSync } from "node:fs";
import { setTimeout } from "node:timers/promises";
import { Refresher } from "../../host/auth/oauth/refresh.ts";
import { TokenEndpoint } from "../../host/auth/oauth/token-endpoint.ts";
import { openTokenStore } from "../../host/auth/store/sqlite-store.ts";
import { resolveConnector } from "../../host/config/resolve-connector.ts";
import { HttpFailure } from "../../host/errors.ts";
import type { DevelopmentOptions } from "../../host/config/config.ts";
import type { ConnectorConfig } from "../../host/config/connector.ts";
import { createOutbound } from "../../host/outbound.ts";
import { fingerprint } from "../support/fingerprint.ts";

/** What a refresher is started with. */
export interface RefresherStart {
  readonly file: string;
  readonly key: Uint8Array;
  readonly connector: ConnectorConfig;
  readonly development: DevelopmentOptions;
}

const AFTER_REAUTH = 10;

process.once("message", async ({ file, key, connector: manifest, development }: RefresherStart) => {
  const { oauth } = await resolveConnector(manifest);
  if (oauth === undefined) throw new Error("the connector has no OAuth");
  const refresher = new Refresher({
    connector: oauth.options.connector,
    grant: oauth.options.grant,
    store: openTokenStore({ file, keys: [key] }),
    source: new TokenEndpoint(oauth.options, createOutbound({ development })),
  });
  for (;;) {
    const asked = Date.now();
    try {
      const { accessToken } = await refresher.refresh("default", ({ obtainedAt }) => obtainedAt >= asked);
      say(`token ${fingerprint(accessToken)}`);
    } catch (error) {
      say(error instanceof HttpFailure ? error.code : String(error));
      await setTimeout(AFTER_REAUTH);
    }
  }
});
process.send?.("ready");

/** At once: what was said before a kill has been said. */
function say(line: string): void {
  writeSync(1, `${line}\n`);
}
