"""Connections that are kept between the calls of one hook."""

import re
import ssl
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass

from .limits import Limits
from .response import Response

#: A server's own `Keep-Alive: timeout=…`, and the seconds of it that are left alone: the
#: server may close while a request is on its way.
_TIMEOUT = re.compile(r"(?:^|,)\s*timeout=([0-9]{1,6})", re.IGNORECASE)
_MARGIN = 1.0


@dataclass(frozen=True)
class Key:
    """What a connection is kept for: calls with other credentials never ride on it."""

    origin: str
    credential: str | None


class Pool:
    """Kept connections. It is used from any number of threads."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._lock = threading.Lock()
        #: Oldest first, with the moment each is closed at.
        self._kept: OrderedDict[ssl.SSLSocket, tuple[Key, float]] = OrderedDict()

    def take(self, key: Key) -> ssl.SSLSocket | None:
        """A kept connection on which nothing has come that nobody asked for."""
        with self._lock:
            self._close_old()
            fitting = [tls for tls, (kept_for, _) in self._kept.items() if kept_for == key]
            for tls in reversed(fitting):
                del self._kept[tls]
                if _is_quiet(tls):
                    return tls
                tls.close()
        return None

    def keep(self, key: Key, tls: ssl.SSLSocket, response: Response) -> None:
        """Keeps a connection whose call has ended well, or closes it."""
        seconds = min(self._limits.idle_milliseconds / 1000, _allowed_by(response))
        with self._lock:
            self._close_old()
            if seconds > 0 and len(self._kept) < self._limits.idle_connections_per_hook:
                self._kept[tls] = (key, time.monotonic() + seconds)
                return
        tls.close()

    def close(self) -> None:
        """Closes all of them."""
        with self._lock:
            for tls in self._kept:
                tls.close()
            self._kept.clear()

    def _close_old(self) -> None:
        now = time.monotonic()
        for tls in [tls for tls, (_, until) in self._kept.items() if until <= now]:
            del self._kept[tls]
            tls.close()


def _is_quiet(tls: ssl.SSLSocket) -> bool:
    try:
        tls.recv(1)
    except ssl.SSLWantReadError:
        return True
    except OSError:
        pass
    return False


def _allowed_by(response: Response) -> float:
    hints = [value for name, value in response.fields if name == "keep-alive"]
    found = _TIMEOUT.search(hints[0]) if hints else None
    return float("inf") if found is None else int(found[1]) - _MARGIN
