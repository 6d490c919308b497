;; What the JavaScript engine imports beside `backfill:http`: the interface `engine`, and those parts of WASI that its
;; libraries mention. Only the clock answers, from the clock of the contract; all else traps, for a hook has no files,
;; no environment and no streams.
(module
  (import "main" "memory" (memory 0))
  (import "main" "__indirect_function_table" (table 0 funcref))
  (import "engine" "cabi_realloc" (func $realloc (param i32 i32 i32 i32) (result i32)))
  (import "backfill:http/clock@0.1.0" "now" (func $now (result i64)))

  ;; The engine takes the address of its allocator; the linker would put it there.
  (elem (table 0) (i32.const {allocator}) func $realloc)

  ;; Segment 0, the source map: its length in four bytes, then its text. A build writes it.
  (data $source-map "\00\00\00\00")

  (func (export "engine source-map") (param $result i32) (local $at i32) (local $length i32)
    (memory.init $source-map (local.get $result) (i32.const 0) (i32.const 4))
    (local.set $length (i32.load (local.get $result)))
    (local.set $at (call $allocate (local.get $length) (local.get $result)))
    (memory.init $source-map (local.get $at) (i32.const 4) (local.get $length)))

  (func (export "engine fail") unreachable)

  ;; A string crosses as UTF-8, so its bytes are what is asked for.
  (func (export "engine encode") (param $text i32) (param $length i32) (param $result i32)
    (memory.copy
      (call $allocate (local.get $length) (local.get $result))
      (local.get $text)
      (local.get $length)))

  ;; Allocates bytes for a result and writes their place and number to it.
  (func $allocate (param $length i32) (param $result i32) (result i32) (local $at i32)
    (local.set $at (call $realloc (i32.const 0) (i32.const 0) (i32.const 1) (local.get $length)))
    (i32.store (local.get $result) (local.get $at))
    (i32.store offset=4 (local.get $result) (local.get $length))
    (local.get $at))

  ;; record datetime { seconds: u64, nanoseconds: u32 }
  (func (export "wasi:clocks/wall-clock now") (param $result i32) (local $now i64)
    (local.set $now (call $now))
    (i64.store (local.get $result) (i64.div_u (local.get $now) (i64.const 1000)))
    (i32.store offset=8 (local.get $result)
      (i32.wrap_i64 (i64.mul (i64.rem_u (local.get $now) (i64.const 1000)) (i64.const 1000000)))))

  (func (export "wasi:clocks/monotonic-clock now") (result i64) (i64.mul (call $now) (i64.const 1000000)))

  (func (export "wasi_snapshot_preview1 reset_adapter_state"))

  (func $trap-1 (param i32) unreachable)
  (func $trap-2 (param i32 i32) unreachable)
  (func $trap-3 (param i32 i32 i32) unreachable)
  (func $trap-4 (param i32 i32 i32 i32) unreachable)
  (func $trap-5 (param i32 i32 i32 i32 i32) unreachable)
  (func $trap-stream (param i32 i64 i32) unreachable)
  (func $trap-subscribe (param i32) (result i32) unreachable)
  (func $trap-duration (param i64) (result i32) unreachable)
  (func $trap-handle (result i32) unreachable)
  (export "local:init/module-loader resolve" (func $trap-5))
  (export "local:init/module-loader load" (func $trap-3))
  (export "wasi:random/insecure-seed insecure-seed" (func $trap-1))
  (export "wasi:io/error [resource-drop]error" (func $trap-1))
  (export "wasi:io/poll [resource-drop]pollable" (func $trap-1))
  (export "wasi:io/poll [method]pollable.block" (func $trap-1))
  (export "wasi:io/poll poll" (func $trap-3))
  (export "wasi:io/streams [resource-drop]input-stream" (func $trap-1))
  (export "wasi:io/streams [resource-drop]output-stream" (func $trap-1))
  (export "wasi:io/streams [method]output-stream.check-write" (func $trap-2))
  (export "wasi:io/streams [method]output-stream.write" (func $trap-4))
  (export "wasi:io/streams [method]output-stream.blocking-flush" (func $trap-2))
  (export "wasi:io/streams [method]output-stream.subscribe" (func $trap-subscribe))
  (export "wasi:cli/environment get-environment" (func $trap-1))
  (export "wasi:cli/exit exit" (func $trap-1))
  (export "wasi:cli/stdin get-stdin" (func $trap-handle))
  (export "wasi:cli/stdout get-stdout" (func $trap-handle))
  (export "wasi:cli/stderr get-stderr" (func $trap-handle))
  (export "wasi:cli/terminal-input [resource-drop]terminal-input" (func $trap-1))
  (export "wasi:cli/terminal-output [resource-drop]terminal-output" (func $trap-1))
  (export "wasi:cli/terminal-stdin get-terminal-stdin" (func $trap-1))
  (export "wasi:cli/terminal-stdout get-terminal-stdout" (func $trap-1))
  (export "wasi:cli/terminal-stderr get-terminal-stderr" (func $trap-1))
  (export "wasi:clocks/monotonic-clock subscribe-duration" (func $trap-duration))
  (export "wasi:filesystem/types [resource-drop]descriptor" (func $trap-1))
  (export "wasi:filesystem/types [method]descriptor.read-via-stream" (func $trap-stream))
  (export "wasi:filesystem/types [method]descriptor.write-via-stream" (func $trap-stream))
  (export "wasi:filesystem/types [method]descriptor.append-via-stream" (func $trap-2))
  (export "wasi:filesystem/types [method]descriptor.get-flags" (func $trap-2))
  (export "wasi:filesystem/types [method]descriptor.stat" (func $trap-2))
  (export "wasi:filesystem/types [method]descriptor.metadata-hash" (func $trap-2))
  (export "wasi:filesystem/preopens get-directories" (func $trap-1)))
