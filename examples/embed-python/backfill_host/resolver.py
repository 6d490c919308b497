"""Names to addresses: looked up once, and refused where any address is not public."""

import queue
import socket
import threading
from collections.abc import Callable

from .addresses import special_range
from .call import Call

#: Returns the addresses of a host, none for a name without; raises OSError where it cannot.
LookUp = Callable[[str], list[str]]

#: Look-ups at once. Nothing can stop one, and it holds a thread until it ends.
_PLACES = threading.BoundedSemaphore(64)


def system_look_up(host: str) -> list[str]:
    """Asks what the operating system asks."""
    answers = socket.getaddrinfo(host.encode("ascii"), None, type=socket.SOCK_STREAM)
    # An address with a scope is no public one.
    return [f"{address[0]}" for *_, address in answers]


def resolve(call: Call, host: str, look_up: LookUp, internal_hosts: frozenset[str]) -> list[str]:
    """The addresses that may be dialled, in order.

    Raises HttpFailure `dns-error`, `timeout`, or `address-prohibited` where any address is
    not public and the operator has not opened the host.
    """
    call.phase = "dns"
    try:
        addresses = list(dict.fromkeys(_within(call, look_up, host)))
    except OSError as error:
        detail = error.strerror or type(error).__name__
        raise call.failure("dns-error", "could not be looked up", detail) from None
    if not addresses:
        raise call.failure("dns-error", "is a name without an address; check its spelling")
    for address in addresses:
        special = special_range(address)
        if special is not None and host not in internal_hosts:
            what = f"has an address that is not public ({special}); internalHosts opens a host"
            raise call.failure("address-prohibited", what, special)
    return addresses


def _within(call: Call, look_up: LookUp, host: str) -> list[str]:
    """Looks up in a thread of its own, which is left behind when the deadline passes."""
    answer: queue.SimpleQueue[list[str] | Exception] = queue.SimpleQueue()

    def run() -> None:
        try:
            answer.put(look_up(host))
        except Exception as error:  # noqa: BLE001 - the call tells of it
            answer.put(error)
        finally:
            _PLACES.release()

    while not _PLACES.acquire(timeout=call.left()):
        pass
    threading.Thread(target=run, daemon=True).start()
    while True:
        try:
            found = answer.get(timeout=call.left())
        except queue.Empty:
            continue
        if isinstance(found, Exception):
            raise found
        return found
