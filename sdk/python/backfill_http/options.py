"""The options of a call, in the form that every language shares."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypedDict

from backfill_http.errors import InvalidRequest
from backfill_http.text import to_json, well_formed
from wit_world.imports import client, types

_LARGEST = 0xFFFFFFFF


@dataclass(frozen=True)
class Bearer:
    """`Authorization: Bearer …` with this token, as `secrets.get` gives it."""

    token: str | None


@dataclass(frozen=True)
class Basic:
    """`Authorization: Basic …` (RFC 7617). The user holds no colon."""

    user: str
    password: str


@dataclass(frozen=True)
class OAuth:
    """The connector's own token, which the hook never sees; it stays valid for this long at the least."""

    min_ttl_seconds: float | None = None


class JsonText(str):
    """JSON that is text already: as a body it is sent as it is, with the Content-Type of JSON."""


type Auth = Bearer | Basic | OAuth


class Options(TypedDict, total=False):
    """The options of a call. All may be left out."""

    headers: Mapping[str, str] | Iterable[tuple[str, str]] | None
    """The hook's own fields."""
    body: Any
    """The body, where it is not an argument of the call."""
    auth: Auth | None
    """How the host writes the Authorization field."""
    timeout: float | None
    """Milliseconds for the whole call. Without it, the platform's default."""
    response_type: Literal["auto", "text", "bytes"]
    """`"text"` leaves JSON unparsed, `"bytes"` gives bytes."""


def encode_options(
    *,
    headers: Mapping[str, str] | Iterable[tuple[str, str]] | None = None,
    body: Any = None,
    auth: Auth | None = None,
    timeout: float | None = None,
    response_type: str = "auto",
) -> client.RequestOptions:
    """Raises InvalidRequest for what contradicts itself or is out of range."""
    return client.RequestOptions(
        headers=_headers(headers),
        body=encode_body(body),
        authorization=_authorization(auth),
        timeout=None if timeout is None else _whole("timeout", timeout, above=0, unit="milliseconds, at least 1"),
        response_type=_response_type(response_type),
    )


def encode_body(value: Any) -> client.RequestBody | None:
    """Text and bytes are sent as they are, anything else as JSON. None is no body."""
    if value is None:
        return None
    if isinstance(value, JsonText):
        return client.RequestBody_Json(well_formed(value))
    if isinstance(value, str):
        return client.RequestBody_Text(well_formed(value))
    if isinstance(value, (bytes, bytearray, memoryview)):
        return client.RequestBody_Bytes(bytes(value))
    try:
        return client.RequestBody_Json(to_json(value))
    except (TypeError, ValueError) as error:
        raise InvalidRequest(f"the body cannot be written as JSON: {error}") from None


def _headers(given: Mapping[str, str] | Iterable[tuple[str, str]] | None) -> list[types.Header]:
    pairs = given.items() if isinstance(given, Mapping) else given or ()
    return [types.Header(_string("a header name", name), _string(f"headers[{name!r}]", value)) for name, value in pairs]


def _authorization(auth: Auth | None) -> types.Authorization | None:
    match auth:
        case None:
            return None
        case Bearer(token):
            return types.Authorization_Bearer(_string("auth.token", token))
        case Basic(user, password):
            credentials = types.BasicCredentials(_string("auth.user", user), _string("auth.password", password))
            return types.Authorization_Basic(credentials)
        case OAuth(None):
            return types.Authorization_Oauth(types.OauthOptions(None))
        case OAuth(seconds):
            whole = _whole("auth.min_ttl_seconds", seconds, above=-1, unit="seconds, 0 or more")
            return types.Authorization_Oauth(types.OauthOptions(whole))
    raise InvalidRequest(f"auth is of type {type(auth).__name__}; it is Bearer(…), Basic(…) or OAuth(…)")


def _string(name: str, value: Any) -> str:
    if isinstance(value, str):
        return well_formed(value)
    # Never the value itself: it may be the credential in another form.
    declared = "; is the secret declared under this name?" if value is None else ""
    raise InvalidRequest(f"{name} is of type {type(value).__name__}; it must be a str{declared}")


def _whole(name: str, value: float, *, above: int, unit: str) -> int:
    """Rounds up to a whole number, at most the largest that crosses the boundary."""
    if not isinstance(value, (int, float)) or isinstance(value, bool) or not value > above:
        raise InvalidRequest(f"{name} is {value!r}; it is in {unit}")
    return _LARGEST if value >= _LARGEST else math.ceil(value)


def _response_type(given: str) -> client.ResponseType:
    if given in ("auto", "text", "bytes"):
        return client.ResponseType[given.upper()]
    raise InvalidRequest(f'response_type is {given!r}; it is "auto", "text" or "bytes"')
