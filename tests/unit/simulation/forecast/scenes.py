"""Small scenarios for the tests of the forecast."""

from __future__ import annotations

from datetime import date, time
from typing import Any

from ivr.core.model import CentreCode, Mode, Window
from ivr.simulation.forecast.scenario import Scenario, flat_tree
from ivr.simulation.population import Kind, Spread

SEHORE, BHOPAL = CentreCode("MP.BPL.SEH"), CentreCode("MP.BPL.BHO")
MONDAY = date(2026, 12, 7)
HALF = {Kind.PERSON: 0.5, Kind.RINGS_OUT: 0.3, Kind.BUSY: 0.2}


def scene(**changed: Any) -> Scenario:
    """Return six telecallers of Sehore, half of whose calls reach a person."""
    given: dict[str, Any] = {
        "name": "test",
        "title_hi": "परीक्षण",
        "title_en": "A test",
        "people": 150,
        "centres": {SEHORE: 6},
        "mode": Mode.PREDICTIVE,
        "starts_on": MONDAY,
        "windows": (Window(time(10), time(20)),),
        "outcomes": HALF,
        "talk": Spread(40.0, 5.0, 300.0, 0.6),
        "wrap_up": Spread(8.0, 2.0, 30.0),
        "tree": flat_tree([SEHORE, BHOPAL]),
    }
    return Scenario(**given | changed)
