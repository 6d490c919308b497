/** What follows an opcode, and what it does to control. Numbers, because a switch over them is what the walk is. */
export const UNKNOWN = 0;
/** Nothing follows. */
export const PLAIN = 1;
/** One LEB128. */
export const ONE = 2;
/** Alignment, perhaps a memory, and an offset. */
export const ACCESS = 3;
export const FOUR_BYTES = 4;
export const EIGHT_BYTES = 5;
export const BLOCK = 6;
export const LOOP = 7;
export const IF = 8;
export const ELSE = 9;
export const END = 10;
export const BRANCH = 11;
export const BRANCH_IF = 12;
export const BRANCH_TABLE = 13;
/** Ends the path: `return`, `unreachable`. */
export const LEAVE = 14;
export const CALL = 15;
export const CALL_INDIRECT = 16;
export const TAIL_CALL = 17;
export const TAIL_CALL_INDIRECT = 18;
export const THROW = 19;
export const TRY_TABLE = 20;
export const SELECT_TYPED = 21;
export const GLOBAL_SET = 22;
export const TABLE_SET = 23;
export const MEMORY_GROW = 24;
export const REF_NULL = 25;
export const PREFIX_BULK = 26;
export const PREFIX_VECTOR = 27;
/** A marker of structure: nothing follows and nothing runs. */
export const NOTHING = 28;
/** Writes memory; what follows is as for ACCESS. */
export const STORE = 29;
export const LOCAL_GET = 30;
export const LOCAL_SET = 31;
export const LOCAL_TEE = 32;
export const GLOBAL_GET = 33;
export const I32_CONST = 34;

export const KIND: Uint8Array = kinds([
  [PLAIN, 0x1a, 0x1b],
  [NOTHING, 0x01, 0x01],
  [LEAVE, 0x00, 0x00],
  [BLOCK, 0x02, 0x02],
  [LOOP, 0x03, 0x03],
  [IF, 0x04, 0x04],
  [ELSE, 0x05, 0x05],
  [THROW, 0x08, 0x08],
  [END, 0x0b, 0x0b],
  [BRANCH, 0x0c, 0x0c],
  [BRANCH_IF, 0x0d, 0x0d],
  [BRANCH_TABLE, 0x0e, 0x0e],
  [LEAVE, 0x0f, 0x0f],
  [CALL, 0x10, 0x10],
  [CALL_INDIRECT, 0x11, 0x11],
  [TAIL_CALL, 0x12, 0x12],
  [TAIL_CALL_INDIRECT, 0x13, 0x13],
  [SELECT_TYPED, 0x1c, 0x1c],
  [TRY_TABLE, 0x1f, 0x1f],
  [LOCAL_GET, 0x20, 0x20],
  [LOCAL_SET, 0x21, 0x21],
  [LOCAL_TEE, 0x22, 0x22],
  [GLOBAL_GET, 0x23, 0x23],
  [GLOBAL_SET, 0x24, 0x24],
  // table.get
  [ONE, 0x25, 0x25],
  [TABLE_SET, 0x26, 0x26],
  [ACCESS, 0x28, 0x35],
  [STORE, 0x36, 0x3e],
  // memory.size
  [ONE, 0x3f, 0x3f],
  [MEMORY_GROW, 0x40, 0x40],
  [I32_CONST, 0x41, 0x41],
  // i64.const
  [ONE, 0x42, 0x42],
  [FOUR_BYTES, 0x43, 0x43],
  [EIGHT_BYTES, 0x44, 0x44],
  // Comparisons, arithmetic, conversions, sign extension
  [PLAIN, 0x45, 0xc4],
  [REF_NULL, 0xd0, 0xd0],
  // ref.is_null
  [PLAIN, 0xd1, 0xd1],
  // ref.func
  [ONE, 0xd2, 0xd2],
  [PREFIX_BULK, 0xfc, 0xfc],
  [PREFIX_VECTOR, 0xfd, 0xfd],
]);

/** Bytes behind a vector opcode; or that it loads or stores, perhaps a lane, whose number follows then. */
export const VECTOR_LOAD = 0xfe;
export const VECTOR_LOAD_LANE = 0xfd;
export const VECTOR_STORE = 0xfc;
export const VECTOR_STORE_LANE = 0xfb;

/** What follows each vector opcode up to the last one of relaxed SIMD. */
export const VECTOR: Uint8Array = kinds(
  [
    [0, 0x00, 0x113],
    [VECTOR_LOAD, 0x00, 0x0a],
    [VECTOR_STORE, 0x0b, 0x0b],
    [16, 0x0c, 0x0d],
    [1, 0x15, 0x22],
    [VECTOR_LOAD_LANE, 0x54, 0x57],
    [VECTOR_STORE_LANE, 0x58, 0x5b],
    [VECTOR_LOAD, 0x5c, 0x5d],
  ],
  0x114,
);

function kinds(ranges: readonly (readonly [kind: number, first: number, last: number])[], size = 256): Uint8Array {
  const table = new Uint8Array(size);
  for (const [kind, first, last] of ranges) table.fill(kind, first, last + 1);
  return table;
}
