"""Time."""

import math

from wit_world.imports import clock


def now() -> int:
    """Milliseconds since 1970."""
    return clock.now()


def sleep(milliseconds: float) -> None:
    """Waits; the event's deadline ends it."""
    if not milliseconds >= 0:
        raise ValueError(f"{milliseconds} milliseconds; it must be 0 or more")
    clock.sleep(math.ceil(min(milliseconds, 0xFFFFFFFF)))
