import type { Reader } from "../reader.ts";
import { outside } from "./confine.ts";
import {
  EIGHT_BYTES,
  END,
  FOUR_BYTES,
  GLOBAL_GET,
  I32_CONST,
  KIND,
  ONE,
  PLAIN,
  PREFIX_VECTOR,
  REF_NULL,
} from "./opcodes.ts";

const V128_CONST = 12;

/** Goes over a constant expression of a valid module. */
export function skipConstant(reader: Reader): void {
  for (;;) {
    const opcode = reader.byte();
    switch (KIND[opcode]) {
      case PLAIN:
        break;
      case ONE:
      case GLOBAL_GET:
      case I32_CONST:
      case REF_NULL:
        while (reader.byte() >= 0x80);
        break;
      case FOUR_BYTES:
        reader.take(4);
        break;
      case EIGHT_BYTES:
        reader.take(8);
        break;
      case PREFIX_VECTOR:
        if (reader.u32() !== V128_CONST) throw outside("constants of an unknown kind");
        reader.take(16);
        break;
      case END:
        return;
      default:
        throw outside(`the constant instruction 0x${opcode.toString(16)}`);
    }
  }
}
