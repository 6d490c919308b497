// Room for the many small objects that a hook reads out of a document: views of values, and short texts. The collector's
// own allocation takes several times as long, and it would soon go through all of them. What lies here is never
// collected, so it is bounded: by a multiple of the documents that were read, which are kept for it, and in all.

/** What the documents may be that are kept to the end of the instance, in all. */
const DOCUMENTS_LIMIT: i32 = 4 << 20;
/** How many bytes of objects there may be for a byte of a document. */
const SHARE: i32 = 3;
const FIRST_CHUNK: i32 = 1 << 11;
const LAST_CHUNK: i32 = 1 << 16;

// The collector's header of an object (see runtime/collector.ts). It never comes to one that lies within another.
const HEADER: usize = 16;

let place: usize = 0;
let end: usize = 0;
let documents: i32 = 0;
let taken: i32 = 0;

/** Whether a document of this size may be kept for good. If so it must be: its views will be no reason to keep it. */
export function admit(size: i32): bool {
  if (size > DOCUMENTS_LIMIT - documents) return false;
  documents += size;
  return true;
}

/** An object without its constructor, all zero; 0 where there is no more room. */
// @ts-ignore: decorator
@inline
export function allocate(size: usize, id: u32): usize {
  const whole = HEADER + ((size + 3) & ~3);
  if (place + whole > end && !extend(whole)) return 0;
  const at = place;
  place = at + whole;
  store<u32>(at, id, 8);
  store<u32>(at, <u32>size, 12);
  return at + HEADER;
}

function extend(needed: usize): bool {
  const size = max(FIRST_CHUNK, min(LAST_CHUNK, taken));
  if (needed > <usize>size || taken + size > documents * SHARE + FIRST_CHUNK) return false;
  taken += size;
  place = __alloc(size);
  memory.fill(place, 0, size);
  end = place + <usize>size;
  return true;
}
