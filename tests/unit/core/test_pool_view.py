"""What a campaign sees of calls and desks: its own, and what it shares with others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from lawful_values import CAMPAIGN, NOON

from ivr.core.call import CallState
from ivr.core.desk import Desk
from ivr.core.model import (
    CallId,
    Campaign,
    CampaignId,
    Caps,
    Centre,
    CentreCode,
    DeskState,
    Mode,
    TelecallerId,
)
from ivr.core.pool_view import CallNow, Moment

CODES = ("MP", "MP.BPL", "MP.BPL.SEH", "MP.IND", "MP.IND.DHR")
TREE = {
    CentreCode(code): Centre(
        CentreCode(code), code, code, CentreCode(code.rpartition(".")[0]) or None
    )
    for code in CODES
}
OURS = replace(CAMPAIGN, mode=Mode.PREDICTIVE, centres=())
IN_BPL = replace(OURS, centres=(CentreCode("MP.BPL"),))


def desk(name: str, centre: str, state: DeskState = DeskState.READY) -> Desk:
    since = NOON - timedelta(seconds=7)
    return Desk(TelecallerId(name), CentreCode(centre), since, state)


def call(name: str, campaign: Campaign = OURS, **changes: object) -> CallNow:
    ringing = CallNow(CallId(name), campaign, OURS.trunk, CallState.RINGING, 3.0)
    return replace(ringing, **changes)  # type: ignore[arg-type]


def moment(calls: Sequence[CallNow], desks: Sequence[Desk]) -> Moment:
    return Moment(100.0, calls, desks, TREE, lambda d: (NOON - d.since).total_seconds())


SEH = desk("seh", "MP.BPL.SEH")
DHR = desk("dhr", "MP.IND.DHR", DeskState.TALKING)


def test_calls_and_desks_are_counted_by_what_goes_on_at_them() -> None:
    calls = [
        call("rings"),
        call("hears", state=CallState.IN_FLOW),
        call("talked", state=CallState.IN_FLOW, has_wanted=True),
        call("waits", state=CallState.WAITING, has_wanted=True),
        call("talks", state=CallState.TALKING, has_wanted=True),
    ]
    view = moment(calls, [SEH, DHR]).view(OURS, Mode.PREDICTIVE)
    assert (view.ready, view.talking_s, view.logged_in) == (1, (7.0,), 2)
    assert (view.ringing_s, view.in_flow, view.waiting) == ((3.0,), 1, 1)


def test_only_desks_that_routing_offers_are_seen() -> None:
    view = moment([], [SEH, DHR]).view(IN_BPL, Mode.PREDICTIVE)
    assert (view.ready, view.talking_s, view.logged_in) == (1, (), 1)


def test_a_call_with_a_desk_of_its_own_is_left_out_and_its_desk_is_not_ready() -> None:
    promised = replace(SEH, state=DeskState.RESERVED, call_id=CallId("promised"))
    view = moment([call("promised"), call("other")], [promised, DHR]).view(
        OURS, Mode.PREDICTIVE
    )
    assert view.ready == 0
    assert view.talking_s == (7.0, 7.0)
    assert len(view.ringing_s) == 1


@pytest.mark.parametrize(("theirs", "seen"), [(1, 1), (3, 2), (4, 2)])
def test_of_another_campaign_so_many_calls_are_ours_as_desks_are_shared(
    theirs: int, seen: int
) -> None:
    other = replace(OURS, campaign_id=CampaignId("other"))  # both desks are theirs
    calls = [call(str(n), other, age_s=9.0 - n) for n in range(theirs)]
    view = moment(calls, [SEH, DHR]).view(IN_BPL, Mode.PREDICTIVE)
    assert view.ringing_s == (9.0, 8.0)[:seen]  # the oldest


def test_a_broadcasts_voters_count_once_they_wait_for_a_desk() -> None:
    radio = replace(OURS, campaign_id=CampaignId("radio"), mode=Mode.BROADCAST)
    waits = call("waits", radio, state=CallState.WAITING, has_wanted=True)
    view = moment([call("rings", radio), waits], [SEH]).view(OURS, Mode.PREDICTIVE)
    assert (view.ringing_s, view.waiting) == ((), 1)


def test_trunk_and_caps_leave_what_the_calls_have_not_taken() -> None:
    small = replace(OURS, caps=Caps(channels=5))
    other = replace(OURS, campaign_id=CampaignId("other"))
    now = moment([call("a"), call("b"), call("c", other)], [SEH])
    view = now.limited(
        now.view(small, Mode.PREDICTIVE), small, trunk_channels=10, tokens=4
    )
    assert (view.channels_free, view.campaign_channels_free) == (7, 3)
    assert view.tokens == 4
