"""A forecast as a process of its own, so that it can be ended at any moment.

A pickled (Scenario, by, seeds) comes by standard input, from the Samvad that started
us; lines of JSON go out: {"done": 1, "of": 8}, at last {"found": ...} or
{"failed": ...}.
"""

from __future__ import annotations

import json
import pickle
import sys
from dataclasses import asdict
from datetime import date
from math import isfinite
from typing import Any

from ivr.simulation.forecast.finish import forecast


def main() -> None:
    scenario, by, seeds = pickle.load(sys.stdin.buffer)

    def progress(done: int, of: int) -> None:
        _say({"done": done, "of": of})

    try:
        found = forecast(scenario, by, seeds, progress)
    except ValueError as exc:
        _say({"failed": str(exc)})
        return
    _say({"found": asdict(found)})


def _say(what: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(_plain(what)) + "\n")
    sys.stdout.flush()


def _plain(value: Any) -> Any:
    """Return it as JSON has it: no infinity, days as text."""
    match value:
        case dict():
            return {key: _plain(one) for key, one in value.items()}
        case list() | tuple():
            return [_plain(one) for one in value]
        case float() if not isfinite(value):
            return None
        case date():
            return value.isoformat()
    return value


if __name__ == "__main__":
    main()
