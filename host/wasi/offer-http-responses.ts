import { borrow, failed, ok, option, own, type Result, result, u16 } from "../abi/values.ts";
import type { Linker } from "../runtime/linker.ts";
import { answering } from "./define.ts";
import { FutureTrailers, IncomingBody } from "./http-body.ts";
import { type ErrorCode, errorCode } from "./http-errors.ts";
import { Fields } from "./http-fields.ts";
import { FutureResponse, IncomingResponse } from "./http-messages.ts";
import { HTTP_TYPES, once } from "./http-results.ts";
import { Pollable } from "./poll.ts";
import { InputStream } from "./streams.ts";

/** Offers responses, as they are waited for and read. */
export function offerResponses(linker: Linker): void {
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
      HTTP_TYPES,
      "[method]future-incoming-response.subscribe",
      answering({ self: future }, own(Pollable), ({ self }) => self.pollable()),
    )
    .define(
      HTTP_TYPES,
      "[method]future-incoming-response.get",
      answering({ self: future }, option(result(outcome, undefined)), ({ self }) => {
        const got = self.take();
        return got === "pending" ? undefined : once(got === "taken" ? undefined : got);
      }),
    )
    .define(
      HTTP_TYPES,
      "[method]incoming-response.status",
      answering({ self }, u16, ({ self }) => self.status),
    )
    .define(
      HTTP_TYPES,
      "[method]incoming-response.headers",
      answering({ self }, own(Fields), ({ self }) => self.headers),
    )
    .define(
      HTTP_TYPES,
      "[method]incoming-response.consume",
      answering({ self }, result(own(IncomingBody), undefined), ({ self }) => once(self.takeBody())),
    )
    .define(
      HTTP_TYPES,
      "[method]incoming-body.stream",
      answering({ self: borrow(IncomingBody) }, result(own(InputStream), undefined), ({ self }) => once(self.stream())),
    )
    .define(
      HTTP_TYPES,
      "[static]incoming-body.finish",
      answering({ this: own(IncomingBody) }, own(FutureTrailers), () => new FutureTrailers()),
    )
    .define(
      HTTP_TYPES,
      "[method]future-trailers.subscribe",
      answering({ self: borrow(FutureTrailers) }, own(Pollable), ready),
    )
    .define(
      HTTP_TYPES,
      "[method]future-trailers.get",
      answering(
        { self: borrow(FutureTrailers) },
        option(result<Result<Fields | undefined, ErrorCode>, undefined>(trailers, undefined)),
        ({ self }) => (self.take() ? ok(ok(undefined)) : failed(undefined)),
      ),
    );
}
