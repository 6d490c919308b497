import { authority } from "./authority.ts";
import { boundaries } from "./boundaries.ts";
import type { HeaderCase, UrlCase } from "./case.ts";
import { dotSegments } from "./dot-segments.ts";
import { emptySegments } from "./empty-segments.ts";
import { framingHeaders } from "./framing-headers.ts";
import { headerInjection } from "./header-injection.ts";
import { hosts } from "./hosts.ts";
import { hostSpelling } from "./host-spelling.ts";
import { ipLiterals } from "./ip-literals.ts";
import { pathEscapes } from "./path-escapes.ts";
import { ports } from "./ports.ts";
import { routingHeaders } from "./routing-headers.ts";
import { scheme } from "./scheme.ts";

export type { EntryCase, HeaderCase, UrlCase } from "./case.ts";
export { entries } from "./entries.ts";
export { harmless as harmlessUrls } from "./harmless.ts";
export { harmlessHeaders } from "./harmless-headers.ts";

/** Every URL that must not leave. */
export const hostileUrls: readonly UrlCase[] = [
  ...hosts,
  ...authority,
  ...hostSpelling,
  ...ipLiterals,
  ...dotSegments,
  ...pathEscapes,
  ...emptySegments,
  ...scheme,
  ...ports,
  ...boundaries,
];

/** Every header field that must not leave. */
export const hostileHeaders: readonly HeaderCase[] = [...headerInjection, ...framingHeaders, ...routingHeaders];
