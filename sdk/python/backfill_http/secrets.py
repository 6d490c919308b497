"""Named secrets of the platform."""

from backfill_http.text import well_formed
from wit_world.imports import secrets


def get(name: str) -> str | None:
    """The value, an opaque text for a sealed secret, or None where none is declared."""
    return secrets.get(well_formed(name))
