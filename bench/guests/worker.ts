// The guest of the peer with a worker: its host blocks until the response has come, and then gives its bytes.
import "../../assembly/abi/trap";
import { textOf } from "./text";

@external("host", "send")
declare function send(url: usize, urlLength: i32, body: usize, bodyLength: i32): i32;
@external("host", "receive")
declare function receive(body: usize): void;

export function room(length: i32): usize {
  return heap.alloc(length);
}

/** The length of the response's text. A negative `upload` is a GET; else it is a multiple of 1024. */
export function run(url: usize, urlLength: i32, upload: i32): i32 {
  let length = 0;
  if (upload < 0) {
    length = send(url, urlLength, 0, -1);
  } else {
    const body = String.UTF8.encode(textOf(upload));
    length = send(url, urlLength, changetype<usize>(body), body.byteLength);
  }
  const bytes = new ArrayBuffer(length);
  receive(changetype<usize>(bytes));
  return String.UTF8.decode(bytes).length;
}

/** What an event without a call costs. */
export function idle(): i32 {
  return new ArrayBuffer(16).byteLength;
}
