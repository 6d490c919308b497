"""The caps of docs/limits.md. A value equal to its cap passes; one more fails."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields

from .failures import ConfigError

#: Every limit is at most this, so that none overflows a C integer.
GREATEST = 2**31 - 1
#: The C API of Wasmtime 50 takes 48 bytes for each byte of a list that comes from a guest, and
#: stops at 128 MiB, which it cannot be told to raise.
GREATEST_REQUEST_BODY = 2560 * 1024
#: What a response may take on the wire beside its body and its header section.
FRAMING_BYTES = 1024 * 1024
#: What a header field counts beside its characters (RFC 9113, section 6.5.2).
FIELD_OVERHEAD = 32

#: Limits that may be 0; the others are at least 1.
MAY_BE_ZERO = {
    "request_body_bytes",
    "response_body_bytes",
    "header_count",
    "header_bytes",
    "informational_responses",
    "result_length",
    "calls_per_event",
    "response_bytes_per_event",
    "idle_connections_per_hook",
}

#: Limits of hosts that keep instances, or queue events. This one does neither.
UNUSED = {
    "queuedEvents",
    "idleInstancesPerHook",
    "idleInstanceBytes",
    "reusedMemoryBytes",
}


@dataclass(frozen=True)
class Limits:
    """The caps on calls and events, with their defaults."""

    request_body_bytes: int = GREATEST_REQUEST_BODY
    response_body_bytes: int = 10 * 1024 * 1024
    header_count: int = 256
    header_bytes: int = 64 * 1024
    informational_responses: int = 16
    default_deadline: int = 30_000
    maximum_deadline: int = 120_000
    connections_per_origin: int = 256
    idle_connections_per_hook: int = 256
    idle_milliseconds: int = 10_000
    calls_in_flight_per_hook: int = 256
    calls_in_flight: int = 512
    calls_per_event: int = 100
    response_bytes_per_event: int = 64 * 1024 * 1024
    event_deadline: int = 300_000
    result_length: int = 4 * 1024 * 1024
    memory_bytes: int = 256 * 1024 * 1024
    cpu_milliseconds: int = 5000

    @property
    def wire_bytes(self) -> int:
        """The bytes of one response as it travels, before decoding."""
        return self.response_body_bytes + self.header_bytes + FRAMING_BYTES

    @classmethod
    def of(cls, given: Mapping[str, object]) -> "Limits":
        """Reads limits under their names in docs/limits.md."""
        known = {_camel(field.name): field.name for field in fields(cls)}
        values: dict[str, int] = {}
        for name, value in given.items():
            if name not in known and name not in UNUSED:
                raise ConfigError(f"limits.{name}", "this limit is not known")
            least = 0 if name in UNUSED or known[name] in MAY_BE_ZERO else 1
            most = GREATEST_REQUEST_BODY if name == "requestBodyBytes" else GREATEST
            if type(value) is not int or not least <= value <= most:
                wanted = f"a whole number from {least} to {most}"
                raise ConfigError(f"limits.{name}", f"got {value!r}, wanted {wanted}")
            if name in known:
                values[known[name]] = value
        limits = cls(**values)
        if limits.default_deadline > limits.maximum_deadline:
            raise ConfigError("limits.defaultDeadline", "is over maximumDeadline")
        return limits


def field_cost(name: str | bytes, value: str | bytes) -> int:
    """What a header field counts against `header_bytes`."""
    return len(name) + len(value) + FIELD_OVERHEAD


def _camel(name: str) -> str:
    return re.sub(r"_([a-z])", lambda match: match[1].upper(), name)
