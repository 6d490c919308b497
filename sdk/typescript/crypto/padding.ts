/** A message as its blocks: a bit 1, zeros, and its length in bits at the end (FIPS 180-4, section 5.1). */
export function padded(message: Uint8Array, block: 64 | 128): { readonly view: DataView; readonly length: number } {
  const length = Math.ceil((message.length + 1 + block / 8) / block) * block;
  const bytes = new Uint8Array(length);
  bytes.set(message);
  bytes[message.length] = 0x80;
  const view = new DataView(bytes.buffer);
  // A message longer than 2^53 bits does not fit any memory here.
  view.setUint32(length - 8, Math.floor(message.length / 0x20000000));
  view.setUint32(length - 4, message.length << 3);
  return { view, length };
}
