"""One request and its response over one connection."""

import ssl
from dataclasses import dataclass
from typing import Literal

import h11

from .authorization import Authorization
from .call import Call
from .connection import Dial, connect, converse
from .decoding import ACCEPTED
from .headers import Fields, field_value
from .limits import Limits
from .resolver import LookUp, resolve
from .response import ByteBudget, Response, ResponseReader
from .url import Url

USER_AGENT = "backfill-http/0.1.0"

Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE"]

#: Methods whose server expects a body, and is told of none by a length of 0.
_EXPECT_BODY = {"POST", "PUT", "PATCH"}


@dataclass(frozen=True)
class Network:
    """How this host reaches the network."""

    trust: ssl.SSLContext
    look_up: LookUp
    dial: Dial
    internal_hosts: frozenset[str]


@dataclass(frozen=True)
class Request:
    """`types.request`: what a guest asks for. Everything in it is hostile."""

    method: Method
    url: str
    fields: Fields
    body: bytes | None
    authorization: Authorization | None
    #: Milliseconds.
    timeout: int | None


def exchange(
    call: Call,
    request: Request,
    url: Url,
    network: Network,
    limits: Limits,
    budget: ByteBudget,
) -> Response:
    """Sends a checked request and reads its response whole. Raises HttpFailure.

    Each connection carries one request: no credentials of one ride on another's, and what
    a server sends after its response is never read as an answer.
    """
    authorization = None if request.authorization is None else request.authorization.value()
    addresses = resolve(call, url.host, network.look_up, network.internal_hosts)
    connection = h11.Connection(h11.CLIENT, max_incomplete_event_size=limits.wire_bytes)
    written = _write(connection, request, url, authorization)
    with connect(call, url, addresses, network.trust, network.dial) as tls:
        reader = ResponseReader(call, connection, limits, budget)
        for data in converse(call, tls, written):
            response = reader.feed(data)
            if response is not None:
                return response
    raise call.failure("other", "was read past its end")


def _write(
    connection: h11.Connection, request: Request, url: Url, authorization: str | None
) -> bytes:
    """The bytes of a request, in the wire form of docs/embedding.md."""
    fields = [("host", url.authority), ("connection", "keep-alive")]
    fields += [(name, field_value(value)) for name, value in request.fields]
    names = {name.lower() for name, _ in request.fields}
    defaults = {"accept": "*/*", "accept-encoding": ACCEPTED, "user-agent": USER_AGENT}
    fields += [(name, value) for name, value in defaults.items() if name not in names]
    if authorization is not None:
        fields.append(("authorization", authorization))
    body = request.body or b""
    if body or request.method in _EXPECT_BODY:
        fields.append(("content-length", str(len(body))))
    head = h11.Request(
        method=request.method,
        target=url.target,
        headers=[(name.encode("ascii"), value.encode("latin-1")) for name, value in fields],
    )
    parts = [connection.send(head)]
    if body:
        parts.append(connection.send(h11.Data(data=body)))
    parts.append(connection.send(h11.EndOfMessage()))
    return b"".join(part for part in parts if part)
