/**
 * An entry as a message may show it: without userinfo, query and fragment, which may hold a secret. An entry
 * that is refused need not be a URL, so everything before the last `@` counts as userinfo; an `@` behind a `?`
 * or `#` may end a password that holds one, and then nothing is shown.
 */
export function redact(entry: string): string {
  const at = entry.lastIndexOf("@");
  const end = entry.search(/[?#]/);
  if (end < 0) return at < 0 ? entry : `…${entry.slice(at)}`;
  if (at > end) return "…";
  return `${at < 0 ? "" : "…"}${entry.slice(Math.max(at, 0), end)}?…`;
}
