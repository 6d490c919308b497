"""Randomness that nobody can predict."""

import builtins
import uuid as _uuid

from wit_world.imports import random

_LARGEST = 65536


def bytes(length: int) -> builtins.bytes:
    """This many bytes, at most 65536."""
    if not 0 <= length <= _LARGEST:
        raise ValueError(f"{length} bytes; at most {_LARGEST} are given at once")
    return random.bytes(length)


def uuid() -> str:
    """Version 4, as an idempotency key wants it."""
    return str(_uuid.UUID(bytes=bytes(16), version=4))
