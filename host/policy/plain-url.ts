import type { CanonicalUrl } from "./url.ts";

/** Longer ones go the general way, which counts. */
const MAX_LENGTH = 2048;
/** No label is longer than its host. */
const MAX_HOST_LENGTH = 63;

// Lower-case labels of letters and digits with single hyphens between them, the last beginning with a letter: no IP
// literal, no A-label. Then segments that hold no escape and no parameter and are no dots, and a query of what a URL parser
// leaves as it is. No part of it can match in two ways, so that it takes one pass.
const HOST = "(?:[a-z0-9]+(?:-[a-z0-9]+)*\\.)+[a-z][a-z0-9]*(?:-[a-z0-9]+)*";
const PATH = "(?=/)(?:/(?!\\.\\.?(?:[/?]|$))[\\w.~!$&'()*+,=:@-]+)*/?";
const QUERY = "(?:\\?[\\w.~!$&()*+,;=:@/?%-]*)?";
const PLAIN = new RegExp(`^https://${HOST}${PATH}${QUERY}$`);

const SCHEME_LENGTH = "https://".length;

/**
 * The canonical form of a URL that stands in it already, as nearly all do; undefined for any other, which may be canonical
 * too. What this gives is what the general way would have given.
 */
export function plainUrl(raw: string): CanonicalUrl | undefined {
  if (raw.length > MAX_LENGTH) return undefined;
  if (!PLAIN.test(raw)) return undefined;
  const start = raw.indexOf("/", SCHEME_LENGTH);
  if (start - SCHEME_LENGTH > MAX_HOST_LENGTH) return undefined;
  const hostname = raw.slice(SCHEME_LENGTH, start);
  const requestTarget = raw.slice(start);
  const query = requestTarget.indexOf("?");
  return {
    hostname,
    port: 443,
    authority: hostname,
    origin: raw.slice(0, start),
    path: query < 0 ? requestTarget : requestTarget.slice(0, query),
    requestTarget,
    href: raw,
  };
}
