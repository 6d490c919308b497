import { ComponentError } from "../errors.ts";
import { Reader } from "./reader.ts";

const PREAMBLE_LENGTH = 8;
const MEMORY_SECTION = 5;
const PAGE_BYTES = 65_536;

/**
 * Gives every memory that a core module defines a maximum, so that a guest which asks for more is refused by the
 * engine: a worker's `resourceLimits` do not bound it. A smaller maximum of the module's own stays.
 */
export function limitMemory(module: Uint8Array, bytes: number): Uint8Array {
  const reader = new Reader(module, PREAMBLE_LENGTH);
  while (!reader.done) {
    const start = reader.offset;
    const id = reader.byte();
    const section = reader.section(reader.u32());
    if (id !== MEMORY_SECTION) continue;
    const limited = memorySection(section, Math.floor(bytes / PAGE_BYTES));
    return Buffer.concat([module.subarray(0, start), limited, module.subarray(reader.offset)]);
  }
  return module;
}

function memorySection(reader: Reader, maximum: number): Uint8Array {
  const count = reader.u32();
  const body = [...leb(count)];
  for (let left = count; left > 0; left--) {
    const flags = reader.byte();
    if (flags > 1)
      throw new ComponentError("the component has a shared or 64-bit memory, which this host does not offer");
    const initial = reader.u32();
    const own = flags === 1 ? reader.u32() : maximum;
    if (initial > maximum) {
      throw new ComponentError(
        `the component starts with ${initial * PAGE_BYTES} bytes of memory; at most ${maximum * PAGE_BYTES} are allowed`,
      );
    }
    body.push(1, ...leb(initial), ...leb(Math.min(own, maximum)));
  }
  return Uint8Array.from([MEMORY_SECTION, ...leb(body.length), ...body]);
}

/** Unsigned LEB128. */
function leb(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...leb(Math.floor(value / 0x80))];
}
