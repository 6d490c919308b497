"""Does what a case of the conformance suite tells it, step by step, and reports what a hook sees of each step."""

import base64
import json
from typing import Any

from backfill_http import Basic, Bearer, HttpError, JsonText, OAuth, Response, clock, http, log, random, secrets

# 2026-01-01, before which no clock that runs can be.
_THIS_YEAR = 1_767_225_600_000


def run(event: Any) -> Any:
    return {"outcomes": [_step(call) for call in event["calls"]]}


def _step(call: Any) -> Any:
    match call:
        case {"sleep": milliseconds}:
            clock.sleep(milliseconds)
            return {"slept": milliseconds}
        case {"now": _}:
            return {"now": clock.now() >= _THIS_YEAR}
        case {"random": length}:
            return {"random": len(random.bytes(length))}
        case {"log": line}:
            getattr(log, line["level"])(line["message"], **line.get("fields", {}))
            return {"logged": line["level"]}
        case {"trap": message}:
            raise RuntimeError(message)
        case {"spin": _}:
            while True:
                pass
        case {"grow": size}:
            return {"grown": len(bytearray(size))}
        case _:
            return _send(call)


def _send(call: Any) -> Any:
    if "secret" in call:
        value = secrets.get(call["secret"])
        if value is None:
            return {"noSecret": call["secret"]}
        # In the text of the whole call, so that every place takes it.
        call = json.loads(json.dumps(call).replace("{{secret}}", json.dumps(value)[1:-1]))
    try:
        return {"response": _report(_perform(call))}
    except HttpError as error:
        return {
            "failure": {
                "code": error.code,
                "phase": error.phase,
                "requestMayHaveBeenSent": error.request_may_have_been_sent,
                "message": error.message,
                "detail": error.detail,
            }
        }


def _perform(call: Any) -> Response:
    send = getattr(http, call["method"])
    argument = [_body(call["body"])] if "body" in call else []
    given = call.get("options", {})
    options: dict[str, Any] = {}
    if "headers" in given:
        options["headers"] = [(name, value) for name, value in given["headers"]]
    if "body" in given:
        options["body"] = _body(given["body"])
    if "auth" in given:
        options["auth"] = _auth(given["auth"])
    if "timeout" in given:
        options["timeout"] = given["timeout"]
    if "responseType" in given:
        options["response_type"] = given["responseType"]
    return send(call["url"], *argument, **options)


def _body(body: Any) -> str | bytes:
    match body:
        case {"json": text}:
            return JsonText(text)
        case {"bytes": encoded}:
            return base64.b64decode(encoded)
        case _:
            return body["text"]


def _auth(auth: Any) -> Bearer | Basic | OAuth:
    match auth:
        case {"bearer": token}:
            return Bearer(token)
        case {"basic": {"user": user, "pass": password}}:
            return Basic(user, password)
        case _:
            return OAuth(auth["oauth"].get("minTtlSeconds"))


def _report(response: Response) -> Any:
    content = response.content
    if isinstance(content, bytes):
        body = {"bytes": base64.b64encode(content).decode()}
    else:
        body = {"json" if isinstance(content, JsonText) else "text": str(content)}
    return {
        "status": response.status,
        "ok": response.ok,
        "headers": list(response.headers.items()),
        "headerList": response.header_list,
        "body": body,
    }
