import { setTimeout } from "node:timers/promises";
import type { Fault } from "./authorization-server.ts";

/** Before the server works on the request (and consumes its refresh token), or after. */
type When = "before" | "after";

/** A fault as data, so that it can be asked for from another process. */
export type FaultName = (
  | {
      readonly kind: "answer";
      readonly status: number;
      readonly body?: string;
      readonly headers?: Readonly<Record<string, string>>;
    }
  /** The connection breaks. */
  | { readonly kind: "cut"; readonly when: When }
  | { readonly kind: "delay"; readonly when: When; readonly milliseconds: number }
  /** Nothing goes on until the fault is released. */
  | { readonly kind: "hold"; readonly when: When }
  /** Members of the answer are others. */
  | { readonly kind: "change"; readonly members: Readonly<Record<string, unknown>> }
) & {
  /** How many requests have the fault. Default: all. */
  readonly times?: number;
};

/** @param released - Resolves when what is held goes on. */
export function faultOf(name: FaultName, released: Promise<void> = new Promise(() => {})): Fault {
  let left = name.times ?? Infinity;
  return async (context, process) => {
    if (left-- <= 0) return process();
    const when = "when" in name ? name.when : name.kind === "answer" ? "before" : "after";
    if (when === "after") await process();
    if (name.kind === "answer") return context.answer(name.status, name.body ?? "", name.headers);
    if (name.kind === "cut") return context.cut();
    if (name.kind === "change") return context.change(name.members);
    await (name.kind === "hold" ? released : setTimeout(name.milliseconds));
    if (when === "before") await process();
  };
}
