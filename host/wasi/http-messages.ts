import { Resource } from "../abi/handles.ts";
import type { ValueType } from "../abi/passage.ts";
import { type Plain, string, type Valued, variant } from "../abi/values.ts";
import { HookError, HttpFailure } from "../errors.ts";
import { type Method, METHODS, type OutboundResponse } from "../message.ts";
import type { Store } from "../runtime/store.ts";
import { type BodyEnd, IncomingBody, OutgoingBody } from "./http-body.ts";
import { type ErrorCode, errorCodeOf } from "./http-errors.ts";
import { Fields, lengthIsTrue, namesAndValues } from "./http-fields.ts";
import { Pollable } from "./poll.ts";

const methodCases = {
  get: undefined,
  head: undefined,
  post: undefined,
  put: undefined,
  delete: undefined,
  connect: undefined,
  options: undefined,
  trace: undefined,
  patch: undefined,
  other: string,
};

/** One of the cases of `wasi:http/types.method`. */
export type MethodCase =
  | Plain<"get" | "head" | "post" | "put" | "delete" | "connect" | "options" | "trace" | "patch">
  | Valued<"other", string>;

/** `wasi:http/types.method` */
export const method: ValueType<MethodCase> = variant("method", methodCases);

const schemeCases = { HTTP: undefined, HTTPS: undefined, other: string };

/** One of the cases of `wasi:http/types.scheme`. */
export type SchemeCase = Plain<"HTTP" | "HTTPS"> | Valued<"other", string>;

/** `wasi:http/types.scheme` */
export const scheme: ValueType<SchemeCase> = variant("scheme", schemeCases);

