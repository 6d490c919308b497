import type { Linker } from "../runtime/linker.ts";
import { offerAbsent } from "./absent.ts";
import { offerCli } from "./cli.ts";
import { offerClocks } from "./clocks.ts";
import { offerPoll } from "./poll.ts";
import { offerRandom } from "./random.ts";
import { offerStreams } from "./streams.ts";

/** Offers WASI 0.2 to guests of engines and standard libraries that need it, and nothing of the machine with it. */
export function offerWasi(linker: Linker): void {
  offerPoll(linker);
  offerStreams(linker);
  offerClocks(linker);
  offerRandom(linker);
  offerCli(linker);
  offerAbsent(linker);
}
