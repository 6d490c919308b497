"""One event of a hook: a fresh instance, its imports, and what it may use up."""

import json
import logging
import secrets as randomness
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

from wasmtime import Store, WasmtimeError
from wasmtime.component import Func, Instance, Linker

from . import wasi
from .boundary import lift_request, lower_failure, lower_response
from .epochs import at_each_epoch
from .failures import EventEnded, HttpFailure
from .limits import Limits
from .outbound import Door, OutboundEvent
from .runtime import Program, Runtime, interface_name

log = logging.getLogger(__name__)

#: The functions of `client`.
METHODS = ("get", "post", "put", "patch", "delete")
RANDOM_BYTES = 65536
#: Code units of a log line's message and of its fields; the rest is cut.
LINE = 65536


@dataclass(frozen=True)
class LogLine:
    """One line of a hook's log."""

    level: str
    message: str
    #: A JSON object; what is none is under `text`.
    fields: dict[str, Any] | None


@dataclass(frozen=True)
class Host:
    """What the events of one configuration share."""

    runtime: Runtime
    door: Door
    secrets: Mapping[str, str]
    limits: Limits
    on_log: Callable[[LogLine], None]

    def run(self, program: Program, event: str) -> str:
        """Has a hook handle one event: JSON text for JSON text. Raises EventEnded."""
        with Event(self, program) as instance:
            return instance.run(event)

    def close(self) -> None:
        """Closes the connections that are kept."""
        self.door.close()


