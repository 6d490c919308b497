"""A TLS server on loopback that does what its test says, byte for byte."""

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

import pytest
import trustme

from backfill_host.allowlist import Allowlist
from backfill_host.connection import trust
from backfill_host.exchange import Network, Request
from backfill_host.limits import Limits
from backfill_host.outbound import Door, OutboundEvent

HOST = "api.example.com"
Answer = Callable[[ssl.SSLSocket], None]


@dataclass(frozen=True)
class Scene:
    """A server, and the way to it."""

    door: Door

    def send(self, **request: object) -> object:
        """Sends one request in an event of its own."""
        event = OutboundEvent(self.door, deadline=float("inf"))
        given = {"method": "GET", "url": f"https://{HOST}/", "fields": [], "body": None}
        return event.send(Request(**{**given, "authorization": None, "timeout": None, **request}))


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def serve(authority: trustme.CA) -> Callable[..., object]:
    """Gives what serves each connection with a function, in a `with`."""

    @contextmanager
    def serve(answer: Answer, **limits: int) -> Iterator[Scene]:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert(HOST).configure_cert(context)
        listener = socket.create_server(("127.0.0.1", 0))
        over = threading.Event()

        def accept() -> None:
            while True:
                try:
                    plain, _ = listener.accept()
                except OSError:
                    return
                threading.Thread(target=converse, args=[plain], daemon=True).start()

        def converse(plain: socket.socket) -> None:
            with suppress(OSError), context.wrap_socket(plain, server_side=True) as tls:
                answer(tls)
                over.wait()

        threading.Thread(target=accept, daemon=True).start()
        network = Network(
            trust=trust(authority.cert_pem.bytes().decode()),
            look_up=lambda _host: ["93.184.216.34"],
            dial=lambda _address, _port: listener.getsockname(),
            internal_hosts=frozenset(),
        )
        try:
            yield Scene(
                Door(
                    Allowlist([f"https://{HOST}/*"]),
                    network,
                    Limits(**{"request_body_bytes": 10_000_000, **limits}),
                )
            )
        finally:
            over.set()
            listener.close()

    return serve
