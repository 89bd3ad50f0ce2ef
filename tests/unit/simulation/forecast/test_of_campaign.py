"""Who would serve a campaign that is not begun yet: by the rule of its calls."""

from __future__ import annotations

from dataclasses import replace

from ivr.core.model import Telecaller, TelecallerId
from ivr.simulation.forecast.of_campaign import team_of
from tests.unit.core.test_floor import CAMPAIGN, TREE, code


def telecaller(centre: str, *skills: str) -> Telecaller:
    own = TelecallerId(f"{centre}-{len(skills)}")
    return Telecaller(own, "सुनीता", code(centre), str(own), skills=skills)


PEOPLE = [
    telecaller("MP.BPL.SEH"),
    telecaller("MP.BPL.SEH", "pension"),
    telecaller("MP.BPL.VID", "pension", "urdu"),
    telecaller("MP.IND"),
    telecaller("GONE", "pension"),
]


def test_the_team_is_of_the_campaigns_centres_and_has_its_skills() -> None:
    of_bhopal = replace(CAMPAIGN, centres=(code("MP.BPL"),))
    assert team_of(of_bhopal, PEOPLE, TREE) == {"MP.BPL.SEH": 2, "MP.BPL.VID": 1}
    skilled = replace(of_bhopal, skills=("pension",))
    assert team_of(skilled, PEOPLE, TREE) == {"MP.BPL.SEH": 1, "MP.BPL.VID": 1}
    assert team_of(replace(CAMPAIGN, centres=()), PEOPLE, TREE).keys() == {
        "MP.BPL.SEH",
        "MP.BPL.VID",
        "MP.IND",
    }
