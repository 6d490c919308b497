"""Connections: TCP to a checked address, TLS by the host's name, bytes both ways at once."""

import errno
import select
import socket
import ssl
from collections.abc import Callable, Iterator
from ipaddress import ip_address

from .call import Call, name_of
from .failures import HttpFailure
from .url import Url

#: Where an address is really reached: itself, but for tests.
Dial = Callable[[str, int], tuple[str, int]]

_PIECE = 65536
_NO_SOCKET = {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM}


def trust(ca: str | None = None) -> ssl.SSLContext:
    """The authorities that vouch for servers: the system's, and one more for tests."""
    context = ssl.create_default_context()
    context.set_alpn_protocols(["http/1.1"])
    # RFC 9525, section 6.3: the names of a certificate are its alternative names alone.
    context.hostname_checks_common_name = False
    if ca is not None:
        context.load_verify_locations(cadata=ca)
    return context


def connect(
    call: Call, url: Url, addresses: list[str], context: ssl.SSLContext, dial: Dial
) -> ssl.SSLSocket:
    """Tries the addresses in order until one connects, and negotiates TLS on it.

    An address that never answers uses up only its share of the time while there are others.
    """
    call.phase = "connect"
    for index, address in enumerate(addresses):
        others = len(addresses) - index - 1
        try:
            plain = _connect_to(call, *dial(address, url.port), call.left() / (others + 1))
        except TimeoutError:
            call.left()
            if others:
                continue
            raise call.failure("timeout", "did not answer in time") from None
        except OSError as error:
            if others:
                continue
            raise _connect_failure(call, error) from None
        return _negotiate(call, plain, url.host, context)
    raise call.failure("dns-error", "has no address")


class Conversation:
    """Writes a request, and gives what arrives meanwhile and after it, to the end.

    A server may answer before it has read the request, and read no more of it.
    """

    def __init__(self, call: Call, tls: ssl.SSLSocket, request: bytes) -> None:
        self._call = call
        self._tls = tls
        self._unsent = memoryview(request)
        self._broken: OSError | None = None

    @property
    def has_unsent(self) -> bool:
        """Whether a part of the request has not been written."""
        return len(self._unsent) > 0 or self._broken is not None

    def __iter__(self) -> Iterator[bytes]:
        """Yields pieces, the last of which is empty. Raises HttpFailure."""
        self._tls.setblocking(False)
        self._call.phase = "send"
        self._call.sent = True
        while True:
            self._call.left()
            wanted = self._write()
            data, more = self._read()
            if data is None:
                self._wait(wanted | more)
                continue
            if not data and self._broken is not None:
                raise self._call.broken(self._broken)
            yield data
            if not data:
                return

    def _write(self) -> int:
        """Writes what the connection takes now. Returns what to wait for."""
        try:
            while self._unsent:
                self._unsent = self._unsent[self._tls.send(self._unsent[:_PIECE]) :]
        except ssl.SSLWantWriteError:
            return select.POLLOUT
        except ssl.SSLWantReadError:
            return select.POLLIN
        except OSError as error:
            # The server may have said why before it closed.
            self._broken = error
            self._unsent = self._unsent[:0]
        if self._call.phase == "send":
            self._call.phase = "headers"
        return select.POLLIN

    def _read(self) -> tuple[bytes | None, int]:
        """Reads what is there. Returns None where nothing is, and what to wait for."""
        try:
            return self._tls.recv(_PIECE), 0
        except ssl.SSLWantReadError:
            return None, select.POLLIN
        except ssl.SSLWantWriteError:
            return None, select.POLLOUT
        except ssl.SSLEOFError as error:
            # How Python before 3.12.3 tells of a reset.
            raise self._call.broken(error) from None
        except ssl.SSLError as error:
            raise self._call.failure("tls-error", "broke TLS", error.reason, "tls") from None
        except OSError as error:
            raise self._call.broken(error) from None

    def _wait(self, wanted: int) -> None:
        poll = select.poll()
        poll.register(self._tls, wanted)
        poll.poll(self._call.left() * 1000)


def _connect_to(call: Call, address: str, port: int, timeout: float) -> socket.socket:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    plain = socket.socket(family, socket.SOCK_STREAM)
    try:
        plain.settimeout(timeout)
        plain.connect((address, port))
        if ip_address(plain.getpeername()[0]) != ip_address(address):
            what = "was reached at another address than the one that was checked"
            raise call.failure("address-prohibited", what)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    except BaseException:
        plain.close()
        raise
    return plain


def _negotiate(
    call: Call, plain: socket.socket, host: str, context: ssl.SSLContext
) -> ssl.SSLSocket:
    call.phase = "tls"
    try:
        tls = context.wrap_socket(
            plain,
            server_hostname=host,
            do_handshake_on_connect=False,
            # The end of the connection is an end; a reset is none.
            suppress_ragged_eofs=False,
        )
    except BaseException:
        plain.close()
        raise
    try:
        tls.settimeout(call.left())
        tls.do_handshake()
    except BaseException as error:
        tls.close()
        if isinstance(error, TimeoutError):
            call.left()
        if isinstance(error, OSError):
            raise _handshake_failure(call, error) from None
        raise
    return tls


def _handshake_failure(call: Call, error: OSError) -> HttpFailure:
    match error:
        case TimeoutError():
            return call.failure("timeout", "did not answer in time")
        case ssl.SSLCertVerificationError():
            what = f"shows a certificate that cannot be trusted: {error.verify_message}"
            return call.failure("tls-error", what, f"{error.verify_code}")
        case ssl.SSLEOFError() | ssl.SSLZeroReturnError():
            return call.broken(error)
        case ssl.SSLError():
            return call.failure("tls-error", "failed the TLS handshake", error.reason)
        case _:
            return call.broken(error)


def _connect_failure(call: Call, error: OSError) -> HttpFailure:
    if error.errno == errno.ECONNREFUSED:
        what = "refused the connection"
    elif error.errno in _NO_SOCKET:
        what = "got no socket from this host"
    else:
        what = "cannot be reached from here"
    return call.failure("connection-error", what, name_of(error))
