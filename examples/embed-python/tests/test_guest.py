import gc
import threading
import weakref
from pathlib import Path

import pytest
from wasmtime import Store, wat2wasm
from wasmtime.component import Component, Linker, Variant

from backfill_host.boundary import record
from backfill_host.config import host_of
from backfill_host.failures import ConfigError, EventEnded
from backfill_host.guest import Event
from backfill_host.limits import GREATEST_REQUEST_BODY
from backfill_host.runtime import Runtime

HTTP = Path(__file__).parents[3] / "dist" / "http.wasm"
ECHO = """
(component
  (import "host" (func $host (param "bytes" (list u8)) (result (list u8))))
  (core module $memory
    (memory (export "memory") 1)
    (global $free (mut i32) (i32.const 16))
    (func (export "realloc") (param i32 i32 i32 i32) (result i32)
      (local $at i32)
      (local.set $at (global.get $free))
      (global.set $free (i32.add (global.get $free) (local.get 3)))
      (drop (memory.grow (i32.add (i32.shr_u (local.get 3) (i32.const 16)) (i32.const 1))))
      (local.get $at)))
  (core instance $memory (instantiate $memory))
  (core func $lowered (canon lower (func $host)
    (memory (core memory $memory "memory")) (realloc (core func $memory "realloc"))))
  (core module $main
    (import "host" "host" (func $host (param i32 i32 i32)))
    (func (export "echo") (param i32 i32) (result i32)
      (call $host (local.get 0) (local.get 1) (i32.const 0)) (i32.const 0)))
  (core instance $main (instantiate $main
    (with "host" (instance (export "host" (func $lowered))))))
  (func (export "echo") (param "bytes" (list u8)) (result (list u8))
    (canon lift (core func $main "echo")
      (memory (core memory $memory "memory")) (realloc (core func $memory "realloc")))))
"""


@pytest.mark.parametrize("size", [0, 1, 65535, 65536, 65537, 1_000_000])
def test_bytes_cross_the_boundary_as_they_are(size: int) -> None:
    runtime = Runtime()
    sent = (bytes(range(256)) * (size // 256 + 1))[:size]
    seen: list[bytes] = []

    def host(_store: object, value: bytes) -> bytes:
        seen.append(value)
        return value[::-1]

    linker = Linker(runtime.engine)
    with linker.root() as root:
        root.add_func("host", host)
    store = Store(runtime.engine)
    store.set_epoch_deadline(1_000_000)
    instance = linker.instantiate(store, Component(runtime.engine, wat2wasm(ECHO)))
    echo = instance.get_func(store, "echo")
    assert echo is not None
    assert echo(store, sent) == sent[::-1]
    assert seen == [sent]


@pytest.mark.skipif(not HTTP.exists(), reason="npm run build makes the component")
def test_events_of_many_threads_do_not_meet() -> None:
    runtime = Runtime()
    program = runtime.load(HTTP)
    host = host_of({"permissions": ["https://api.example.com/*"]}, runtime, on_log=print)
    options = record(headers=[], body=None, authorization=None, timeout=None, response_type="auto")
    messages: dict[int, str] = {}

    def run(number: int) -> None:
        for _ in range(20):
            with Event(host, program) as event:
                result = event.call("get", f"https://{number}.example.org/", options)
            assert isinstance(result, Variant)
            messages[number] = result.payload.message

    threads = [threading.Thread(target=run, args=[number]) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(f"{number}.example.org" in messages[number] for number in range(8))


@pytest.mark.skipif(not HTTP.exists(), reason="npm run build makes the component")
def test_a_request_body_at_the_greatest_limit_crosses_the_boundary() -> None:
    runtime = Runtime()
    host = host_of(
        {"permissions": ["https://api.example.com/*"]}, runtime, on_log=print, look_up=unknown
    )
    options = record(headers=[], body=None, authorization=None, timeout=None, response_type="auto")
    for more, code in ((0, "dns-error"), (1, "too-large")):
        body = Variant("bytes", b"x" * (GREATEST_REQUEST_BODY + more))
        with Event(host, runtime.load(HTTP)) as event:
            result = event.call("post", "https://api.example.com/", body, options)
        assert result.payload.code == code


def unknown(_host: str) -> list[str]:
    return []


@pytest.mark.parametrize(
    ("config", "path"),
    [
        ({"limits": {"nope": 1}}, "limits.nope"),
        ({"limits": {"callsInFlight": 0}}, "limits.callsInFlight"),
        ({"limits": {"requestBodyBytes": True}}, "limits.requestBodyBytes"),
        ({"limits": {"requestBodyBytes": 2_621_441}}, "limits.requestBodyBytes"),
        ({"limits": {"defaultDeadline": 200_000}}, "limits.defaultDeadline"),
        ({"internalHosts": ["a b"]}, "internalHosts[0]"),
        ({"secrets": {"key": {"value": "x" * 20, "for": []}}}, "secrets.key.for"),
    ],
)
def test_a_configuration_that_cannot_be_kept_is_refused(
    config: dict[str, object], path: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        host_of(config, Runtime(), on_log=print)
    assert caught.value.path == path


@pytest.mark.skipif(not HTTP.exists(), reason="npm run build makes the component")
def test_an_event_leaves_nothing_behind() -> None:
    runtime = Runtime()
    program = runtime.load(HTTP)
    host = host_of({}, runtime, on_log=print)
    left = []
    for _ in range(3):
        event = Event(host, program)
        left.append(weakref.ref(event))
        event.close()
        del event
    gc.collect()
    assert [reference() for reference in left] == [None] * 3


@pytest.mark.skipif(not HTTP.exists(), reason="npm run build makes the component")
def test_a_component_that_begins_with_more_memory_than_it_may_have_ends_for_it() -> None:
    runtime = Runtime()
    host = host_of({"limits": {"memoryBytes": 1}}, runtime, on_log=print)
    with pytest.raises(EventEnded) as caught:
        Event(host, runtime.load(HTTP))
    assert caught.value.kind == "memory"
