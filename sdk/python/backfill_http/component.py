"""The module that componentize-py is given: it runs the module `hook` beside it."""

import json
import os
import sys
import traceback

import hook
import wit_world
from backfill_http import random
from backfill_http.text import to_json, well_formed
from componentize_py_types import Err

_PACKAGE = "backfill_http"


class WitWorld(wit_world.WitWorld):
    """The component's exports."""

    def run(self, event: str) -> str:
        """Runs the hook. What it raises is the event's error, with its place in the source."""
        _seed()
        try:
            return to_json(hook.run(json.loads(event)))
        except Exception as error:
            raise Err(to_json(_describe(error))) from None


def _seed() -> None:
    """The module `random` was seeded when the component was built, the same for every event."""
    if "random" in sys.modules:
        sys.modules["random"].seed(random.bytes(32))


def _describe(error: Exception) -> str:
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if _PACKAGE not in frame.filename]
    place = f" ({os.path.basename(frames[-1].filename)}:{frames[-1].lineno})" if frames else ""
    return well_formed(f"{str(error) or type(error).__name__}{place}")
