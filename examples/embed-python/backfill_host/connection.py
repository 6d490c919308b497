"""Connections: TCP to a checked address, TLS by the host's name, bytes both ways at once."""

import errno
import select
import socket
import ssl
from collections.abc import Callable, Iterator

from .call import Call
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


def converse(call: Call, tls: ssl.SSLSocket, request: bytes) -> Iterator[bytes]:
    """Writes the request and yields what arrives meanwhile and after it, to the end.

    A server may answer before it has read the request, and read no more of it.
    """
    tls.setblocking(False)
    waiting = memoryview(request)
    call.phase = "send"
    call.sent = True
    broken: OSError | None = None
    while True:
        call.left()
        wanted = select.POLLIN
        progress = False
        if waiting:
            try:
                waiting = waiting[tls.send(waiting[:_PIECE]) :]
                progress = True
            except ssl.SSLWantWriteError:
                wanted |= select.POLLOUT
            except ssl.SSLWantReadError:
                pass
            except OSError as error:
                broken = error
                waiting = waiting[:0]
        if not waiting and call.phase == "send":
            call.phase = "headers"
        try:
            data = tls.recv(_PIECE)
        except ssl.SSLWantReadError:
            if not progress:
                _wait(call, tls, wanted)
            continue
        except ssl.SSLWantWriteError:
            _wait(call, tls, wanted | select.POLLOUT)
            continue
        except ssl.SSLEOFError:
            # How Python before 3.12.3 tells of a reset.
            raise call.failure("connection-error", "broke the connection", "EOF") from None
        except ssl.SSLError as error:
            raise call.failure("tls-error", "broke TLS", error.reason, "tls") from None
        except OSError as error:
            raise call.failure("connection-error", "broke the connection", _name(error)) from None
        if not data and broken is not None:
            raise call.failure("connection-error", "broke the connection", _name(broken))
        yield data
        if not data:
            return


def _connect_to(call: Call, address: str, port: int, timeout: float) -> socket.socket:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    plain = socket.socket(family, socket.SOCK_STREAM)
    try:
        plain.settimeout(timeout)
        plain.connect((address, port))
        if plain.getpeername()[0] != address:
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
    except TimeoutError:
        tls.close()
        call.left()
        raise call.failure("timeout", "did not answer in time") from None
    except ssl.SSLCertVerificationError as error:
        tls.close()
        what = f"shows a certificate that cannot be trusted: {error.verify_message}"
        raise call.failure("tls-error", what, f"{error.verify_code}") from None
    except (ssl.SSLEOFError, ssl.SSLZeroReturnError):
        tls.close()
        raise call.failure("connection-error", "broke the connection", "EOF") from None
    except ssl.SSLError as error:
        tls.close()
        raise call.failure("tls-error", "failed the TLS handshake", error.reason) from None
    except OSError as error:
        tls.close()
        raise call.failure("connection-error", "broke the connection", _name(error)) from None
    except BaseException:
        tls.close()
        raise
    return tls


def _wait(call: Call, tls: ssl.SSLSocket, wanted: int) -> None:
    poll = select.poll()
    poll.register(tls, wanted)
    poll.poll(call.left() * 1000)


def _connect_failure(call: Call, error: OSError) -> HttpFailure:
    if error.errno == errno.ECONNREFUSED:
        what = "refused the connection"
    elif error.errno in _NO_SOCKET:
        what = "got no socket from this host"
    else:
        what = "cannot be reached from here"
    return call.failure("connection-error", what, _name(error))


def _name(error: OSError) -> str:
    return errno.errorcode.get(error.errno or 0, type(error).__name__)
