"""What a call gives."""

import json
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from backfill_http.options import JsonText
from wit_world.imports import client


@dataclass(frozen=True)
class Response:
    """A response. Every status is one, also 4xx and 5xx; `ok` is true for 200 to 299.

    `headers` has one field a name, in lower case: repeated ones are joined with `, `, but `set-cookie`, of which it has
    the first. `header_list` has every field in the order of arrival.
    """

    status: int
    ok: bool
    headers: dict[str, str]
    header_list: list[tuple[str, str]]
    content: str | bytes
    """The body before it is parsed: JsonText for JSON, other text, or bytes."""

    @cached_property
    def body(self) -> Any:
        """The value of a JSON response, else its text; bytes where they were asked for or the charset is another."""
        return json.loads(self.content) if isinstance(self.content, JsonText) else self.content


def of_client(response: client.Response) -> Response:
    """The response as the client gives it."""
    return Response(
        status=response.status,
        ok=response.ok,
        headers={field.name: field.value for field in response.headers},
        header_list=[(field.name, field.value) for field in response.header_list],
        content=JsonText(response.body.value)
        if isinstance(response.body, client.ResponseBody_Json)
        else response.body.value,
    )
