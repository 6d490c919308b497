"""What the host writes into the Authorization field."""

import base64
import re
from dataclasses import dataclass

from .failures import HttpFailure

#: Every visible byte: RFC 6750 is narrower, but services in use are not.
_TOKEN = re.compile("[\x21-\x7e\x80-\xff]+")
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f]")


@dataclass(frozen=True)
class Bearer:
    """A token (RFC 6750)."""

    token: str

    def value(self) -> str:
        """The field's value. Raises HttpFailure `invalid-request`."""
        if not _TOKEN.fullmatch(self.token):
            raise _invalid("auth.bearer is empty, or holds a space or a control character")
        return f"Bearer {self.token}"


@dataclass(frozen=True)
class Basic:
    """A user name and a password (RFC 7617), sent as UTF-8."""

    user: str
    password: str

    def value(self) -> str:
        """The field's value. Raises HttpFailure `invalid-request`."""
        if ":" in self.user:
            raise _invalid("auth.basic.user holds a colon, which would end the user name")
        if _CONTROL.search(self.user + self.password):
            raise _invalid("auth.basic holds a control character")
        pair = f"{self.user}:{self.password}".encode()
        return f"Basic {base64.b64encode(pair).decode('ascii')}"


@dataclass(frozen=True)
class OAuth:
    """The connector's token, of which this host has none."""

    def value(self) -> str:
        """Raises HttpFailure `auth-unavailable`."""
        message = "auth.oauth has no token: this host has no connections."
        raise HttpFailure("auth-unavailable", "auth", message)


Authorization = Bearer | Basic | OAuth


def _invalid(message: str) -> HttpFailure:
    return HttpFailure("invalid-request", "auth", f"{message}.")
