import { borrow, option, own, u64 } from "../abi/values.ts";
import type { Linker } from "../runtime/linker.ts";
import { answering } from "./define.ts";
import { RequestOptions } from "./http-messages.ts";
import { did, done, HTTP_TYPES } from "./http-results.ts";

/** Of the three times a guest may set, the host keeps one. That it does not keep the others it says, as it may. */
export function offerOptions(linker: Linker): void {
  const self = borrow(RequestOptions);
  linker
    .drops(RequestOptions)
    .define(
      HTTP_TYPES,
      "[constructor]request-options",
      answering({}, own(RequestOptions), () => new RequestOptions()),
    )
    .define(
      HTTP_TYPES,
      "[method]request-options.first-byte-timeout",
      answering({ self }, option(u64), ({ self }) => self.firstByteTimeout),
    )
    .define(
      HTTP_TYPES,
      "[method]request-options.set-first-byte-timeout",
      answering({ self, duration: option(u64) }, done, ({ self, duration }) => {
        self.firstByteTimeout = duration;
        return did(true);
      }),
    );
  for (const other of ["connect-timeout", "between-bytes-timeout"]) {
    linker
      .define(
        HTTP_TYPES,
        `[method]request-options.${other}`,
        answering({ self }, option(u64), () => undefined),
      )
      .define(
        HTTP_TYPES,
        `[method]request-options.set-${other}`,
        answering({ self, duration: option(u64) }, done, ({ duration }) => did(duration === undefined)),
      );
  }
}
