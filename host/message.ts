/** The methods that can leave (`types.method`), in the order of the WIT enum. */
export const METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"] as const;

/** One of {@link METHODS}. */
export type Method = (typeof METHODS)[number];

/** How the host is to write the Authorization field (`types.authorization`). */
export type Authorization =
  | { readonly kind: "bearer"; readonly token: string }
  | { readonly kind: "basic"; readonly user: string; readonly password: string }
  | { readonly kind: "oauth"; readonly minTtlSeconds: number | undefined };

/** One request as a guest asks for it (`types.request`). Everything in it is hostile. */
export interface OutboundRequest {
  readonly method: Method;
  readonly url: string;
  /** Names and values by turns, in the guest's order. */
  readonly headers: readonly string[];
  /** Undefined for no body; length 0 is a body. */
  readonly body: Uint8Array | undefined;
  readonly authorization: Authorization | undefined;
  /** Milliseconds; undefined for the host's default. */
  readonly timeout: number | undefined;
  /** Gives the body's memory back at once, for who reads it no more: when the body has been sent and its call told of. */
  readonly release?: (() => void) | undefined;
}

/** One response, whole (`types.response`). */
export interface OutboundResponse {
  readonly status: number;
  /** Names (lower case) and values (Latin-1) by turns, in the order of arrival. */
  readonly headers: readonly string[];
  /** The decoded body in the pieces it came in, so that it is copied once, into the guest. */
  readonly body: readonly Uint8Array[];
  /** The sum of the pieces' lengths. */
  readonly bodyLength: number;
  /** Gives the body's memory back at once, for who reads it no more: when all who were told of the response have returned. */
  readonly release?: (() => void) | undefined;
}
