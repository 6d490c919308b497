// The guest of the Extism peer, on the imports of its plug-in kit. Memory of the host is read eight bytes at a time, as
// the kits do.
import "../../assembly/abi/trap";
import { textOf } from "./text";

@external("extism:host/env", "input_length")
declare function input_length(): u64;
@external("extism:host/env", "input_load_u8")
declare function input_load_u8(offset: u64): u8;
@external("extism:host/env", "output_set")
declare function output_set(offset: u64, length: u64): void;
@external("extism:host/env", "alloc")
declare function alloc(length: u64): u64;
@external("extism:host/env", "length")
declare function length_of(offset: u64): u64;
@external("extism:host/env", "load_u8")
declare function load_u8(offset: u64): u8;
@external("extism:host/env", "load_u64")
declare function load_u64(offset: u64): u64;
@external("extism:host/env", "store_u8")
declare function store_u8(offset: u64, value: u8): void;
@external("extism:host/env", "store_u64")
declare function store_u64(offset: u64, value: u64): void;
@external("extism:host/env", "http_request")
declare function http_request(request: u64, body: u64): u64;

/** The input is `<characters to upload, a multiple of 1024, or nothing> <url>`; the output is the length of the response's text. */
export function run(): i32 {
  const input = readInput();
  const space = input.indexOf(" ");
  const url = input.substring(space + 1);
  if (url.length == 0) {
    write("0");
    return 0;
  }
  const method = space > 0 ? "POST" : "GET";
  const body = space > 0 ? put(textOf(<i32>parseInt(input.substring(0, space)))) : 0;
  const response = http_request(put(`{"url":"${url}","method":"${method}"}`), body);
  write(String.UTF8.decode(get(response)).length.toString());
  return 0;
}

function readInput(): string {
  const length = <i32>input_length();
  const bytes = new Uint8Array(length);
  for (let i = 0; i < length; ++i) bytes[i] = input_load_u8(i);
  return String.UTF8.decode(bytes.buffer);
}

function write(text: string): void {
  const at = put(text);
  output_set(at, text.length);
}

function put(text: string): u64 {
  const bytes = String.UTF8.encode(text);
  const at = changetype<usize>(bytes);
  const length = <u64>bytes.byteLength;
  const offset = alloc(length);
  let i: u64 = 0;
  for (; i + 8 <= length; i += 8) store_u64(offset + i, load<u64>(at + <usize>i));
  for (; i < length; ++i) store_u8(offset + i, load<u8>(at + <usize>i));
  return offset;
}

function get(offset: u64): ArrayBuffer {
  const length = length_of(offset);
  const bytes = new ArrayBuffer(<i32>length);
  const at = changetype<usize>(bytes);
  let i: u64 = 0;
  for (; i + 8 <= length; i += 8) store<u64>(at + <usize>i, load_u64(offset + i));
  for (; i < length; ++i) store<u8>(at + <usize>i, load_u8(offset + i));
  return bytes;
}
