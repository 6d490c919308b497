import { createHash } from "node:crypto";

/** How tests name a token without holding it. */
export function fingerprint(token: string): string {
  return createHash("sha256").update(token).digest("hex");
}
