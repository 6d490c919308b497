import { join } from "node:path";
import { Adapter, AdapterError } from "./adapter.ts";
import type { Case } from "./case.ts";
import { reasonFor, root, type Expectations, type GuestManifest, type HostManifest } from "./manifest.ts";
import { runCase } from "./run-case.ts";
import type { Stage } from "./scene.ts";

/**
 * `inexpressible`: the guest's library cannot say what the case says. `not-offered`: the host does not offer the case's
 * profile. The last two are deviations.
 */
export type Status = "pass" | "skip" | "inexpressible" | "not-offered" | "expected-fail" | "fail" | "unexpected-pass";

export interface Result {
  readonly test: Case;
  readonly status: Status;
  /** What differed, or why the case was not run. */
  readonly lines: readonly string[];
}

/** What a run is given beside its cases. */
export interface HostRun {
  readonly host: HostManifest;
  readonly guest: GuestManifest;
  readonly expectations: Expectations;
  readonly stage: Stage;
  /** Variables of the adapter's environment, beside those of this process. */
  readonly env?: Readonly<Record<string, string>>;
  readonly onResult?: (result: Result) => void;
}

/** A proxy would dial for the host, past its checks of addresses: who heeds these variables reaches nothing. */
const PROXY = "http://127.0.0.1:1";
const PROXIES = {
  HTTP_PROXY: PROXY,
  HTTPS_PROXY: PROXY,
  ALL_PROXY: PROXY,
  http_proxy: PROXY,
  https_proxy: PROXY,
  all_proxy: PROXY,
};

/** Runs the cases on one host with one guest, one after the other. */
export async function runHost(cases: readonly Case[], run: HostRun): Promise<readonly Result[]> {
  const results: Result[] = [];
  const adapters = new Adapters(run);
  for (const test of cases) {
    const result = await resultOf(test, run, adapters);
    run.onResult?.(result);
    results.push(result);
  }
  await adapters.close();
  return results;
}

async function resultOf(test: Case, run: HostRun, adapters: Adapters): Promise<Result> {
  const { guest, expectations, stage } = run;
  if (test.guests !== undefined && !test.guests.includes(guest.name)) {
    return { test, status: "inexpressible", lines: [`for guests in ${test.guests.join(", ")}`] };
  }
  const skipped = reasonFor(expectations.skip, test.id);
  if (skipped !== undefined) return { test, status: "skip", lines: [skipped] };
  const reason = reasonFor(expectations.expectedFail, test.id);
  try {
    const adapter = await adapters.current();
    if (!adapter.hello.profiles.includes(test.profile)) {
      return { test, status: "not-offered", lines: [`the host does not offer the profile ${test.profile}`] };
    }
    const { differences, unsupported } = await runCase(test, adapter, join(root, guest.component), stage);
    if (unsupported !== undefined) return { test, status: "inexpressible", lines: [unsupported] };
    return verdict(test, differences, reason);
  } catch (error) {
    if (!(error instanceof AdapterError)) throw error;
    adapters.drop();
    return verdict(test, [error.message], reason);
  }
}

function verdict(test: Case, differences: readonly string[], reason: string | undefined): Result {
  if (reason === undefined) return { test, status: differences.length === 0 ? "pass" : "fail", lines: differences };
  if (differences.length > 0) return { test, status: "expected-fail", lines: [reason] };
  return { test, status: "unexpected-pass", lines: [`passes, and was expected to fail: ${reason}`] };
}

/** A host whose adapter cannot be started. */
export class StartError extends Error {}

/** The adapter of a run, started when it is needed and again after it broke. */
class Adapters {
  readonly #run: HostRun;
  #adapter: Adapter | undefined;

  constructor(run: HostRun) {
    this.#run = run;
  }

  /** Throws `StartError` where it cannot be started: then no case can be run. */
  async current(): Promise<Adapter> {
    const { host, env } = this.#run;
    // The Node that runs this, whichever one the shell would find.
    const command = host.command.map((part, i) => (i === 0 && part === "node" ? process.execPath : part));
    this.#adapter ??= await Adapter.start(command, { cwd: root, env: { ...process.env, ...PROXIES, ...env } }).catch(
      (cause: Error) => {
        throw new StartError(`host ${host.name} cannot be started: ${cause.message}`);
      },
    );
    return this.#adapter;
  }

  drop(): void {
    this.#adapter?.kill();
    this.#adapter = undefined;
  }

  async close(): Promise<void> {
    await this.#adapter?.close();
  }
}
