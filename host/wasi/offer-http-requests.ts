import { borrow, failed, ok, option, own, type Result, result, string } from "../abi/values.ts";
import type { Linker } from "../runtime/linker.ts";
import { answering } from "./define.ts";
import { OutgoingBody } from "./http-body.ts";
import { type ErrorCode, errorCode } from "./http-errors.ts";
import { Fields } from "./http-fields.ts";
import { method, OutgoingRequest, scheme } from "./http-messages.ts";
import { did, done, HTTP_TYPES, once } from "./http-results.ts";
import { OutputStream } from "./streams.ts";

/** Offers requests and their bodies. */
export function offerRequests(linker: Linker, bodyLimit: number): void {
  const self = borrow(OutgoingRequest);
  const of = (method: string): string => `[method]outgoing-request.${method}`;
  linker
    .drops(OutgoingRequest)
    .drops(OutgoingBody)
    .define(
      HTTP_TYPES,
      "[constructor]outgoing-request",
      answering(
        { headers: own(Fields) },
        own(OutgoingRequest),
        ({ headers }, { store }) => new OutgoingRequest(headers.fixed(store)),
      ),
    )
    .define(
      HTTP_TYPES,
      of("body"),
      answering({ self }, result(own(OutgoingBody), undefined), ({ self }, { store }) =>
        once(self.takeBody(store, bodyLimit)),
      ),
    )
    .define(
      HTTP_TYPES,
      of("method"),
      answering({ self }, method, ({ self }) => self.method),
    )
    .define(
      HTTP_TYPES,
      of("set-method"),
      answering({ self, method }, done, ({ self, method }) => {
        self.method = method;
        return did(true);
      }),
    )
    .define(
      HTTP_TYPES,
      of("path-with-query"),
      answering({ self }, option(string), ({ self }) => self.path),
    )
    .define(
      HTTP_TYPES,
      of("set-path-with-query"),
      answering({ self, path: option(string) }, done, ({ self, path }) => did(self.setPath(path))),
    )
    .define(
      HTTP_TYPES,
      of("scheme"),
      answering({ self }, option(scheme), ({ self }) => self.scheme),
    )
    .define(
      HTTP_TYPES,
      of("set-scheme"),
      answering({ self, scheme: option(scheme) }, done, ({ self, scheme }) => {
        self.scheme = scheme;
        return did(true);
      }),
    )
    .define(
      HTTP_TYPES,
      of("authority"),
      answering({ self }, option(string), ({ self }) => self.authority),
    )
    .define(
      HTTP_TYPES,
      of("set-authority"),
      answering({ self, authority: option(string) }, done, ({ self, authority }) => did(self.setAuthority(authority))),
    )
    .define(
      HTTP_TYPES,
      of("headers"),
      answering({ self }, own(Fields), ({ self }) => self.headers),
    )
    .define(
      HTTP_TYPES,
      "[method]outgoing-body.write",
      answering({ self: borrow(OutgoingBody) }, result(own(OutputStream), undefined), ({ self }) =>
        once(self.stream()),
      ),
    )
    .define(
      HTTP_TYPES,
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
