// Stands for `tr46` in the URL parser. Its tables of Unicode are many times the size of this library, and the host takes
// no name that mapping changes: a name that is not ASCII is no valid one here, and is written in its xn-- form.

/** The domain in its ASCII form, or null where it has none. */
export function toASCII(domain: string): string | null {
  return /[^ -~]/.test(domain) ? null : domain.toLowerCase();
}
