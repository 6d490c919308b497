"""The adapter of this host for the conformance suite: one JSON line in, one out."""

import errno
import json
import sys
import threading
from collections.abc import Mapping
from contextlib import closing, suppress
from importlib.metadata import version
from pathlib import Path
from typing import Any

from backfill_host.config import allowlist_of, host_of
from backfill_host.failures import ConfigError, EventEnded, HttpFailure, Refused
from backfill_host.guest import LogLine
from backfill_host.runtime import Program, Runtime
from backfill_host.url import canonical_url

PROTOCOL = 1
ROOT = Path(__file__).parents[2]
HTTP = ROOT / "dist" / "http.wasm"


class Adapter:
    """Answers the runner."""

    def __init__(self) -> None:
        self._runtime = Runtime(cache=ROOT / ".tools" / "wasmtime")
        self._programs: dict[str, Program] = {}

    def answer(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """The answer to one line."""
        match request["type"]:
            case "hello":
                return {
                    "type": "hello",
                    "protocol": PROTOCOL,
                    "host": "wasmtime-python",
                    "version": version("wasmtime"),
                    "profiles": ["boundary", "policy", "limits"],
                }
            case "case":
                return {"type": "outcome", "id": request["id"], **self._run(request)}
            case "check":
                return {"type": "checked", "id": request["id"], **_check(request)}
            case unknown:
                raise ValueError(f"the runner wrote {unknown!r}")

    def _run(self, request: Mapping[str, Any]) -> dict[str, Any]:
        config = dict(request["config"])
        if "eventDeadline" in config:
            deadline = {"eventDeadline": config["eventDeadline"]}
            config["limits"] = {**config.get("limits", {}), **deadline}
        stage = Stage(config)
        logs: list[dict[str, Any]] = []
        seen = {"logs": logs, "lookups": stage.lookups}
        try:
            host = host_of(
                config,
                self._runtime,
                lambda line: logs.append(_log_line(line)),
                look_up=stage.look_up,
                dial=stage.dial,
            )
            program = self._program(request["component"])
            with closing(host):
                return {"result": host.run(program, request["event"]), **seen}
        except ConfigError as error:
            return {"configError": {"path": error.path, "message": f"{error}"}}
        except EventEnded as ending:
            return {"trap": {"kind": ending.kind, "message": f"{ending}"}, **seen}

    def _program(self, path: str) -> Program:
        if path not in self._programs:
            self._programs[path] = self._runtime.load(Path(path), HTTP)
        return self._programs[path]


class Stage:
    """The names and addresses of one case."""

    def __init__(self, config: Mapping[str, Any]) -> None:
        self._dns: Mapping[str, list[str] | str] = config.get("dns", {})
        self._dial: Mapping[str, str] = config.get("dial", {})
        self.lookups: list[str] = []

    def look_up(self, host: str) -> list[str]:
        """Answers as the case says."""
        self.lookups.append(host)
        answer = self._dns.get(host, "nxdomain")
        if answer == "silent":
            threading.Event().wait()
        if isinstance(answer, str):
            raise OSError(errno.EIO, answer)
        return answer

    def dial(self, address: str, port: int) -> tuple[str, int]:
        """Where an address is reached; one that the case does not name is not."""
        shown = f"[{address}]" if ":" in address else address
        place = self._dial.get(f"{shown}:{port}")
        if place is None:
            raise ConnectionRefusedError(errno.ECONNREFUSED, "no such address in this case")
        host, _, reached = place.rpartition(":")
        return host, int(reached)


def _check(request: Mapping[str, Any]) -> dict[str, Any]:
    try:
        allowlist = allowlist_of(request["config"])
    except ConfigError as error:
        return {"configError": {"path": error.path, "message": f"{error}"}}
    decisions: list[dict[str, Any]] = []
    for url in request["urls"]:
        decision: dict[str, Any] = {"allowed": True}
        try:
            allowlist.admit(url)
        except HttpFailure as failure:
            decision = {"allowed": False, "code": failure.code}
        with suppress(Refused):
            decision["canonical"] = str(canonical_url(url))
        decisions.append(decision)
    return {"decisions": decisions}


def _log_line(line: LogLine) -> dict[str, Any]:
    shown: dict[str, Any] = {"level": line.level, "message": line.message}
    return shown if line.fields is None else {**shown, "fields": line.fields}


def main() -> None:
    """Serves cases until the runner says good-bye."""
    adapter = Adapter()
    for line in sys.stdin:
        request = json.loads(line)
        if request["type"] == "bye":
            return
        print(json.dumps(adapter.answer(request)), flush=True)


if __name__ == "__main__":
    main()
