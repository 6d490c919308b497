"""The hook API for hooks in Python. A hook is a module `hook` with a function `run(event)`."""

from backfill_http import clock, http, log, random, secrets
from backfill_http.errors import HttpError
from backfill_http.options import Basic, Bearer, JsonText, OAuth
from backfill_http.response import Response

__all__ = [
    "Basic",
    "Bearer",
    "HttpError",
    "JsonText",
    "OAuth",
    "Response",
    "clock",
    "http",
    "log",
    "random",
    "secrets",
]
