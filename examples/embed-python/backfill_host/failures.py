"""What a call, an event and a configuration end with when they do not end well."""

from typing import Literal

Code = Literal[
    "invalid-request",
    "invalid-url",
    "not-allowed",
    "forbidden-header",
    "invalid-header",
    "auth-collision",
    "auth-unavailable",
    "reauth-needed",
    "refresh-unavailable",
    "secret-not-allowed",
    "address-prohibited",
    "dns-error",
    "connection-error",
    "tls-error",
    "timeout",
    "too-large",
    "limit-exceeded",
    "protocol-error",
    "cancelled",
    "other",
]

Phase = Literal[
    "validate",
    "policy",
    "queue",
    "auth",
    "dns",
    "connect",
    "tls",
    "send",
    "headers",
    "body",
    "decode",
]

Ending = Literal["error", "cpu", "memory", "deadline", "other"]


class HttpFailure(Exception):
    """A call without a response: `types.failure` of the WIT package."""

    def __init__(
        self,
        code: Code,
        phase: Phase,
        message: str,
        *,
        detail: str | None = None,
        sent: bool = False,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.phase = phase
        self.message = message
        self.detail = detail
        #: Whether any byte of the request may have reached the server.
        self.sent = sent


class EventEnded(Exception):
    """An event without a result."""

    def __init__(self, kind: Ending, message: str) -> None:
        super().__init__(message)
        self.kind = kind


class ConfigError(Exception):
    """A configuration that cannot be used; nothing may leave under it."""

    def __init__(self, path: str, message: str) -> None:
        super().__init__(f"{path}: {message}")
        self.path = path


class Refused(Exception):
    """A spelling that is refused, of a URL or of an entry, and why."""
