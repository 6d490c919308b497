import { randomBytes } from "node:crypto";
import { HttpFailure } from "../../errors.ts";
import type { Authorization, OutboundRequest } from "../../message.ts";
import { isRefusal } from "../../policy/correction.ts";
import type { Target } from "../../policy/decision.ts";
import { canonicaliseUrl } from "../../policy/url.ts";
import { bodySyntax, jsonEscape, percentEncode, standsInJsonStrings } from "./places.ts";
import type { SealedSecret } from "./sealed.ts";

/**
 * How every opaque value begins. Its first letter makes no escape: `\s` is no JSON and `%s` no percent escape,
 * so what stands before an opaque value never reads its beginning as something else.
 */
export const OPAQUE_PREFIX = "sealed_";
/** Of an opaque value: nobody guesses 160 bits. */
const RANDOM_BYTES = 20;
const OPAQUE_LENGTH = OPAQUE_PREFIX.length + RANDOM_BYTES * 2;
/** In one request: an opaque value is short and what stands for it may be long. */
export const MAX_OPAQUE_VALUES = 64;

/** The beginning of an escape, itself escaped or not, that would swallow the first characters of what follows. */
const HALF_ESCAPE = /(?:%(?:25)*[0-9a-f]?|(?:\\|%5c)(?:u[0-9a-f]{0,3})?)$/i;
/** Code units before an opaque value that are looked at for a half escape. */
const LOOK_BEHIND = 32;

/** A request with the real values in it, and where it goes. */
export interface Unsealed {
  /** As the guest made it, but for headers, body and authorization. Its `url` stays sealed, for logs. */
  readonly request: OutboundRequest;
  /** As it was matched, but for the query in `requestTarget`. */
  readonly target: Target;
}

/** The opaque values of one event. They mean nothing in any other. */
export class EventSeals {
  readonly #opaque: Map<SealedSecret, string> = new Map();
  readonly #secrets: Map<string, SealedSecret> = new Map();

  /** What the guest is given for the secret: the same text throughout the event, of letters, digits and `_`. */
  opaque(secret: SealedSecret): string {
    const known = this.#opaque.get(secret);
    if (known !== undefined) return known;
    const opaque = OPAQUE_PREFIX + randomBytes(RANDOM_BYTES).toString("hex");
    this.#opaque.set(secret, opaque);
    this.#secrets.set(opaque, secret);
    return opaque;
  }

