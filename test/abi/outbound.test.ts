import { expect, test } from "vitest";
import { GuestMemory } from "../../host/abi/memory.ts";
import { liftRequest, type SendParameters } from "../../host/abi/outbound.ts";

/** Bytes of a body up to which its memory is given back at once. */
const RELEASED = 262_144;
const LIMITS = { url: 100, headerCount: 1, headerUnits: 100, body: 2 * RELEASED };

function posted(length: number): SendParameters {
  return [1, 0, 0, 0, 0, 1, 65_536, length, 0, 0, 0, 0, 0, 0, 0, 0, 0];
}

test.each([
  [0, 0],
  [RELEASED - 1, 0],
  [RELEASED, 0],
  [RELEASED + 1, RELEASED + 1],
])("of a body of %i bytes, %i are left when it is released, and the guest's own stay", (length, left) => {
  const wasm = new WebAssembly.Memory({ initial: 16 });
  new Uint8Array(wasm.buffer).fill(7);
  const request = liftRequest(new GuestMemory(wasm, undefined, "utf16"), "POST", posted(length), LIMITS);
  expect(request.body?.length).toBe(length);
  expect(request.body?.every((byte) => byte === 7)).toBe(true);
  request.release?.();
  expect(request.body?.length).toBe(left);
  expect(wasm.buffer.byteLength).toBe(16 * 65_536);
});

test("a request without a body has no memory to give back", () => {
  const parameters: SendParameters = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
  const memory = new GuestMemory(new WebAssembly.Memory({ initial: 1 }), undefined, "utf16");
  expect(liftRequest(memory, "GET", parameters, LIMITS).release).toBeUndefined();
});
