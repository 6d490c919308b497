import type { EndListener, Ending } from "../ending.ts";
import { HttpFailure } from "../errors.ts";

/** How long a call waits. */
export interface WaitBounds {
  /** When the call began, and when it ends at the latest, on the clock of performance.now. */
  readonly started: number;
  readonly deadline: number;
  /** Whether `deadline` is the event's own, so that passing it is `cancelled`. */
  readonly deadlineIsEvents: boolean;
  /** Any of them ends the wait as `cancelled`. */
  readonly endings: readonly Ending[];
}

/**
 * Waits for credentials no longer than the call may. The work itself goes on: others may wait for it too.
 *
 * @throws HttpFailure `timeout` or `cancelled`, and what the work rejects with.
 */
export function waitFor<T>(work: Promise<T>, { started, deadline, deadlineIsEvents, endings }: WaitBounds): Promise<T> {
  return new Promise((resolve, reject) => {
    const passed = (): void =>
      reject(
        deadlineIsEvents
          ? failure("cancelled", "was not waited for any longer: the event's own deadline passed")
          : failure("timeout", `was not there within ${Math.round(deadline - started)} ms`),
      );
    const stopped: EndListener = {
      onEnd: () => reject(failure("cancelled", "was not waited for any longer: the event was stopped")),
    };
    const timer = setTimeout(passed, Math.max(0, Math.ceil(deadline - performance.now())));
    for (const ending of endings) ending.listen(stopped);
    work.then(resolve, reject).finally(() => {
      clearTimeout(timer);
      for (const ending of endings) ending.unlisten(stopped);
    });
  });
}

function failure(code: "timeout" | "cancelled", what: string): HttpFailure {
  return new HttpFailure({ code, phase: "auth", message: `The token ${what} (phase auth).` });
}
