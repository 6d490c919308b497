import {
  borrow,
  bool,
  bytes,
  enumeration,
  failed,
  list,
  ok,
  option,
  own,
  record,
  type Result,
  result,
  string,
  u16,
  u64,
} from "../abi/values.ts";
import type { Linker } from "../runtime/linker.ts";
import { answering } from "./define.ts";
import { FutureTrailers, IncomingBody, OutgoingBody } from "./http-body.ts";
import { type ErrorCode, errorCode } from "./http-errors.ts";
import { Fields, HEADER_ERRORS, type HeaderError } from "./http-fields.ts";
import {
  FutureResponse,
  IncomingResponse,
  method,
  OutgoingRequest,
  RequestOptions,
  scheme,
  send,
} from "./http-messages.ts";
import { Pollable } from "./poll.ts";
import { InputStream, OutputStream, StreamFailure } from "./streams.ts";

const name = "wasi:http/types@0.2";

const done = result<undefined, undefined>(undefined, undefined);

/** The answer of a method that says nothing but whether it did what it was asked. */
function did(isDone: boolean): Result<undefined, undefined> {
  return isDone ? ok(undefined) : failed(undefined);
}

/** The answer of a method that gives what it has once. */
function once<T>(value: T | undefined): Result<T, undefined> {
  return value === undefined ? failed(undefined) : ok(value);
}

/**
 * Offers `wasi:http/outgoing-handler`, to guests that use their language's own HTTP client: requests leave through the
 * one door, under the policy and the limits of every call.
 *
 * @param bodyLimit - Bytes of a request's body.
 */
export function offerHttp(linker: Linker, bodyLimit: number): void {
  offerFields(linker);
  offerRequests(linker, bodyLimit);
  offerOptions(linker);
  offerResponses(linker);
  linker
    .defineAbsent(name, ["incoming-request", "response-outparam", "outgoing-response"])
    .define(
      name,
      "http-error-code",
      answering({ err: borrow(StreamFailure) }, option(errorCode), () => undefined),
    )
    .define(
      "wasi:http/outgoing-handler@0.2",
      "handle",
      answering(
        { request: own(OutgoingRequest), options: option(own(RequestOptions)) },
        result(own(FutureResponse), errorCode),
        ({ request, options }, { store }) => {
          const { outboundMethod } = request;
          return outboundMethod === undefined
            ? failed({ kind: "HTTP-request-method-invalid" })
            : ok(send(store, request, options, outboundMethod, bodyLimit));
        },
      ),
    );
}

function offerFields(linker: Linker): void {
  const self = borrow(Fields);
  const field = record({ name: string, value: bytes });
  const headerError = enumeration("header-error", HEADER_ERRORS);
  const changed = result(undefined, headerError);
  const change = (error: HeaderError | undefined): Result<undefined, HeaderError> =>
    error === undefined ? ok(undefined) : failed(error);
  linker
    .drops(Fields)
    .define(
      name,
      "[constructor]fields",
      answering({}, own(Fields), (_, { store }) => new Fields(store)),
    )
    .define(
      name,
      "[static]fields.from-list",
      answering({ entries: list(field) }, result(own(Fields), headerError), ({ entries }, { store }) => {
        const fields = new Fields(store);
        const error = fields.append(entries);
        return error === undefined ? ok(fields) : failed(error);
      }),
    )
    .define(
      name,
      "[method]fields.get",
      answering({ self, name: string }, list(bytes), ({ self, name }) => self.get(name)),
    )
    .define(
      name,
      "[method]fields.has",
      answering({ self, name: string }, bool, ({ self, name }) => self.get(name).length > 0),
    )
    .define(
      name,
      "[method]fields.set",
      answering({ self, name: string, value: list(bytes) }, changed, ({ self, name, value }) =>
        change(self.set(name, value)),
      ),
    )
    .define(
      name,
      "[method]fields.delete",
      answering({ self, name: string }, changed, ({ self, name }) => change(self.set(name, []))),
    )
    .define(
      name,
      "[method]fields.append",
      answering({ self, name: string, value: bytes }, changed, ({ self, name, value }) =>
        change(self.append([{ name, value }])),
      ),
    )
    .define(
      name,
      "[method]fields.entries",
      answering({ self }, list(field), ({ self }) => self.all),
    )
    .define(
      name,
      "[method]fields.clone",
      answering({ self }, own(Fields), ({ self }, { store }) => self.clone(store)),
    );
}

