"""What a call raises that gave no response."""

from wit_world.imports import types


class HttpError(Exception):
    """A call without a response. A 4xx or 5xx is a response, and raises nothing.

    `code` is what to branch on, never the message. Where `request_may_have_been_sent` is false, no byte has left, and
    repeating the call cannot do anything twice. `detail` is what the network said, for logs.
    """

    def __init__(
        self,
        call: str,
        code: str,
        phase: str,
        message: str,
        detail: str | None,
        request_may_have_been_sent: bool,
    ) -> None:
        super().__init__(f"{call}: {code} in phase {phase}: {message}")
        self.code = code
        self.phase = phase
        self.message = message
        self.detail = detail
        self.request_may_have_been_sent = request_may_have_been_sent


class InvalidRequest(Exception):
    """What only the caller can have got wrong, before it is an HttpError of its call."""


def of_failure(call: str, failure: types.Failure) -> HttpError:
    """The error of a call that the host or the client refused or that failed."""
    return HttpError(
        call,
        _name(failure.code),
        _name(failure.phase),
        failure.message,
        failure.detail,
        failure.request_may_have_been_sent,
    )


def of_invalid_request(call: str, error: InvalidRequest) -> HttpError:
    """The error of a call that was refused before it was made."""
    return HttpError(call, "invalid-request", "validate", str(error), None, False)


def _name(case: types.FailureCode | types.Phase) -> str:
    return case.name.lower().replace("_", "-")
