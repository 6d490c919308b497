import { borrow, failed, ok, option, own, result } from "../abi/values.ts";
import type { Linker } from "../runtime/linker.ts";
import { answering } from "./define.ts";
import { errorCode } from "./http-errors.ts";
import { FutureResponse, OutgoingRequest, RequestOptions, send } from "./http-messages.ts";
import { HTTP_TYPES } from "./http-results.ts";
import { offerFields } from "./offer-http-fields.ts";
import { offerOptions } from "./offer-http-options.ts";
import { offerRequests } from "./offer-http-requests.ts";
import { offerResponses } from "./offer-http-responses.ts";
import { StreamFailure } from "./streams.ts";

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
    .defineAbsent(HTTP_TYPES, ["incoming-request", "response-outparam", "outgoing-response"])
    .define(
      HTTP_TYPES,
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
