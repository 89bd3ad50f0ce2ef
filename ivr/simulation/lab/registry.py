"""The policies that can be put side by side, by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from importlib import import_module
from importlib.util import find_spec

from ivr.simulation.lab.clairvoyant import Clairvoyant
from ivr.simulation.lab.fixed import progressive, ratio2
from ivr.simulation.lab.issabel import Issabel
from ivr.simulation.lab.policy import Policy
from ivr.simulation.lab.vicidial import Method, adaptive, ratio

Make = Callable[[float], Policy]  # of the shift's hours; a new one for each run

OURS = "ours"
GATED = "ours-gated"
# Each has a function `policy()` without arguments; who has none is not shown.
_OURS = {OURS: "ivr.simulation.lab.ours", GATED: "ivr.simulation.lab.gated"}
# Its three adaptive methods, and levels that somebody would set by hand.
VICIDIAL = (
    *(f"vicidial-{method}" for method in ("hard", "average", "tapered")),
    *(f"vicidial-{level:g}" for level in (1.5, 2, 3)),
)
BOUND = "clairvoyant"


def policies() -> Mapping[str, Make]:
    """Return every policy that there is, in the order in which they are shown."""
    found: dict[str, Make] = {
        "progressive": lambda hours: progressive(),
        "ratio2": lambda hours: ratio2(),
        "vicidial-hard": partial(adaptive, Method.HARD_LIMIT),
        "vicidial-average": partial(adaptive, Method.AVERAGE),
        "vicidial-tapered": partial(adaptive, Method.TAPERED),
        "vicidial-1.5": lambda hours: ratio(1.5),
        "vicidial-2": lambda hours: ratio(2.0),
        "vicidial-3": lambda hours: ratio(3.0),
        "issabel": lambda hours: Issabel(),
    }
    for name, module in _OURS.items():
        if find_spec(module) is not None:
            found[name] = partial(_ours, module)
    found[BOUND] = lambda hours: Clairvoyant()
    return found


def _ours(module: str, hours: float) -> Policy:
    made: Policy = import_module(module).policy()
    return made
