import type { Linker } from "../runtime/linker.ts";
import { offerAbsent } from "./absent.ts";
import { offerCli } from "./cli.ts";
import { offerClocks } from "./clocks.ts";
import { offerHttp } from "./http.ts";
import { offerPoll } from "./poll.ts";
import { offerRandom } from "./random.ts";
import { offerStreams } from "./streams.ts";

/**
 * Offers WASI 0.2 to guests of engines and standard libraries that need it, and nothing of the machine with it.
 *
 * @param bodyLimit - Bytes of a request's body.
 */
export function offerWasi(linker: Linker, bodyLimit: number): void {
  offerPoll(linker);
  offerStreams(linker);
  offerClocks(linker);
  offerRandom(linker);
  offerCli(linker);
  offerAbsent(linker);
  offerHttp(linker, bodyLimit);
}
