;; WASI preview 1 on the hook's own imports, for Go: its runtime asks for the time, for randomness and for a place to
;; write its last words. There are no files, no sockets, no arguments and no environment. It is merged into the hook's
;; module, `main`.
;;
;; Bytes 4096 to 12287 of the memory of a Go module are for the arguments and the environment that JavaScript hands it
;; (wasmMinDataAddr in Go's linker), and lie idle elsewhere: they are this adapter's.
(module
  (import "main" "memory" (memory 0))
  (import "main" "cabi_realloc" (func $realloc (param i32 i32 i32 i32) (result i32)))
  (import "backfill:http/log@0.1.0" "write" (func $log (param i32 i32 i32 i32 i32 i32)))
  (import "backfill:http/clock@0.1.0" "now" (func $now (result i64)))
  (import "backfill:http/clock@0.1.0" "sleep" (func $sleep (param i32)))
  (import "backfill:http/random@0.1.0" "bytes" (func $random (param i32 i32)))

  ;; Where a list comes to that the host gives back: pointer and length.
  (global $list i32 (i32.const 4096))
  ;; The line that is being written, and the descriptor it is written to.
  (global $line i32 (i32.const 4104))
  (global $line_end i32 (i32.const 12288))
  (global $end (mut i32) (i32.const 4104))
  (global $descriptor (mut i32) (i32.const 1))
  ;; The last moment of the monotonic clock.
  (global $last (mut i64) (i64.const 0))
  ;; Whether the host has something allocated in here: it may not be called meanwhile, and Go's collector wants the time.
  (global $allocating (mut i32) (i32.const 0))
  ;; Where random bytes go, while they are asked for: Go cannot allocate yet when it asks for the first.
  (global $target (mut i32) (i32.const 0))

  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
    (local $block i32)
    (if (global.get $target) (then (return (global.get $target))))
    (global.set $allocating (i32.const 1))
    (local.set $block (call $realloc (local.get 0) (local.get 1) (local.get 2) (local.get 3)))
    (global.set $allocating (i32.const 0))
    (local.get $block))

  (func (export "random_get") (param $to i32) (param $length i32) (result i32)
    (local $step i32)
    (block $done
      (loop $more
        (br_if $done (i32.eqz (local.get $length)))
        ;; The host gives at most so many at once.
        (local.set $step
          (select (i32.const 65536) (local.get $length) (i32.gt_u (local.get $length) (i32.const 65536))))
        (global.set $target (local.get $to))
        (call $random (local.get $step) (global.get $list))
        (global.set $target (i32.const 0))
        (local.set $to (i32.add (local.get $to) (local.get $step)))
        (local.set $length (i32.sub (local.get $length) (local.get $step)))
        (br $more)))
    (i32.const 0))

  ;; Nanoseconds. The monotonic clock (1) moves with each look, as Go's scheduler wants it.
  (func $time (param $clock i32) (result i64)
    (local $time i64)
    (if (global.get $allocating) (then (return (global.get $last))))
    (local.set $time (i64.mul (call $now) (i64.const 1000000)))
    (if (i32.eqz (local.get $clock)) (then (return (local.get $time))))
    (if (i64.le_u (local.get $time) (global.get $last))
      (then (local.set $time (i64.add (global.get $last) (i64.const 1)))))
    (global.set $last (local.get $time))
    (local.get $time))

  (func (export "clock_time_get") (param $clock i32) (param i64) (param $to i32) (result i32)
    (i64.store (local.get $to) (call $time (local.get $clock)))
    (i32.const 0))

  ;; Waits for the first of `count` subscriptions, of 48 bytes each. What waits for a descriptor is ready.
  (func (export "poll_oneoff") (param $from i32) (param $to i32) (param $count i32) (param $events i32) (result i32)
    (local $wait i64)
    (local $least i64)
    (local $first i32)
    (if (i32.eqz (local.get $count)) (then (return (i32.const 28))))
    (local.set $least (i64.const -1))
    (loop $more
      (local.set $wait (call $wait_of (local.get $from)))
      (if (i64.lt_u (local.get $wait) (local.get $least))
        (then
          (local.set $least (local.get $wait))
          (local.set $first (local.get $from))))
      (local.set $from (i32.add (local.get $from) (i32.const 48)))
      (local.set $count (i32.sub (local.get $count) (i32.const 1)))
      (br_if $more (local.get $count)))
    (if (i64.ne (local.get $least) (i64.const 0)) (then (call $sleep_nanoseconds (local.get $least))))
    ;; One event of 32 bytes: what it was subscribed with, no error, its type.
    (i64.store (local.get $to) (i64.load (local.get $first)))
    (i64.store offset=8 (local.get $to) (i64.const 0))
    (i64.store offset=16 (local.get $to) (i64.const 0))
    (i64.store offset=24 (local.get $to) (i64.const 0))
    (i32.store8 offset=10 (local.get $to) (i32.load8_u offset=8 (local.get $first)))
    (i32.store (local.get $events) (i32.const 1))
    (i32.const 0))

  ;; How many nanoseconds a subscription waits.
  (func $wait_of (param $from i32) (result i64)
    (local $until i64)
    (local $time i64)
    (if (i32.load8_u offset=8 (local.get $from)) (then (return (i64.const 0))))
    (local.set $until (i64.load offset=24 (local.get $from)))
    (if (i32.eqz (i32.and (i32.load16_u offset=40 (local.get $from)) (i32.const 1)))
      (then (return (local.get $until))))
    (local.set $time (call $time (i32.load offset=16 (local.get $from))))
    (select
      (i64.sub (local.get $until) (local.get $time))
      (i64.const 0)
      (i64.gt_u (local.get $until) (local.get $time))))

  ;; In whole milliseconds, rounded up.
  (func $sleep_nanoseconds (param $wait i64)
    (if (global.get $allocating) (then (return)))
    (local.set $wait
      (i64.add
        (i64.div_u (local.get $wait) (i64.const 1000000))
        (i64.extend_i32_u (i64.ne (i64.rem_u (local.get $wait) (i64.const 1000000)) (i64.const 0)))))
    (call $sleep
      (select
        (i32.wrap_i64 (local.get $wait))
        (i32.const -1)
        (i64.le_u (local.get $wait) (i64.const 0xffffffff)))))

  ;; What is written to the standard output becomes lines of level info, to the standard error of level error.
  (func (export "fd_write") (param $fd i32) (param $from i32) (param $count i32) (param $written i32) (result i32)
    (local $at i32)
    (local $end i32)
    (local $sum i32)
    (if (i32.or (i32.eqz (local.get $fd)) (i32.gt_u (local.get $fd) (i32.const 2))) (then (return (i32.const 8))))
    (if (i32.ne (local.get $fd) (global.get $descriptor)) (then (call $flush)))
    (global.set $descriptor (local.get $fd))
    (block $done
      (loop $pieces
        (br_if $done (i32.eqz (local.get $count)))
        (local.set $at (i32.load (local.get $from)))
        (local.set $end (i32.add (local.get $at) (i32.load offset=4 (local.get $from))))
        (local.set $sum (i32.add (local.get $sum) (i32.load offset=4 (local.get $from))))
        (block $piece
          (loop $bytes
            (br_if $piece (i32.ge_u (local.get $at) (local.get $end)))
            (call $put (i32.load8_u (local.get $at)))
            (local.set $at (i32.add (local.get $at) (i32.const 1)))
            (br $bytes)))
        (local.set $from (i32.add (local.get $from) (i32.const 8)))
        (local.set $count (i32.sub (local.get $count) (i32.const 1)))
        (br $pieces)))
    (i32.store (local.get $written) (local.get $sum))
    (i32.const 0))

  (func $put (param $byte i32)
    (if (i32.eq (local.get $byte) (i32.const 10)) (then (call $flush) (return)))
    ;; The text of a line is ASCII, so that no cut leaves half a character.
    (if (i32.or (i32.lt_u (local.get $byte) (i32.const 32)) (i32.gt_u (local.get $byte) (i32.const 126)))
      (then (local.set $byte (select (i32.const 32) (i32.const 63) (i32.lt_u (local.get $byte) (i32.const 32))))))
    (i32.store8 (global.get $end) (local.get $byte))
    (global.set $end (i32.add (global.get $end) (i32.const 1)))
    (if (i32.eq (global.get $end) (global.get $line_end)) (then (call $flush))))

  (func $flush
    (local $length i32)
    (local.set $length (i32.sub (global.get $end) (global.get $line)))
    (global.set $end (global.get $line))
    (if (i32.eqz (local.get $length)) (then (return)))
    (call $log
      (select (i32.const 3) (i32.const 1) (i32.eq (global.get $descriptor) (i32.const 2)))
      (global.get $line) (local.get $length)
      (i32.const 0) (i32.const 0) (i32.const 0)))

  (func (export "proc_exit") (param i32)
    (call $flush)
    (unreachable))

  ;; The three standard streams are devices to write to.
  (func (export "fd_fdstat_get") (param $fd i32) (param $to i32) (result i32)
    (if (i32.gt_u (local.get $fd) (i32.const 2)) (then (return (i32.const 8))))
    (i64.store (local.get $to) (i64.const 2))
    (i64.store offset=8 (local.get $to) (i64.const 64))
    (i64.store offset=16 (local.get $to) (i64.const 0))
    (i32.const 0))
  ;; Reading ends at once.
  (func (export "fd_read") (param i32 i32 i32) (param $read i32) (result i32)
    (i32.store (local.get $read) (i32.const 0))
    (i32.const 0))
  (func (export "fd_close") (param i32) (result i32) (i32.const 0))
  (func (export "fd_fdstat_set_flags") (param i32 i32) (result i32) (i32.const 0))
  (func (export "sched_yield") (result i32) (i32.const 0))
  (func (export "args_get") (param i32 i32) (result i32) (i32.const 0))
  (func (export "args_sizes_get") (param $count i32) (param $size i32) (result i32)
    (i32.store (local.get $count) (i32.const 0))
    (i32.store (local.get $size) (i32.const 0))
    (i32.const 0))
  (func (export "environ_get") (param i32 i32) (result i32) (i32.const 0))
  (func (export "environ_sizes_get") (param $count i32) (param $size i32) (result i32)
    (i32.store (local.get $count) (i32.const 0))
    (i32.store (local.get $size) (i32.const 0))
    (i32.const 0))

  ;; There is no other descriptor (8) and no file system (52).
  (func (export "fd_prestat_get") (param i32 i32) (result i32) (i32.const 8))
  (func (export "fd_prestat_dir_name") (param i32 i32 i32) (result i32) (i32.const 8))
  (func (export "fd_fdstat_set_rights") (param i32 i64 i64) (result i32) (i32.const 8))
  (func (export "fd_filestat_get") (param i32 i32) (result i32) (i32.const 8))
  (func (export "fd_filestat_set_size") (param i32 i64) (result i32) (i32.const 8))
  (func (export "fd_pread") (param i32 i32 i32 i64 i32) (result i32) (i32.const 8))
  (func (export "fd_pwrite") (param i32 i32 i32 i64 i32) (result i32) (i32.const 8))
  (func (export "fd_readdir") (param i32 i32 i32 i64 i32) (result i32) (i32.const 8))
  (func (export "fd_seek") (param i32 i64 i32 i32) (result i32) (i32.const 8))
  (func (export "fd_sync") (param i32) (result i32) (i32.const 8))
  (func (export "sock_accept") (param i32 i32 i32) (result i32) (i32.const 8))
  (func (export "sock_shutdown") (param i32 i32) (result i32) (i32.const 8))
  (func (export "path_create_directory") (param i32 i32 i32) (result i32) (i32.const 52))
  (func (export "path_filestat_get") (param i32 i32 i32 i32 i32) (result i32) (i32.const 52))
  (func (export "path_filestat_set_times") (param i32 i32 i32 i32 i64 i64 i32) (result i32) (i32.const 52))
  (func (export "path_link") (param i32 i32 i32 i32 i32 i32 i32) (result i32) (i32.const 52))
  (func (export "path_open") (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32) (i32.const 52))
  (func (export "path_readlink") (param i32 i32 i32 i32 i32 i32) (result i32) (i32.const 52))
  (func (export "path_remove_directory") (param i32 i32 i32) (result i32) (i32.const 52))
  (func (export "path_rename") (param i32 i32 i32 i32 i32 i32) (result i32) (i32.const 52))
  (func (export "path_symlink") (param i32 i32 i32 i32 i32) (result i32) (i32.const 52))
  (func (export "path_unlink_file") (param i32 i32 i32) (result i32) (i32.const 52))
)
