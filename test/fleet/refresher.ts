// One process that does nothing but refresh, until it is killed. It says what it was given, one line each.
import { writeSync } from "node:fs";
import { setTimeout } from "node:timers/promises";
import { openTokenStore } from "../../host/auth/store/sqlite-store.ts";
import { resolveConnector } from "../../host/config/resolve-connector.ts";
import { HttpFailure } from "../../host/errors.ts";
import type { DevelopmentOptions } from "../../host/config/config.ts";
import type { ConnectorConfig } from "../../host/config/connector.ts";
import { createOutbound } from "../../host/outbound.ts";
import { ConnectorOAuth } from "../../host/runtime/connector-oauth.ts";
import { fingerprint } from "../support/fingerprint.ts";

/** What a refresher is started with. */
export interface RefresherStart {
  readonly file: string;
  readonly key: Uint8Array;
  readonly connector: ConnectorConfig;
  readonly development: DevelopmentOptions;
}

/** Longer than any token lives, so that each use is a refresh. */
const TEN_YEARS = 3.2e11;
const AFTER_REAUTH = 10;

process.once("message", async ({ file, key, connector: manifest, development }: RefresherStart) => {
  const { oauth } = await resolveConnector(manifest);
  if (oauth === undefined) throw new Error("the connector has no OAuth");
  const connector = new ConnectorOAuth({
    client: oauth.options,
    allowlist: oauth.allowlist,
    store: openTokenStore({ file, keys: [key] }),
    outbound: createOutbound({ development }),
  });
  const connection = connector.connection("default");
  for (;;) {
    try {
      say(`token ${fingerprint((await connection.token(TEN_YEARS)).value)}`);
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
