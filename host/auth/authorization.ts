import { HttpFailure } from "../errors.ts";
import type { Authorization } from "../message.ts";

/** What a token may hold: every visible byte. RFC 6750's b64token is narrower, but services in use are not. */
const TOKEN = /^[\x21-\x7e\x80-\xff]+$/;

/** Control characters, which RFC 7617, section 2, keeps out of user and password. */
// oxlint-disable-next-line no-control-regex
const CONTROL = /[\x00-\x1f\x7f-\x9f]/;

/** `bearer` and `basic`: what the guest itself gives. */
export type GivenAuthorization = Exclude<Authorization, { readonly kind: "oauth" }>;

/**
 * The value of the Authorization field.
 *
 * @throws HttpFailure `invalid-request` for a token or credentials that cannot be written.
 */
export function authorizationValue(authorization: GivenAuthorization): string {
  switch (authorization.kind) {
    case "bearer":
      if (!isToken(authorization.token)) {
        throw invalid(
          "auth.bearer is empty or holds a space, a control character or one above U+00FF. Pass the token alone, without a line end.",
        );
      }
      return bearerValue(authorization.token);
    case "basic":
      if (authorization.user.includes(":")) {
        throw invalid("auth.basic.user holds a colon, which would end the user name (RFC 7617).");
      }
      if (CONTROL.test(authorization.user) || CONTROL.test(authorization.password)) {
        throw invalid("auth.basic holds a control character, which RFC 7617 does not allow.");
      }
      return `Basic ${Buffer.from(`${authorization.user}:${authorization.password}`, "utf8").toString("base64")}`;
  }
}

/** Whether it can stand behind `Bearer `. */
export function isToken(token: string): boolean {
  return TOKEN.test(token);
}

/** The field's value for a token that {@link isToken} (RFC 6750, section 2.1). */
export function bearerValue(token: string): string {
  return `Bearer ${token}`;
}

function invalid(message: string): HttpFailure {
  return new HttpFailure({ code: "invalid-request", phase: "auth", message });
}
