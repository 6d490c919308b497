import { Clock } from "../platform.ts";

let origin: number | undefined;
let latest = 0;

/** The time of the event, from the first look at it. The engine's own would count from when the engine was built. */
export const performance: {
  readonly timeOrigin: number;
  /** Milliseconds. It never falls, also where the host's clock is set back. */
  now(): number;
} = {
  get timeOrigin() {
    return (origin ??= Clock.now());
  },
  now() {
    latest = Math.max(latest, Clock.now() - this.timeOrigin);
    return latest;
  },
};