class Event:
    """One event in a fresh instance. It is used once, in one thread, and closed."""

    def __init__(self, host: Host, program: Program) -> None:
        """Instantiates the program. Raises EventEnded."""
        self._host = host
        self._limits = host.limits
        self._deadline = time.monotonic() + host.limits.event_deadline / 1000
        self._cpu_left = host.limits.cpu_milliseconds / 1000
        self._entered = 0.0
        self._ending: EventEnded | None = None
        self._last_words: str | None = None
        self._streams: wasi.StandardStreams | None = None
        self._outbound = OutboundEvent(host.door, self._deadline)
        self._store = Store(host.runtime.engine)
        # Wasmtime counts each memory by itself, and tables apart. No guest comes near these.
        self._store.set_limits(
            memory_size=host.limits.memory_bytes,
            table_elements=100_000,
            instances=128,
            tables=64,
            memories=8,
        )
        self._epochs = at_each_epoch(self._store, self._look)
        try:
            self._instance: Instance = self._guarded(self._instantiate, program)
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Frees the instance, which its own imports would keep alive."""
        self._store.close()

    def run(self, event: str) -> str:
        """Calls `run` of a hook with JSON text. Returns JSON text, or raises EventEnded."""
        run = self._instance.get_func(self._store, "run")
        if run is None:
            raise EventEnded("other", "the component exports no run")
        result = self._guarded(run, self._store, event)
        if result.tag == "err":
            raise EventEnded("error", f"the hook returned an error: {result.payload}")
        text: str = result.payload
        if len(text.encode("utf-16-le")) // 2 > self._limits.result_length:
            raise EventEnded("error", "the hook's result is over limits.resultLength")
        return text

    def call(self, method: str, *arguments: Any) -> Any:
        """Calls a function of the `client` that a component of world `http` exports."""
        function = self._client(self._instance, method)
        return self._guarded(function, self._store, *arguments)

    def _instantiate(self, program: Program) -> Instance:
        linker = Linker(self._host.runtime.engine)
        imports: dict[str, dict[str, Callable[..., Any]]] = {
            "types": {},
            "outbound": {"send": self._send},
            "secrets": {"get": self._host.secrets.get},
            "log": {"write": self._log},
            "clock": {"now": lambda: time.time_ns() // 1_000_000, "sleep": self._sleep},
            "random": {"bytes": self._random},
        }
        for interface, functions in imports.items():
            wrapped = {name: self._import(function) for name, function in functions.items()}
            _define(linker, interface, wrapped)
        if any(name.startswith("wasi:") for name in program.imports):
            self._streams = wasi.offer(
                linker, self._store, program.imports, self._import, self._print
            )
        if program.http is not None:
            http = linker.instantiate(self._store, program.http)
            _define(linker, "client", {method: self._client(http, method) for method in METHODS})
        instance = linker.instantiate(self._store, program.component)
        linker.close()
        return instance

    def _client(self, http: Instance, method: str) -> Func:
        client = http.get_export_index(self._store, interface_name("client"))
        index = http.get_export_index(self._store, method, client) if client else None
        function = http.get_func(self._store, index) if index else None
        if function is None:
            raise EventEnded("other", f"the component exports no client.{method}")
        return function

    def _guarded(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """Runs the guest, and raises EventEnded where it ends without a result."""
        self._enter()
        try:
            return function(*arguments)
        except WasmtimeError as error:
            raise self._ending or self._trap(error) from None
        finally:
            if self._streams is not None:
                self._streams.finish()

    def _import(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """An import, in which the guest's clock stands.

        wasmtime-py keeps a Python exception in a variable that all threads share, so none
        is let out: the guest is ended with an error of Wasmtime's own.
        """

        def call(_store: object, *arguments: Any) -> Any:
            try:
                self._leave()
                result = function(*arguments)
                self._enter()
            except EventEnded as ending:
                self._ending = ending
            except Exception:
                log.exception("a fault of this host ended an event")
                self._ending = EventEnded("other", "a fault of this host ended the event")
            if self._ending is not None:
                raise WasmtimeError(f"{self._ending}")
            return result

        return call

    def _enter(self) -> None:
        """The guest is about to run."""
        self._entered = time.thread_time()
        ending = self._overdue()
        if ending is not None:
            raise ending

    def _leave(self) -> None:
        """The guest has called the host, whose own time is not the guest's."""
        self._cpu_left -= time.thread_time() - self._entered
        if self._ending is not None:
            raise self._ending

    def _look(self) -> str | None:
        self._ending = self._ending or self._overdue()
        return None if self._ending is None else f"{self._ending}"

    def _overdue(self) -> EventEnded | None:
        if time.monotonic() >= self._deadline:
            allowed = self._limits.event_deadline
            return EventEnded("deadline", f"the event took longer than {allowed} ms")
        if time.thread_time() - self._entered >= self._cpu_left:
            allowed = self._limits.cpu_milliseconds
            return EventEnded("cpu", f"the hook computed for longer than {allowed} ms")
        return None

    def _trap(self, error: WasmtimeError) -> EventEnded:
        """A guest says what it ends itself for, but for want of memory.

        Wasmtime for Python does not tell of memory that it refused. Allocators end the
        guest without a word then, and nothing else in these guests does.
        """
        if self._last_words is not None:
            return EventEnded("error", self._last_words)
        if "`unreachable`" in f"{error}" or "exceeds memory limits" in f"{error}":
            return EventEnded("memory", "the hook asked for more than limits.memoryBytes")
        if "fuel allocated for hostcalls" in f"{error}":
            return EventEnded("error", "the hook handed over more at once than Wasmtime takes")
        return EventEnded("error", f"{error}")

    def _send(self, request: Any) -> Any:
        try:
            return lower_response(self._outbound.send(lift_request(request)))
        except HttpFailure as failure:
            return lower_failure(failure)
        except Exception:
            log.exception("a fault of this host failed a call")
            message = "The call failed through a fault of this host; its operator can see it."
            return lower_failure(HttpFailure("other", "validate", message))

    def _log(self, level: str, message: str, fields: str | None) -> None:
        line = LogLine(level, _cut(message), None if fields is None else _object(_cut(fields)))
        if level == "critical":
            self._last_words = line.message
        self._tell(line)

    def _print(self, level: str, line: str) -> None:
        self._tell(LogLine(level, line, None))

    def _tell(self, line: LogLine) -> None:
        try:
            self._host.on_log(line)
        except Exception:
            # Whoever listens is no part of the event.
            log.exception("a line of a hook's log was not taken")

    def _sleep(self, milliseconds: int) -> None:
        left = self._deadline - time.monotonic()
        time.sleep(max(0, min(milliseconds / 1000, left)))

    def _random(self, length: int) -> bytes:
        if length > RANDOM_BYTES:
            raise EventEnded("error", f"random.bytes({length}): at most {RANDOM_BYTES} at once")
        return randomness.token_bytes(length)


def _define(linker: Linker, interface: str, functions: Mapping[str, Callable[..., Any]]) -> None:
    with linker.root() as root, root.add_instance(interface_name(interface)) as instance:
        for name, function in functions.items():
            instance.add_func(name, function)


def _cut(text: str) -> str:
    return text.encode("utf-16-le")[: 2 * LINE].decode("utf-16-le", "ignore")


def _object(text: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except ValueError:
        return {"text": text}
    return value if isinstance(value, dict) else {"text": text}
