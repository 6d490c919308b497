"""Wasmtime: compiled components, and the clock that running guests are looked at by."""

import json
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from wasmtime import Config, Engine
from wasmtime.component import Component

from . import bytelists

PACKAGE = "backfill:http"
VERSION = "0.1.0"
#: Seconds between two looks at whether a guest has computed for too long.
TICK = 0.01


class Runtime:
    """Compiles components, and looks at running guests ten times in a tenth of a second."""

    def __init__(self, cache: Path | None = None) -> None:
        """`cache` is a folder for compiled code, which a large component takes seconds for."""
        bytelists.install()
        config = Config()
        config.epoch_interruption = True
        if cache is not None:
            cache.mkdir(parents=True, exist_ok=True)
            settings = cache / "wasmtime.toml"
            settings.write_text(f"[cache]\ndirectory = {json.dumps(str(cache.resolve()))}\n")
            config.cache = str(settings)
        self.engine = Engine(config)
        threading.Thread(target=self._tick, daemon=True).start()

    def load(self, component: Path, http: Path | None = None) -> "Program":
        """Compiles a component of world `http`, `linked-hook` or `hook`, or a composed hook.

        One of world `hook` imports `client`, and is linked with the one of world `http`.
        """
        compiled = Component(self.engine, component.read_bytes())
        imports = frozenset(compiled.type.imports(self.engine))
        if interface_name("client") not in imports:
            return Program(compiled, imports)
        if http is None:
            raise ValueError(f"{component} imports client: give the component of world http")
        return Program(compiled, imports, Component(self.engine, http.read_bytes()))

    def _tick(self) -> None:
        while True:
            time.sleep(TICK)
            self.engine.increment_epoch()


@dataclass(frozen=True)
class Program:
    """Compiled code, which any number of events run."""

    component: Component
    #: The names of the interfaces that it imports.
    imports: frozenset[str]
    #: What its `client` is linked with.
    http: Component | None = None


def interface_name(name: str) -> str:
    """The full name of an interface of the WIT package."""
    return f"{PACKAGE}/{name}@{VERSION}"
