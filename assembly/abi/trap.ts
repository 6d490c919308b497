/** Replaces `abort` in the Http component, which has no log. Nothing in it is meant to come here. */
export function trap(message: string | null, file: string | null, line: u32, column: u32): void {
  unreachable();
}
