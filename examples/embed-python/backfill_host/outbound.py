"""The one door: policy, then credentials, then the network. Nothing else sends."""

import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from .allowlist import Allowlist
from .call import Call
from .exchange import Network, Request, exchange
from .failures import HttpFailure
from .headers import check_fields
from .limits import Limits, field_cost
from .pool import Pool
from .response import ByteBudget, Response
from .url import Url


class Door:
    """What the hooks of one configuration send through, from any number of threads."""

    def __init__(self, allowlist: Allowlist, network: Network, limits: Limits) -> None:
        self.allowlist = allowlist
        self.network = network
        self.limits = limits
        self.pool = Pool(limits)
        self._all = threading.BoundedSemaphore(limits.calls_in_flight)
        self._hook = threading.BoundedSemaphore(limits.calls_in_flight_per_hook)
        self._origins: dict[str, threading.BoundedSemaphore] = {}
        self._lock = threading.Lock()

    def close(self) -> None:
        """Closes the connections that are kept."""
        self.pool.close()

    @contextmanager
    def place(self, call: Call, url: Url) -> Iterator[None]:
        """Waits for a place among the calls in flight, no longer than the call may."""
        call.phase = "queue"
        with self._lock:
            new = threading.BoundedSemaphore(self.limits.connections_per_origin)
            origin = self._origins.setdefault(url.origin, new)
        with ExitStack() as places:
            for places_left in (origin, self._hook, self._all):
                while not places_left.acquire(timeout=call.left()):
                    pass
                places.callback(places_left.release)
            yield


class OutboundEvent:
    """The calls of one event."""

    def __init__(self, door: Door, deadline: float) -> None:
        """`deadline` is the event's own, on the clock of `time.monotonic`."""
        self._door = door
        self._deadline = deadline
        self._calls = 0
        self._budget = ByteBudget(door.limits.response_bytes_per_event)

    def send(self, request: Request) -> Response:
        """Performs one request: `outbound.send`. Raises HttpFailure."""
        started = time.monotonic()
        limits = self._door.limits
        self._count()
        timeout = _timeout_of(request, limits)
        url = self._door.allowlist.admit(request.url)
        check_fields(request.fields, request.authorization is not None)
        _check_size(request, limits)
        own = started + timeout / 1000
        call = Call(
            authority=url.authority,
            started=started,
            deadline=min(own, self._deadline),
            deadline_is_events=self._deadline < own,
        )
        with self._door.place(call, url):
            door = self._door
            return exchange(call, request, url, door.network, door.pool, limits, self._budget)

    def _count(self) -> None:
        """Counts every call, refused ones too: a loop in a hook ends, whatever it calls."""
        allowed = self._door.limits.calls_per_event
        if self._calls >= allowed:
            message = f"This event has made {allowed} calls, which is all one event may make."
            raise HttpFailure("limit-exceeded", "validate", message)
        self._calls += 1


def _timeout_of(request: Request, limits: Limits) -> int:
    if request.timeout is None:
        return limits.default_deadline
    if request.timeout <= 0:
        message = "timeout is 0; give milliseconds above 0, or leave it out."
        raise HttpFailure("invalid-request", "validate", message)
    return min(request.timeout, limits.maximum_deadline)


def _check_size(request: Request, limits: Limits) -> None:
    cost = sum(field_cost(name, value) for name, value in request.fields)
    for what, size, limit in (
        ("a body", len(request.body or b""), limits.request_body_bytes),
        ("a number of header fields", len(request.fields), limits.header_count),
        ("a header section", cost, limits.header_bytes),
    ):
        if size > limit:
            message = f"The request has {what} of {size}; this host sends at most {limit}."
            raise HttpFailure("too-large", "validate", message)
