"""Calls to services outside. Each must match an entry of `permissions.http`.

Every function waits for the whole response. A 4xx or 5xx is a response; a call without one raises HttpError. Nothing is
retried and no redirect is followed.
"""

import re
from collections.abc import Callable
from typing import Any, Unpack

from backfill_http import errors, response
from backfill_http.options import Options, encode_body, encode_options
from backfill_http.response import Response
from componentize_py_types import Err
from wit_world.imports import client


def get(url: str, /, **options: Unpack[Options]) -> Response:
    """Sends a GET request."""
    return _call("get", url, lambda: client.get(url, encode_options(**options)))


def post(url: str, body: Any = None, /, **options: Unpack[Options]) -> Response:
    """Sends a POST request."""
    return _call("post", url, lambda: client.post(url, encode_body(body), encode_options(**options)))


def put(url: str, body: Any = None, /, **options: Unpack[Options]) -> Response:
    """Sends a PUT request."""
    return _call("put", url, lambda: client.put(url, encode_body(body), encode_options(**options)))


def patch(url: str, body: Any = None, /, **options: Unpack[Options]) -> Response:
    """Sends a PATCH request."""
    return _call("patch", url, lambda: client.patch(url, encode_body(body), encode_options(**options)))


def delete(url: str, /, **options: Unpack[Options]) -> Response:
    """Sends a DELETE request."""
    return _call("delete", url, lambda: client.delete(url, encode_options(**options)))


def _call(method: str, url: str, send: Callable[[], client.Response]) -> Response:
    # The call is named in the error without what may hold a key: userinfo, query, fragment.
    name = f"http.{method} {re.sub(r'//[^/]*@', '//', re.split('[?#]', url)[0])}"
    try:
        return response.of_client(send())
    except errors.InvalidRequest as error:
        raise errors.of_invalid_request(name, error) from None
    except Err as error:
        raise errors.of_failure(name, error.value) from None
