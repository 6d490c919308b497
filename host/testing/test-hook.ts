import { basename } from "node:path";
import type { BackfillConfig } from "../config/config.ts";
import type { ConnectorConfig } from "../config/connector.ts";
import { typeName } from "../config/path.ts";
import { BackfillError, ConfigError } from "../errors.ts";
import type { CallRecord } from "../outbound.ts";
import { instrumentRuntime, type Hook, type HookRuntime, type RunOptions } from "../runtime/runtime.ts";
import type { LogRecord } from "../runtime/store.ts";
import { AnswerList, type Answer } from "./answer-list.ts";
import type { AnswerContent } from "./answers.ts";
import { Redactor } from "./redact.ts";
import { Replay } from "./replay.ts";
import { listing, Script, unscripted, type Answers, type SentRequest } from "./script.ts";
import { componentFor } from "./source.ts";
import { standInTokens } from "./tokens.ts";

/** Answers a request; undefined fails the test. */
export type AnswerFunction = (request: SentRequest) => AnswerContent | undefined | Promise<AnswerContent | undefined>;

/** What a hook is tested under: the operator's configuration, and what answers in the network's place. */
export interface TestHookOptions extends BackfillConfig {
  readonly answers: readonly Answer[] | AnswerFunction | Replay;
  /** The connector that the hook is a route of. Its tokens are made up, and no server is asked. Default: none. */
  readonly connector?: ConnectorConfig;
}

/**
 * Loads a hook for a test: an AssemblyScript source (`.ts`), a component file or its bytes. Nothing reaches the
 * network, and everything else is as it will be: what may leave, secrets, deadlines, limits.
 *
 * @throws ConfigError, `CompileError` and ComponentError.
 */
export async function testHook(source: string | URL | Uint8Array, options: TestHookOptions): Promise<TestHook> {
  const { answers, connector, ...config } = options;
  const component = await componentFor(source);
  const calls: CallRecord[] = [];
  const logs: LogRecord[] = [];
  let script: Script | undefined;
  const runtime = await instrumentRuntime(
    {
      ...config,
      tokenStore: standInTokens(),
      onCall: (record) => calls.push(record),
      onLog: (record) => logs.push(record),
    },
    (secrets) => {
      const redactor = Redactor.of(secrets);
      script = new Script(answersOf(answers, config, redactor), redactor);
      return { answer: script.answer };
    },
  );
  try {
    const name = source instanceof Uint8Array ? "hook" : basename(String(source));
    const hook = await runtime.load(component, connector === undefined ? { name } : { name, connector });
    return new TestHook({ runtime, hook, script: script as Script, calls, logs });
  } catch (error) {
    await runtime.close();
    throw error;
  }
}

interface TestHookParts {
  readonly runtime: HookRuntime;
  readonly hook: Hook;
  readonly script: Script;
  readonly calls: readonly CallRecord[];
  readonly logs: readonly LogRecord[];
}

/** A hook under test. `await using` closes it. */
export class TestHook implements AsyncDisposable {
  /** Every call, denied ones too, as `onCall` is told of it. */
  readonly calls: readonly CallRecord[];
  /** Every line that the hook logged. */
  readonly logs: readonly LogRecord[];
  readonly #parts: TestHookParts;

  /** @internal */
  constructor(parts: TestHookParts) {
    this.#parts = parts;
    this.calls = parts.calls;
    this.logs = parts.logs;
  }

  /** What would have left, with `REDACTED` in place of each secret. */
  get requests(): readonly SentRequest[] {
    return this.#parts.script.requests;
  }

  /** The answers that nothing has asked for, for people. */
  get unused(): readonly string[] {
    return this.#parts.script.unused;
  }

  /**
   * Runs one event, and gives the hook's result.
   *
   * @throws HookError as in `Hook.run`. BackfillError `BACKFILL_UNSCRIPTED` where a request had no answer, even where
   * the hook went on without one.
   */
  run(event?: unknown, options: RunOptions = {}): Promise<unknown> {
    const { script, hook } = this.#parts;
    return script.during(() => hook.run(event, options));
  }

  /** Throws a BackfillError `BACKFILL_UNUSED_ANSWERS` where an answer was not asked for as often as it can be given. */
  assertUsed(): void {
    if (this.unused.length === 0) return;
    throw new BackfillError("BACKFILL_UNUSED_ANSWERS", listing("No request has asked for:", this.unused));
  }

  close(): Promise<void> {
    return this.#parts.runtime.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

function answersOf(
  answers: TestHookOptions["answers"],
  { internalHosts = [] }: BackfillConfig,
  redactor: Redactor,
): Answers {
  if (answers instanceof Replay) return answers.answers(redactor);
  if (Array.isArray(answers)) return new AnswerList(answers as readonly Answer[], { internalHosts });
  if (typeof answers === "function") return answersBy(answers as AnswerFunction);
  throw new ConfigError("answers", typeName(answers), "an array of answers, a function, or what replay() gives");
}

function answersBy(answer: AnswerFunction): Answers {
  return {
    unused: [],
    async find(request, redacted) {
      const content = await answer(request);
      if (content === undefined) throw unscripted(redacted, "the test's function gave none.");
      return content;
    },
  };
}
