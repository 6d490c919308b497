"""One call while it goes on: its phase, its deadline, and the failures it may end with."""

import errno
import time
from dataclasses import dataclass

from .failures import Code, HttpFailure, Phase


@dataclass
class Call:
    """How far a call has come. Times are of `time.monotonic`."""

    #: The host, and the port where it is not 443, for messages.
    authority: str
    started: float
    #: The call's own, or the event's where that is earlier.
    deadline: float
    #: Whether `deadline` is the event's, so that passing it is `cancelled`.
    deadline_is_events: bool = False
    phase: Phase = "validate"
    #: Whether any byte of the request may have left.
    sent: bool = False

    def left(self) -> float:
        """Seconds until the deadline. Raises HttpFailure when it has passed."""
        left = self.deadline - time.monotonic()
        if left > 0:
            return left
        if self.deadline_is_events:
            raise self.failure("cancelled", "was not waited for: the event's own deadline passed")
        allowed = round((self.deadline - self.started) * 1000)
        raise self.failure("timeout", f"did not finish within {allowed} ms")

    def failure(
        self, code: Code, what: str, detail: str | None = None, phase: Phase | None = None
    ) -> HttpFailure:
        """A failure of this call; `what` follows the host and precedes a full stop."""
        phase = phase or self.phase
        message = f"{self.authority} {what} (phase {phase})."
        return HttpFailure(code, phase, message, detail=detail, sent=self.sent)

    def broken(self, error: OSError) -> HttpFailure:
        """The failure for a connection that the peer broke."""
        return self.failure("connection-error", "broke the connection", name_of(error))


def name_of(error: OSError) -> str:
    """The errno's name, or what Python calls the error."""
    return errno.errorcode.get(error.errno or 0, type(error).__name__)
