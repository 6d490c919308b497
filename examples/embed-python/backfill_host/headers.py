"""The rules of header fields, of requests and of responses."""

import re
from collections.abc import Sequence

from .failures import Code, HttpFailure

Fields = Sequence[tuple[str, str]]

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
#: HTAB, SP to `~`, and the rest of Latin-1 as one byte each (RFC 9110, section 5.5).
_VALUE = re.compile("[\t\x20-\x7e\x80-\xff]*")
#: What a message shows of a name: the rest may be a value put in the wrong place.
_SHOWN = re.compile(r":?[!#$%&'*+.^_`|~0-9A-Za-z-]{0,64}")

#: Fields that say where a message goes, how it is framed or what it is taken for.
_FORBIDDEN = {
    "connection",
    "content-length",
    "expect",
    "forwarded",
    "host",
    "http2-settings",
    "keep-alive",
    "proxy",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "x-forwarded-host",
    "x-forwarded-prefix",
    "x-forwarded-uri",
    "x-http-method",
    "x-http-method-override",
    "x-method-override",
    "x-original-url",
    "x-rewrite-url",
}
#: Fields that say who asks and what for: of two, servers differ in which one they take.
_SINGLE = {"authorization", "content-type", "cookie"}


def check_fields(fields: Fields, has_authorization: bool) -> None:
    """Raises HttpFailure for the first of the guest's fields that may not leave.

    It is `invalid-header`, `forbidden-header`, or `auth-collision` for an Authorization
    beside `auth`. No message holds a value.
    """
    seen: set[str] = set()
    for name, value in fields:
        _check_field(name, value, has_authorization)
        lower = name.lower()
        if lower in _SINGLE and lower in seen:
            raise _failure("invalid-header", name, "stands twice and can have one value only")
        seen.add(lower)


def field_value(text: str) -> str:
    """A value without the spaces and tabs around it, which are no part of it."""
    return text.strip(" \t")


def _check_field(name: str, value: str, has_authorization: bool) -> None:
    if name.startswith(":"):
        raise _failure("forbidden-header", name, "is a pseudo-header, and those are the host's")
    # Before the lower-casing, which folds U+212A to k.
    if not _TOKEN.fullmatch(name):
        raise _failure("invalid-header", name, "is not a token (RFC 9110, section 5.6.2)")
    lower = name.lower()
    # Gateways hand fields on as variables, where `_` and `-` are one (CVE-2015-0219).
    plain = lower.replace("_", "-")
    if plain in _FORBIDDEN or plain.startswith("proxy-"):
        raise _failure("forbidden-header", name, "is the host's to write; leave it out")
    if not _VALUE.fullmatch(value):
        raise _failure("invalid-header", name, "holds a control character or one above U+00FF")
    if lower == "accept-encoding" and field_value(value).lower() != "identity":
        raise _failure("forbidden-header", name, "is the host's to write, but for identity")
    if lower == "authorization" and has_authorization:
        raise _failure("auth-collision", name, "stands beside auth; leave one of them out")


def _failure(code: Code, name: str, what: str) -> HttpFailure:
    shown = _SHOWN.match(name)
    return HttpFailure(code, "validate", f'The header "{shown[0] if shown else ""}" {what}.')
