"""Whom a stop holds, and whom it leaves."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.core.dial_stops import (
    DialStop,
    StopScope,
    refusal,
    stop_of_campaign,
    stop_of_person,
    stops_seen,
)
from ivr.core.funnel import gate_of
from ivr.core.model import CampaignId, CentreCode
from tests.unit.core.test_floor import CAMPAIGN, NOON, PARENTS, TREE, code

DEMO, OTHER = CAMPAIGN.campaign_id, CampaignId("other")
PLACES = sorted(PARENTS)


def stop(scope: StopScope, about: str = "") -> DialStop:
    return DialStop("s-1", scope, about, "meera", "ग़लत संदेश", NOON)


@given(st.sampled_from(PLACES), st.sampled_from(PLACES), st.sampled_from([DEMO, OTHER]))
def test_a_centres_stop_holds_those_of_it_and_below_and_nobody_else(
    stopped: str, centre: str, campaign: CampaignId
) -> None:
    one = stop(StopScope.CENTRE, stopped)
    is_below = centre == stopped or centre.startswith(f"{stopped}.")
    held = stop_of_person([one], campaign, code(centre), TREE)
    assert (held is one) is is_below


@given(st.sampled_from([None, *PLACES]), st.sampled_from([DEMO, OTHER]))
def test_a_stop_of_everything_holds_everybody(
    centre: str | None, campaign: CampaignId
) -> None:
    at = code(centre) if centre else None
    assert stop_of_person([stop(StopScope.ALL)], campaign, at, TREE)


@given(st.sampled_from([None, *PLACES]))
def test_a_campaigns_stop_holds_that_campaign_alone(centre: str | None) -> None:
    at = code(centre) if centre else None
    one = stop(StopScope.CAMPAIGN, DEMO)
    assert stop_of_person([one], DEMO, at, TREE) is one
    assert stop_of_person([one], OTHER, at, TREE) is None


def test_who_is_of_no_known_centre_is_held_by_a_stop_of_the_whole() -> None:
    whole, part = stop(StopScope.CENTRE, "MP"), stop(StopScope.CENTRE, "MP.IND")
    for centre in (None, code("gone")):
        assert stop_of_person([part, whole], DEMO, centre, TREE) is whole


@pytest.mark.parametrize(
    ("centres", "one", "is_held"),
    [
        ((), stop(StopScope.ALL), True),
        ((), stop(StopScope.CENTRE, "MP"), True),
        ((), stop(StopScope.CENTRE, "MP.BPL"), False),
        (("MP.BPL.SEH",), stop(StopScope.CENTRE, "MP.BPL"), True),
        (("MP.BPL.SEH", "MP.IND"), stop(StopScope.CENTRE, "MP.BPL"), False),
        ((), stop(StopScope.CAMPAIGN, "demo"), True),
        ((), stop(StopScope.CAMPAIGN, "other"), False),
    ],
)
def test_a_campaign_is_held_when_all_its_people_are(
    centres: tuple[str, ...], one: DialStop, is_held: bool
) -> None:
    campaign = replace(CAMPAIGN, centres=tuple(code(c) for c in centres))
    assert (stop_of_campaign([one], campaign, TREE) is one) is is_held


def test_without_a_stop_nobody_is_held() -> None:
    assert stop_of_person([], DEMO, code("MP"), TREE) is None
    assert stop_of_campaign([], CAMPAIGN, TREE) is None


def test_a_refusal_says_who_stopped_it_and_why_and_has_a_gate() -> None:
    refused = refusal(stop(StopScope.CENTRE, "MP.BPL"), NOON)
    assert refused.rule == "centre MP.BPL was stopped by meera: ग़लत संदेश"
    assert refused.retry_at is not None
    assert gate_of(refused.reason).name == "stopped"


@pytest.mark.parametrize(
    ("centre", "seen"),
    [
        ("MP", {"MP", "MP.BPL.SEH", "MP.IND", "", "demo"}),
        ("MP.BPL", {"MP", "MP.BPL.SEH", "", "demo"}),
        ("MP.IND", {"MP", "MP.IND", "", "demo"}),
        ("MP.BPL.VID", {"MP", "", "demo"}),
    ],
)
def test_an_in_charge_sees_the_stops_that_they_meet(
    centre: str, seen: set[str]
) -> None:
    stops = [stop(StopScope.CENTRE, about) for about in ("MP", "MP.BPL.SEH", "MP.IND")]
    stops += [stop(StopScope.ALL), stop(StopScope.CAMPAIGN, "demo")]
    stops += [stop(StopScope.CAMPAIGN, "not-mine")]
    found = stops_seen(stops, CentreCode(centre), [CAMPAIGN], TREE)
    assert {one.about for one in found} == seen
