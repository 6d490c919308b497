import { ComponentError } from "../errors.ts";
import type { Reader } from "./reader.ts";

const PREAMBLE_LENGTH = 8;
const MAGIC = [0x00, 0x61, 0x73, 0x6d];
const COMPONENT = [0x0d, 0x00, 0x01, 0x00];
const CORE_MODULE = [0x01, 0x00, 0x00, 0x00];

/** Reads what every component begins with. */
export function readPreamble(reader: Reader): void {
  const startsWith = (wanted: readonly number[], got: Uint8Array): boolean =>
    wanted.every((byte, i) => byte === got[i]);
  if (reader.end - reader.offset < PREAMBLE_LENGTH || !startsWith(MAGIC, reader.take(4))) {
    throw new ComponentError("the file is not WebAssembly");
  }
  const version = reader.take(4);
  if (startsWith(CORE_MODULE, version)) {
    throw new ComponentError("the file is a core module, not a component; build it with: backfill build hook.ts");
  }
  if (!startsWith(COMPONENT, version)) throw new ComponentError("the file is of an unknown version of WebAssembly");
}
