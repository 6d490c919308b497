"""The hook's log. Writing never fails."""

from typing import Any

from backfill_http.text import to_json, well_formed
from wit_world.imports import log


def debug(message: str, /, **fields: Any) -> None:
    """For the hook's author."""
    _write(log.Level.DEBUG, message, fields)


def info(message: str, /, **fields: Any) -> None:
    """For the record."""
    _write(log.Level.INFO, message, fields)


def warn(message: str, /, **fields: Any) -> None:
    """Something to look at."""
    _write(log.Level.WARN, message, fields)


def error(message: str, /, **fields: Any) -> None:
    """Something went wrong."""
    _write(log.Level.ERROR, message, fields)


def _write(level: log.Level, message: str, fields: dict[str, Any]) -> None:
    log.write(level, well_formed(str(message)), _text(fields) if fields else None)


def _text(fields: dict[str, Any]) -> str:
    try:
        return to_json(fields)
    except (TypeError, ValueError):
        return to_json({name: _shown(value) for name, value in fields.items()})


def _shown(value: Any) -> Any:
    """The value, or how Python shows it where JSON has no form for it."""
    try:
        to_json(value)
    except (TypeError, ValueError):
        return repr(value)
    return value
