"""Between the values of wasmtime-py and those of this host."""

from typing import Any, cast

from wasmtime.component import Record, Variant

from .authorization import Authorization, Basic, Bearer, OAuth
from .exchange import Method, Request
from .failures import HttpFailure
from .response import Response


def lift_request(value: Any) -> Request:
    """`types.request`."""
    return Request(
        method=cast(Method, value.method.upper()),
        url=value.url,
        fields=[(field.name, field.value) for field in value.headers],
        body=value.body,
        authorization=_lift_authorization(value.authorization),
        timeout=value.timeout,
    )


def lower_response(response: Response) -> Variant:
    """`result<response, failure>` with a response in it."""
    fields = [record(name=name, value=value) for name, value in response.fields]
    return Variant("ok", record(status=response.status, headers=fields, body=response.body))


def lower_failure(failure: HttpFailure) -> Variant:
    """`result<response, failure>` with a failure in it."""
    return Variant(
        "err",
        record(
            code=failure.code,
            message=_well_formed(failure.message),
            phase=failure.phase,
            detail=None if failure.detail is None else _well_formed(failure.detail),
            request_may_have_been_sent=failure.sent,
        ),
    )


def record(**fields: Any) -> Record:
    """A record of WIT, whose names have hyphens where these have underscores."""
    made = Record()
    for name, value in fields.items():
        setattr(made, name.replace("_", "-"), value)
    return made


def _lift_authorization(value: Any) -> Authorization | None:
    if value is None:
        return None
    if value.tag == "bearer":
        return Bearer(value.payload)
    if value.tag == "basic":
        return Basic(value.payload.user, value.payload.password)
    return OAuth()


def _well_formed(text: str) -> str:
    return text.encode("utf-8", "replace").decode("utf-8")
