"""WASI 0.2 for guests whose language needs it, with nothing of the machine in it.

It is Wasmtime's own: clocks, randomness, standard streams that end in the log; an empty
environment, no directory, no network. A guest may not wait by it, for nothing could end
that wait at the event's deadline: `backfill:http/clock.sleep` is for that.
"""

import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from wasmtime import Store, WasiConfig
from wasmtime.component import Linker

from .failures import EventEnded

#: Bytes of a line; the rest is cut.
_LINE = 65536
_CLOCK = "wasi:clocks/monotonic-clock@"

WriteLine = Callable[[str, str], None]


def offer(
    linker: Linker,
    store: Store,
    imports: Iterable[str],
    as_import: Callable[[Callable[..., Any]], Callable[..., Any]],
    write: WriteLine,
) -> "StandardStreams":
    """Gives a guest what it imports of WASI. `write` takes a level and a line."""
    streams = StandardStreams(write)
    config = WasiConfig()
    config.stdout_custom = streams.stdout.write
    config.stderr_custom = streams.stderr.write
    store.set_wasi(config)
    linker.add_wasip2()
    linker.allow_shadowing = True
    with linker.root() as root:
        for name in imports:
            if name.startswith(_CLOCK):
                with root.add_instance(name) as instance:
                    for function, does in _clock.items():
                        instance.add_func(function, as_import(does))
    return streams


class StandardStreams:
    """What a guest prints, as lines of the log."""

    def __init__(self, write: WriteLine) -> None:
        self.stdout = _Lines("info", write)
        self.stderr = _Lines("warn", write)

    def finish(self) -> None:
        """Writes what no line end followed."""
        self.stdout.finish()
        self.stderr.finish()


class _Lines:
    def __init__(self, level: str, write: WriteLine) -> None:
        self._level = level
        self._write = write
        self._partial = bytearray()

    def write(self, data: bytes) -> None:
        *lines, rest = data.split(b"\n")
        for line in lines:
            self._add(line)
            self._end()
        self._add(rest)

    def finish(self) -> None:
        if self._partial:
            self._end()

    def _add(self, data: bytes) -> None:
        self._partial += data[: _LINE - len(self._partial)]

    def _end(self) -> None:
        self._write(self._level, self._partial.decode("utf-8", "replace"))
        self._partial.clear()


def _refuse_to_wait(_when: int) -> Any:
    raise EventEnded("error", "a hook cannot wait by WASI; use clock.sleep of backfill:http")


_clock: Mapping[str, Callable[..., Any]] = {
    "now": time.monotonic_ns,
    "resolution": lambda: 1,
    "subscribe-instant": _refuse_to_wait,
    "subscribe-duration": _refuse_to_wait,
}
