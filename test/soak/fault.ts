import type { FailureCode } from "../../host/errors.ts";

/** How a call may end. */
export type Outcome = "response" | FailureCode;

/** One way a server misbehaves, or behaves. */
export interface Fault {
  readonly name: string;
  /** How a call that meets it may end. Any other end is a fault of the client. */
  readonly outcomes: readonly Outcome[];
}

/** One that does something with what it is handed. */
export interface Act<T> extends Fault {
  readonly act: (peer: T) => void;
}

/** The faults of one outcome, by name. */
export function acts<T>(outcomes: readonly Outcome[], byName: Readonly<Record<string, (peer: T) => void>>): Act<T>[] {
  return Object.entries(byName).map(([name, act]) => ({ name, outcomes, act }));
}
