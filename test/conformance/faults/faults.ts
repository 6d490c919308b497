/** A mistake that a host can make, as a change to the source of the TypeScript host. */
export interface Fault {
  /** What the host does wrong. */
  readonly title: string;
  /** The file in host/. */
  readonly file: string;
  readonly replace: string;
  readonly by: string;
  /** A case that catches it. */
  readonly caughtBy: string;
}

export const FAULTS: readonly Fault[] = [
  {
    title: "takes a private range for public",
    file: "policy/addresses.ts",
    replace: `  "10.0.0.0/8": "private use",\n`,
    by: "",
    caughtBy: "policy/must/address-v4-private-use",
  },
  {
    title: "checks the first address alone",
    file: "transport/resolve.ts",
    replace: "addresses.map(addressClass)",
    by: "addresses.slice(0, 1).map(addressClass)",
    caughtBy: "policy/must/address-any",
  },
  {
    title: "lets a wildcard match an encoded slash",
    file: "policy/match.ts",
    replace: `segment === "" || holdsSlash(segment)`,
    by: `segment === "" || (holdsSlash(segment) && false)`,
    caughtBy: "policy/must/url-a-wildcard-before-the-last-segment-never-matches-one",
  },
  {
    title: "decodes a path once, and so misses what is encoded twice",
    file: "policy/path.ts",
    replace: "for (let round = 0; ESCAPE.test(text); round += 1)",
    by: "for (let round = 0; round < 1 && ESCAPE.test(text); round += 1)",
    caughtBy: "policy/must/url-a-dot-segment-that-is-encoded-twice-or-more-is-refused",
  },
  {
    title: "lets the guest frame the message",
    file: "policy/headers.ts",
    replace: `  "transfer-encoding",\n`,
    by: "",
    caughtBy: "policy/must/header-the-guest-does-not-frame-the-message",
  },
  {
    title: "holds a compressed body to no cap",
    file: "transport/exchange.ts",
    replace: "const fits = this.#checkRoom(piece.length);",
    by: "const fits = this.#decoder !== undefined || this.#checkRoom(piece.length);",
    caughtBy: "limits/must/response-body-bytes-decoded",
  },
  {
    title: "waits for as long as the guest says",
    file: "transport/request.ts",
    replace: "return Math.min(timeout, limits.maximumDeadline);",
    by: "return timeout;",
    caughtBy: "limits/must/maximum-deadline",
  },
  {
    title: "trusts every certificate",
    file: "transport/connector.ts",
    replace: "rejectUnauthorized: true",
    by: "rejectUnauthorized: false",
    caughtBy: "boundary/must/tls-unknown-authority",
  },
  {
    title: "says of a request that was sent that it was not",
    file: "transport/failures.ts",
    replace: "requestMayHaveBeenSent: at.sent",
    by: "requestMayHaveBeenSent: false",
    caughtBy: "boundary/must/no-retry-after-a-broken-connection",
  },
  {
    title: "puts a sealed secret into calls to anywhere",
    file: "auth/seal/seals.ts",
    replace: "if (allowed && this.#matched) return;",
    by: "if (allowed || this.#matched) return;",
    caughtBy: "credentials/must/sealed-header-elsewhere",
  },
];
