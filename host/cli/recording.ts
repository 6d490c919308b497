import type { ResolvedSecrets } from "../config/secrets.ts";
import type { HookRuntimeOptions, Instruments } from "../runtime/runtime.ts";
import { checkWritable, Recording } from "../testing/record.ts";
import { Redactor } from "../testing/redact.ts";
import { replay } from "../testing/replay.ts";
import { Script } from "../testing/script.ts";
import { standInTokens } from "../testing/tokens.ts";
import { say } from "./output.ts";

/** What the command line says of recordings: at most one of the two. */
export interface RecordingOptions {
  /** Where to write one. */
  readonly record?: string;
  /** One to answer from. */
  readonly replay?: string;
}

/** How a command runs where it records or replays, or does neither. */
export interface RunRecording {
  /** What the runtime is given beside the configuration. */
  readonly surroundings: Pick<HookRuntimeOptions, "tokenStore">;
  readonly instrument: (secrets: ResolvedSecrets) => Instruments;
  /** Runs an event. Throws `BackfillError` where it asked for what is not in the file. */
  during<T>(work: () => Promise<T>): Promise<T>;
  /** Writes what was recorded. Throws `BackfillError`. */
  finish(): Promise<void>;
}

const NEITHER: RunRecording = {
  surroundings: {},
  instrument: () => ({}),
  during: (work) => work(),
  async finish() {},
};

/** Prepares for what the command line asks. Throws `BackfillError` for a file that cannot be written, or is no HAR. */
export async function openRecording(options: RecordingOptions): Promise<RunRecording> {
  if (options.record !== undefined) return recordTo(options.record);
  return options.replay === undefined ? NEITHER : replayFrom(options.replay);
}

async function recordTo(file: string): Promise<RunRecording> {
  await checkWritable(file);
  let recording: Recording | undefined;
  return {
    ...NEITHER,
    instrument(secrets) {
      recording = new Recording(secrets);
      return { onExchange: recording.add };
    },
    async finish() {
      if (recording === undefined) return;
      await recording.write(file);
      say(`${file}: ${recording.length} ${recording.length === 1 ? "exchange" : "exchanges"} recorded`, "dim");
    },
  };
}

async function replayFrom(file: string): Promise<RunRecording> {
  const recorded = await replay(file);
  let script: Script | undefined;
  return {
    ...NEITHER,
    surroundings: { tokenStore: standInTokens() },
    instrument(secrets) {
      const redactor = Redactor.of(secrets);
      script = new Script(recorded.answers(redactor), redactor);
      return { answer: script.answer };
    },
    during: (work) => (script === undefined ? work() : script.during(work)),
  };
}
