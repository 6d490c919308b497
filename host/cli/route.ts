import { realpathSync } from "node:fs";
import { dirname, relative, resolve } from "node:path";
import { connectorWarnings } from "../config/check-connector.ts";
import type { ConnectorConfig } from "../config/connector.ts";
import { CONNECTOR_FILE, findConnector, loadConnector } from "../config/load.ts";
import { ConfigError } from "../errors.ts";
import { warn } from "./output.ts";

/** A hook as one of a connector's routes. */
export interface Route {
  /** For the call records: the connector's name and the route's. */
  readonly name: string;
  readonly connector: ConnectorConfig;
}

/** What the command line says of the route. */
export interface RouteOptions {
  /** The manifest's file. Default: that beside the hook, then that in the current folder. */
  readonly connector?: string;
  readonly connection?: string;
}

/**
 * The route that names this hook's file; undefined where there is none, and the command line asks for none.
 *
 * @throws ConfigError for a manifest that cannot be used.
 */
export async function routeOf(
  hook: string,
  { connector: given, connection }: RouteOptions,
  internalHosts: readonly string[],
): Promise<Route | undefined> {
  const isWanted = given !== undefined || connection !== undefined;
  const manifest = given ?? findConnector([dirname(hook), "."]);
  if (manifest === undefined) {
    if (!isWanted) return undefined;
    throw new ConfigError(CONNECTOR_FILE, "no such file", "a connector beside the hook or in the current folder");
  }
  const { connector, file } = await loadConnector(manifest, { internalHosts });
  const folder = dirname(manifest);
  const own = realPath(hook);
  const route = Object.entries(connector.routes).find(([, { hook }]) => realPath(resolve(folder, hook)) === own);
  if (route !== undefined) {
    warn(connectorWarnings(connector, { internalHosts }));
    return { name: `${connector.name}/${route[0]}`, connector };
  }
  if (!isWanted) return undefined;
  const line = `{ hook: ${JSON.stringify(relative(folder, hook))} }`;
  throw new ConfigError(`${file}: routes`, `no route for ${hook}`, `one with ${line}`);
}

/** The path of the file itself, whatever links lead to it. One that is not there has its own. */
function realPath(file: string): string {
  try {
    return realpathSync(file);
  } catch {
    return resolve(file);
  }
}