/** What can be an authority without a user, as far as the parts of a URL could be told apart in another way. */
const AUTHORITY = /^[^\s/?#@\\]+$/;
const PATH = /^\/[^\s#\\]*$/;

/** `wasi:http/types.outgoing-request` */
export class OutgoingRequest extends Resource {
  static readonly resource: string = "outgoing-request";
  readonly headers: Fields;
  method: MethodCase = { kind: "get" };
  scheme: SchemeCase | undefined;
  #authority: string | undefined;
  #path: string | undefined;
  #body: OutgoingBody | undefined;

  constructor(headers: Fields) {
    super();
    this.headers = headers;
  }

  get authority(): string | undefined {
    return this.#authority;
  }

  get path(): string | undefined {
    return this.#path;
  }

  get body(): OutgoingBody | undefined {
    return this.#body;
  }

  /** False where it is none. */
  setAuthority(authority: string | undefined): boolean {
    if (authority !== undefined && !AUTHORITY.test(authority)) return false;
    this.#authority = authority;
    return true;
  }

  /** False where it is none. */
  setPath(path: string | undefined): boolean {
    if (path !== undefined && !PATH.test(path)) return false;
    this.#path = path;
    return true;
  }

  /** Its body, to be written; undefined the second time. */
  takeBody(store: Store, limit: number): OutgoingBody | undefined {
    if (this.#body !== undefined) return undefined;
    this.#body = new OutgoingBody(store, limit);
    return this.#body;
  }

  /** The method where it is one that can leave. */
  get outboundMethod(): Method | undefined {
    const name = this.method.kind === "other" ? this.method.value : this.method.kind.toUpperCase();
    return METHODS.find((one) => one === name);
  }

  /** The whole URL: the policy rules on that, and on nothing that was made of it. */
  get url(): string {
    const name = this.scheme === undefined ? "https" : (this.scheme.value ?? this.scheme.kind.toLowerCase());
    return `${name}://${this.#authority ?? ""}${this.#path ?? "/"}`;
  }
}

/** `wasi:http/types.request-options`, as far as the host keeps them. */
export class RequestOptions extends Resource {
  static readonly resource: string = "request-options";
  /** Nanoseconds. It is the deadline of the whole call. */
  firstByteTimeout: bigint | undefined;
}

/** `wasi:http/types.incoming-response` */
export class IncomingResponse extends Resource {
  static readonly resource: string = "incoming-response";
  readonly status: number;
  readonly headers: Fields;
  #body: IncomingBody | undefined;

  constructor(store: Store, { status, headers, body }: OutboundResponse) {
    super();
    this.status = status;
    const fields = Array.from({ length: headers.length / 2 }, (_, i) => ({
      name: headers[i * 2] as string,
      value: Buffer.from(headers[i * 2 + 1] as string, "latin1"),
    }));
    this.headers = new Fields(store, fields, true);
    this.#body = new IncomingBody(body);
  }

  /** Its body, to be read; undefined the second time. */
  takeBody(): IncomingBody | undefined {
    const body = this.#body;
    this.#body = undefined;
    return body;
  }
}

/** What came of a request. */
export type Outcome =
  | { readonly kind: "ok"; readonly value: IncomingResponse }
  | { readonly kind: "error"; readonly value: ErrorCode };

/** `wasi:http/types.future-incoming-response` */
export class FutureResponse extends Resource {
  static readonly resource: string = "future-incoming-response";
  #outcome: Outcome | "pending" | "taken" = "pending";
  readonly #wakes = new Set<() => void>();

  get isReady(): boolean {
    return this.#outcome !== "pending";
  }

  settle(outcome: Outcome): void {
    this.#outcome = outcome;
    for (const wake of this.#wakes) wake();
  }

  /** The outcome, once; `"pending"` before it is there. */
  take(): Outcome | "pending" | "taken" {
    const outcome = this.#outcome;
    if (outcome !== "pending") this.#outcome = "taken";
    return outcome;
  }

  pollable(): Pollable {
    return new Pollable(
      () => this.isReady,
      (wake) => {
        this.#wakes.add(wake);
        return () => this.#wakes.delete(wake);
      },
    );
  }
}

const MILLISECOND = 1_000_000n;
const LONGEST = 0xffffffffn;

/** What calls end with that nobody waited for. */
const OVER = new HookError("BACKFILL_HOOK_CANCELLED", "the event is over");

/** Sends a request through the door as soon as its body is whole. */
export function send(
  store: Store,
  request: OutgoingRequest,
  options: RequestOptions | undefined,
  method: Method,
  bodyLimit: number,
): FutureResponse {
  store.atEnd(() => store.end(OVER));
  const future = new FutureResponse();
  const failed = (failure: HttpFailure): void => future.settle({ kind: "error", value: errorCodeOf(failure) });
  const { body } = request;

  const start = (end: BodyEnd): void => {
    if (store.ending.over) return;
    const failure = bodyFailure(request, end, bodyLimit);
    if (failure !== undefined) {
      body?.release();
      failed(store.outbound.refused(method, failure));
      return;
    }
    const isEmpty = body === undefined || (body.length === 0 && (method === "GET" || method === "DELETE"));
    const timeout = options?.firstByteTimeout;
    store.outbound
      .send({
        method,
        url: request.url,
        headers: namesAndValues(request.headers.all),
        body: isEmpty ? undefined : body.bytes(),
        authorization: undefined,
        timeout: timeout === undefined ? undefined : milliseconds(timeout),
      })
      .finally(() => body?.release())
      .then(
        (response) => future.settle({ kind: "ok", value: new IncomingResponse(store, response) }),
        (error: unknown) => (error instanceof HttpFailure ? failed(error) : void store.end(error as Error)),
      );
  };
  if (body === undefined) start("finished");
  else body.whenEnded(start);
  return future;
}

function milliseconds(nanoseconds: bigint): number {
  const whole = (nanoseconds + MILLISECOND - 1n) / MILLISECOND;
  return Number(whole < LONGEST ? whole : LONGEST);
}

/** Why a body is not sent as it is. */
function bodyFailure({ headers, body }: OutgoingRequest, end: BodyEnd, limit: number): HttpFailure | undefined {
  const fail = (code: "too-large" | "invalid-request", message: string): HttpFailure =>
    new HttpFailure({ code, phase: "validate", message });
  if (end === "too-large") {
    return fail("too-large", `the request bodies under way are longer than the ${limit} bytes that may leave`);
  }
  if (end === "dropped") return fail("invalid-request", "the request's body was dropped before it was finished");
  if (lengthIsTrue(headers, body?.length ?? 0)) return undefined;
  return fail("invalid-request", "the content-length is not the length of the request's body; leave it out");
}
