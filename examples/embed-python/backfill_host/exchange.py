"""One request and its response over one connection."""

import ssl
from dataclasses import dataclass
from typing import Literal

import h11

from .authorization import Authorization
from .call import Call
from .connection import Conversation, Dial, connect
from .decoding import ACCEPTED
from .headers import Fields, field_value
from .limits import Limits
from .pool import Key, Pool
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
    pool: Pool,
    limits: Limits,
    budget: ByteBudget,
) -> Response:
    """Sends a checked request and reads its response whole. Raises HttpFailure."""
    authorization = None if request.authorization is None else request.authorization.value()
    connection = h11.Connection(h11.CLIENT, max_incomplete_event_size=limits.wire_bytes)
    written = _write(connection, request, url, authorization)
    key = Key(url.origin, authorization or _own_authorization(request))
    tls = pool.take(key)
    if tls is None:
        addresses = resolve(call, url.host, network.look_up, network.internal_hosts)
        tls = connect(call, url, addresses, network.trust, network.dial)
    try:
        conversation = Conversation(call, tls, written)
        reader = ResponseReader(call, connection, limits, budget)
        response = next(filter(None, map(reader.feed, conversation)))
    except BaseException:
        tls.close()
        raise
    if reader.is_clean and not conversation.has_unsent:
        pool.keep(key, tls, response)
    else:
        tls.close()
    return response


def _own_authorization(request: Request) -> str | None:
    own = (value for name, value in request.fields if name.lower() == "authorization")
    return next(own, None)


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