function offerRequests(linker: Linker, bodyLimit: number): void {
  const self = borrow(OutgoingRequest);
  const of = (method: string): string => `[method]outgoing-request.${method}`;
  linker
    .drops(OutgoingRequest)
    .drops(OutgoingBody)
    .define(
      name,
      "[constructor]outgoing-request",
      answering(
        { headers: own(Fields) },
        own(OutgoingRequest),
        ({ headers }, { store }) => new OutgoingRequest(headers.fixed(store)),
      ),
    )
    .define(
      name,
      of("body"),
      answering({ self }, result(own(OutgoingBody), undefined), ({ self }, { store }) =>
        once(self.takeBody(store, bodyLimit)),
      ),
    )
    .define(
      name,
      of("method"),
      answering({ self }, method, ({ self }) => self.method),
    )
    .define(
      name,
      of("set-method"),
      answering({ self, method }, done, ({ self, method }) => {
        self.method = method;
        return did(true);
      }),
    )
    .define(
      name,
      of("path-with-query"),
      answering({ self }, option(string), ({ self }) => self.path),
    )
    .define(
      name,
      of("set-path-with-query"),
      answering({ self, path: option(string) }, done, ({ self, path }) => did(self.setPath(path))),
    )
    .define(
      name,
      of("scheme"),
      answering({ self }, option(scheme), ({ self }) => self.scheme),
    )
    .define(
      name,
      of("set-scheme"),
      answering({ self, scheme: option(scheme) }, done, ({ self, scheme }) => {
        self.scheme = scheme;
        return did(true);
      }),
    )
    .define(
      name,
      of("authority"),
      answering({ self }, option(string), ({ self }) => self.authority),
    )
    .define(
      name,
      of("set-authority"),
      answering({ self, authority: option(string) }, done, ({ self, authority }) => did(self.setAuthority(authority))),
    )
    .define(
      name,
      of("headers"),
      answering({ self }, own(Fields), ({ self }) => self.headers),
    )
    .define(
      name,
      "[method]outgoing-body.write",
      answering({ self: borrow(OutgoingBody) }, result(own(OutputStream), undefined), ({ self }) =>
        once(self.stream()),
      ),
    )
    .define(
      name,
      "[static]outgoing-body.finish",
      answering(
        { this: own(OutgoingBody), trailers: option(own(Fields)) },
        result<undefined, ErrorCode>(undefined, errorCode),
        ({ this: body, trailers }): Result<undefined, ErrorCode> => {
          if (trailers !== undefined && trailers.all.length > 0) {
            body.dropped();
            return failed({ kind: "HTTP-request-trailer-section-size", value: 0 });
          }
          body.finish();
          return ok(undefined);
        },
      ),
    );
}

/** Of the three times a guest may set, the host keeps one. That it does not keep the others it says, as it may. */
function offerOptions(linker: Linker): void {
  const self = borrow(RequestOptions);
  linker
    .drops(RequestOptions)
    .define(
      name,
      "[constructor]request-options",
      answering({}, own(RequestOptions), () => new RequestOptions()),
    )
    .define(
      name,
      "[method]request-options.first-byte-timeout",
      answering({ self }, option(u64), ({ self }) => self.firstByteTimeout),
    )
    .define(
      name,
      "[method]request-options.set-first-byte-timeout",
      answering({ self, duration: option(u64) }, done, ({ self, duration }) => {
        self.firstByteTimeout = duration;
        return did(true);
      }),
    );
  for (const other of ["connect-timeout", "between-bytes-timeout"]) {
    linker
      .define(
        name,
        `[method]request-options.${other}`,
        answering({ self }, option(u64), () => undefined),
      )
      .define(
        name,
        `[method]request-options.set-${other}`,
        answering({ self, duration: option(u64) }, done, ({ duration }) => did(duration === undefined)),
      );
  }
}

function offerResponses(linker: Linker): void {
  const future = borrow(FutureResponse);
  const self = borrow(IncomingResponse);
  const outcome = result(own(IncomingResponse), errorCode);
  const trailers = result(option(own(Fields)), errorCode);
  const ready = (): Pollable => Pollable.ready();
  linker
    .drops(FutureResponse)
    .drops(IncomingResponse)
    .drops(IncomingBody)
    .drops(FutureTrailers)
    .define(
      name,
      "[method]future-incoming-response.subscribe",
      answering({ self: future }, own(Pollable), ({ self }) => self.pollable()),
    )
    .define(
      name,
      "[method]future-incoming-response.get",
      answering({ self: future }, option(result(outcome, undefined)), ({ self }) => {
        const got = self.take();
        return got === "pending" ? undefined : once(got === "taken" ? undefined : got);
      }),
    )
    .define(
      name,
      "[method]incoming-response.status",
      answering({ self }, u16, ({ self }) => self.status),
    )
    .define(
      name,
      "[method]incoming-response.headers",
      answering({ self }, own(Fields), ({ self }) => self.headers),
    )
    .define(
      name,
      "[method]incoming-response.consume",
      answering({ self }, result(own(IncomingBody), undefined), ({ self }) => once(self.takeBody())),
    )
    .define(
      name,
      "[method]incoming-body.stream",
      answering({ self: borrow(IncomingBody) }, result(own(InputStream), undefined), ({ self }) => once(self.stream())),
    )
    .define(
      name,
      "[static]incoming-body.finish",
      answering({ this: own(IncomingBody) }, own(FutureTrailers), () => new FutureTrailers()),
    )
    .define(
      name,
      "[method]future-trailers.subscribe",
      answering({ self: borrow(FutureTrailers) }, own(Pollable), ready),
    )
    .define(
      name,
      "[method]future-trailers.get",
      answering(
        { self: borrow(FutureTrailers) },
        option(result<Result<Fields | undefined, ErrorCode>, undefined>(trailers, undefined)),
        ({ self }) => (self.take() ? ok(ok(undefined)) : failed(undefined)),
      ),
    );
}