  /**
   * Puts the real values in for this event's opaque ones: in `authorization` and header values as they are, in the
   * query percent-encoded, in a body of JSON or of a form as its syntax asks. An opaque value that the guest has
   * altered or encoded is text like any other and leaves as it is.
   *
   * The request has passed the allowlist and `checkHeaders`; its size is checked on what comes back.
   *
   * @param matched - Whether an entry of the allowlist matches the target: in mode `report` a request may leave that
   * none matches, but no secret with it.
   * @throws HttpFailure `secret-not-allowed` where a secret is not bound to the target, or an opaque value stands
   * where no value can be put in. No message holds a value.
   */
  unseal(request: OutboundRequest, target: Target, matched: boolean): Unsealed {
    if (this.#secrets.size === 0) return { request, target };
    return new Unsealing(this.#secrets, target, matched).run(request);
  }
}

type Encode = (value: string) => string;

const asIs: Encode = (value) => value;

/** The unsealing of one request. */
class Unsealing {
  readonly #secrets: ReadonlyMap<string, SealedSecret>;
  readonly #target: Target;
  readonly #matched: boolean;
  /** Exactly the event's opaque values, in which nothing needs escaping. */
  readonly #opaque: RegExp;
  #count = 0;

  constructor(secrets: ReadonlyMap<string, SealedSecret>, target: Target, matched: boolean) {
    this.#secrets = secrets;
    this.#target = target;
    this.#matched = matched;
    this.#opaque = new RegExp([...secrets.keys()].join("|"), "g");
  }

  run(request: OutboundRequest): Unsealed {
    const headers = this.#headers(request.headers);
    const authorization = request.authorization && this.#authorization(request.authorization);
    const body = request.body && this.#body(request.body, request.headers);
    const target = this.#requestTarget();
    return this.#count === 0 ? { request, target } : { request: { ...request, headers, authorization, body }, target };
  }

  #headers(fields: readonly string[]): readonly string[] {
    return fields.map((text, index) => {
      if (index % 2 === 1) return this.#replace(text, "a header", asIs);
      this.#refuseIn(text, "a header's name; only its value can hold one");
      return text;
    });
  }

  #authorization(authorization: Authorization): Authorization {
    switch (authorization.kind) {
      case "bearer":
        return { kind: "bearer", token: this.#replace(authorization.token, "auth.bearer", asIs) };
      case "basic":
        return {
          kind: "basic",
          user: this.#replace(authorization.user, "auth.basic", asIs),
          password: this.#replace(authorization.password, "auth.basic", asIs),
        };
      case "oauth":
        return authorization;
    }
  }

  #requestTarget(): Target {
    const { origin, path, requestTarget } = this.#target;
    this.#refuseIn(path, "the URL's path, which servers log; put it into auth, a header, the query or the body");
    const sealed = requestTarget.slice(path.length);
    const query = this.#replace(sealed, "the query", percentEncode);
    if (query === sealed) return this.#target;
    const canonical = canonicaliseUrl(origin + path + query);
    if (isRefusal(canonical) || canonical.requestTarget !== path + query) {
      throw refused(
        `The URL cannot be sent with its secrets in it: ${isRefusal(canonical) ? canonical.reason : "it would be read as another"}.`,
      );
    }
    return { ...this.#target, requestTarget: path + query };
  }

  #body(body: Uint8Array, headers: readonly string[]): Uint8Array {
    const bytes = Buffer.from(body.buffer, body.byteOffset, body.length);
    if (bytes.indexOf(OPAQUE_PREFIX) < 0) return body;
    // A character a byte: whatever else the body holds comes out as it went in.
    const sealed = bytes.toString("latin1");
    const secret = this.#firstIn(sealed);
    if (secret === undefined) return body;
    const syntax = bodySyntax(contentType(headers));
    if (syntax === undefined) {
      throw refused(
        `The secret ${quote(secret)} stands in a body that is neither application/json nor application/x-www-form-urlencoded. Send one of those and name it in Content-Type, or put the secret into auth, a header or the query.`,
      );
    }
    if (syntax === "json" && !standsInJsonStrings(sealed, this.#opaque.source)) {
      throw refused(`The secret ${quote(secret)} stands outside a string of the JSON body. Put it between quotes.`);
    }
    return Buffer.from(this.#replace(sealed, "the body", syntax === "json" ? jsonEscape : percentEncode), "latin1");
  }

  #replace(text: string, place: string, encode: Encode): string {
    return text.replace(this.#opaque, (opaque, offset: number) => {
      const secret = this.#secrets.get(opaque) as SealedSecret;
      this.#checkBound(secret);
      if (HALF_ESCAPE.test(text.slice(Math.max(0, offset - LOOK_BEHIND), offset))) {
        throw refused(
          `The secret ${quote(secret)} stands in ${place} behind the beginning of an escape (% or \\), which would change its first characters. Finish the escape, or take it away.`,
        );
      }
      this.#count += 1;
      if (this.#count > MAX_OPAQUE_VALUES) {
        throw refused(`The request holds sealed secrets more than ${MAX_OPAQUE_VALUES} times. Send each once.`);
      }
      return encode(secret.value);
    });
  }

  #refuseIn(text: string, place: string): void {
    const secret = this.#firstIn(text);
    if (secret === undefined) return;
    this.#checkBound(secret);
    throw refused(`The secret ${quote(secret)} stands in ${place}.`);
  }

  #firstIn(text: string): SealedSecret | undefined {
    const start = text.search(this.#opaque);
    return start < 0 ? undefined : this.#secrets.get(text.slice(start, start + OPAQUE_LENGTH));
  }

  #checkBound(secret: SealedSecret): void {
    const { origin, path, requestTarget } = this.#target;
    const { allowed, suggestion } = secret.allowlist.check(origin + requestTarget);
    if (allowed && this.#matched) return;
    const place = this.#firstIn(path) === undefined ? origin + path : origin;
    if (!this.#matched) {
      throw refused(
        `The secret ${quote(secret)} may not go to ${place}: no entry of permissions.http matches the URL, and the mode "report" lets no secret leave. Add the entry.`,
      );
    }
    const remedy =
      suggestion === undefined || this.#firstIn(suggestion) !== undefined
        ? ""
        : ` To allow it, add ${JSON.stringify(suggestion)} to secrets.${secret.name}.for.`;
    throw refused(
      `The secret ${quote(secret)} may not go to ${place}: it is bound to ${secret.allowlist.entries.join(", ")}.${remedy}`,
    );
  }
}

function contentType(headers: readonly string[]): string {
  const index = headers.findIndex((text, i) => i % 2 === 0 && text.toLowerCase() === "content-type");
  return index < 0 ? "" : (headers[index + 1] ?? "");
}

function quote(secret: SealedSecret): string {
  return JSON.stringify(secret.name);
}

function refused(message: string): HttpFailure {
  return new HttpFailure({ code: "secret-not-allowed", phase: "auth", message });
}
