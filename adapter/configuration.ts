// What the build writes into the adapter: nothing of it can be changed from outside, by the hook or by its host.

import { setEntries } from "./allowlist";

/** Caps on calls, as in the host's limits. */
export let requestBodyBytes: i32 = 0;
export let responseBodyBytes: i32 = 0;
export let responseBytesPerEvent: i32 = 0;
export let headerCount: i32 = 0;
export let headerBytes: i32 = 0;
export let callsPerEvent: i32 = 0;
/** Milliseconds. */
export let defaultDeadline: u32 = 0;
export let maximumDeadline: u32 = 0;

/** Names of secrets, each followed by that of the environment variable it is in. */
let secrets: string[] = [];

export function configure(entries: string, secretVariables: string[], limits: StaticArray<u32>): void {
  setEntries(entries);
  secrets = secretVariables;
  requestBodyBytes = <i32>limits[0];
  responseBodyBytes = <i32>limits[1];
  responseBytesPerEvent = <i32>limits[2];
  headerCount = <i32>limits[3];
  headerBytes = <i32>limits[4];
  callsPerEvent = <i32>limits[5];
  defaultDeadline = limits[6];
  maximumDeadline = limits[7];
}

/** The environment variable that a secret is in; null for a name that is not declared. */
export function variableOf(secret: string): string | null {
  for (let i = 0; i < secrets.length; i += 2) if (secrets[i] == secret) return secrets[i + 1];
  return null;
}
