"""What each centre's floor shows, and what it must not show."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from ivr.core.accounts import of_place
from ivr.core.call import CallState
from ivr.core.day_counts import Counts, Day, Ended
from ivr.core.floor import (
    Floor,
    FloorCall,
    FloorCampaign,
    FloorDesk,
    Moment,
    TrunkNow,
    accounts_of_places,
    floors,
)
from ivr.core.law import Abandoned
from ivr.core.model import (
    CallClass,
    Campaign,
    CampaignId,
    CampaignState,
    Centre,
    CentreCode,
    DeskState,
    Disposition,
    FlowId,
    ListName,
    Mode,
    NodeId,
    PhoneNumber,
    TelecallerId,
    TrunkName,
)
from ivr.core.organisation import places_concerned, places_of_all

NOON = datetime(2026, 11, 24, 6, 30, tzinfo=UTC)


def code(text: str) -> CentreCode:
    return CentreCode(text)


PARENTS = {
    "MP": None,
    "MP.BPL": "MP",
    "MP.BPL.SEH": "MP.BPL",
    "MP.BPL.VID": "MP.BPL",
    "MP.IND": "MP",
}
TREE = {
    code(one): Centre(code(one), f"केंद्र {one}", one, code(parent) if parent else None)
    for one, parent in PARENTS.items()
}
CAMPAIGN = Campaign(
    campaign_id=CampaignId("demo"),
    title_hi="डेमो",
    title_en="Demo",
    organisation="संवाद डेमो",
    call_class=CallClass.NGO_SURVEY,
    mode=Mode.PREDICTIVE,
    flow_id=FlowId("survey"),
    lists=(ListName("people"),),
    trunk=TrunkName("carrier"),
    caller_id=PhoneNumber("+917552550100"),
)
TRUNK = TrunkNow(TrunkName("carrier"), 30, 5.0, used=12, placed_last_s=2.2)


def call(centre: str | None, state: CallState, node: str | None = None) -> FloorCall:
    return FloorCall(
        CAMPAIGN.campaign_id,
        code(centre) if centre else None,
        state,
        TRUNK.name,
        NodeId(node) if node else None,
    )


def desk(name: str, centre: str, state: DeskState) -> FloorDesk:
    return FloorDesk(TelecallerId(name), name, code(centre), state, NOON)


CALLS = [
    call("MP.BPL.SEH", CallState.IN_FLOW, "q1"),
    call("MP.BPL.SEH", CallState.IN_FLOW, "q1"),
    call("MP.BPL.SEH", CallState.RINGING),
    call("MP.BPL.VID", CallState.IN_FLOW, "q2"),
    call("MP.IND", CallState.TALKING),
    call(None, CallState.DIALLING),
]
DESKS = [
    desk("सीता", "MP.BPL.SEH", DeskState.READY),
    desk("गीता", "MP.BPL.VID", DeskState.PAUSED),
    desk("राधा", "MP.IND", DeskState.TALKING),
]


def seen(
    at: str, *campaigns: Campaign, day: Day | None = None, **changes: object
) -> Floor:
    moment = Moment(
        at=NOON,
        calls=CALLS,
        desks=DESKS,
        campaigns=[
            FloorCampaign(one, CampaignState.RUNNING, "2 free", 2)
            for one in campaigns or (CAMPAIGN,)
        ],
        trunks=[TRUNK],
        accounts={},
    )
    moment = replace(moment, **changes)  # type: ignore[arg-type]
    return floors(moment, day or Day(TREE, "Asia/Kolkata"), TREE)[code(at)]


@pytest.mark.parametrize(
    ("centre", "names", "calls"),
    [
        ("MP.BPL.SEH", ["सीता"], {"in_flow": 2, "ringing": 1}),
        ("MP.BPL.VID", ["गीता"], {"in_flow": 1}),
        ("MP.BPL", ["सीता", "गीता"], {"in_flow": 3, "ringing": 1}),
        (
            "MP",
            ["सीता", "गीता", "राधा"],
            {"in_flow": 3, "ringing": 1, "talking": 1, "dialling": 1},
        ),
    ],
)
def test_a_floor_has_its_own_people_and_those_below_and_nobody_else(
    centre: str, names: list[str], calls: dict[str, int]
) -> None:
    floor = seen(centre)
    assert [one.name for one in floor.desks] == names
    assert dict(floor.calls) == calls


def test_nothing_of_another_centre_is_anywhere_in_a_floor() -> None:
    day = Day(TREE, "Asia/Kolkata")
    day.ended(ended_call("MP.BPL.VID"), NOON)
    text = repr(seen("MP.BPL.SEH", day=day))
    for foreign in ("गीता", "राधा", "VID", "IND", "q2"):
        assert foreign not in text


def test_people_in_the_flow_are_counted_by_the_prompt_that_plays() -> None:
    floor = seen("MP.BPL")
    assert [(one.node, one.count) for one in floor.nodes] == [("q1", 2), ("q2", 1)]


def test_a_trunk_shows_own_calls_exactly_and_everybodys_in_tenths() -> None:
    (trunk,) = seen("MP.BPL.SEH").trunks
    assert (trunk.used, trunk.channels, trunk.load, trunk.rate_load) == (
        3,
        30,
        0.4,
        0.4,
    )


def test_a_campaign_of_another_centre_is_not_on_the_floor() -> None:
    theirs = replace(CAMPAIGN, centres=(code("MP.IND"),))
    assert seen("MP.BPL.SEH", theirs).campaigns == ()
    assert len(seen("MP", theirs).campaigns) == 1


@pytest.mark.parametrize(
    ("centres", "concerned", "whole"),
    [
        ((), set(PARENTS), {"MP"}),
        (("MP.BPL",), set(PARENTS) - {"MP.IND"}, {"MP", "MP.BPL"}),
        (("MP.BPL.SEH", "MP.IND"), set(PARENTS) - {"MP.BPL.VID"}, {"MP"}),
    ],
)
def test_whom_a_campaign_concerns_and_who_holds_all_of_it(
    centres: tuple[str, ...], concerned: set[str], whole: set[str]
) -> None:
    campaign = replace(CAMPAIGN, centres=tuple(code(one) for one in centres))
    assert places_concerned(campaign.centres, TREE) == concerned
    assert places_of_all(campaign.centres, TREE) == whole


def test_accounts_of_all_places_are_those_of_each() -> None:
    by_centre = {
        code("MP.BPL.SEH"): Abandoned(answered_30d=100, abandoned_30d=2),
        code("MP.IND"): Abandoned(answered_30d=50, abandoned_30d=1),
    }
    made = accounts_of_places(by_centre, TREE)
    assert made == {one: of_place(one, by_centre, TREE) for one in TREE}


# Today


def ended_call(centre: str | None, **changes: object) -> Ended:
    plain = Ended(
        CAMPAIGN.campaign_id,
        code(centre) if centre else None,
        Disposition.COMPLETED,
        answered=True,
        completed=True,
        joined=False,
        opted_out=False,
        abandoned=False,
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


def test_todays_funnel_is_of_the_place_and_all_below_and_live_calls_were_dialled() -> (
    None
):
    day = Day(TREE, "Asia/Kolkata")
    day.ended(ended_call("MP.BPL.SEH", joined=True), NOON)
    day.ended(
        ended_call(
            "MP.BPL.VID",
            disposition=Disposition.BUSY,
            answered=False,
            completed=False,
        ),
        NOON,
    )
    assert seen("MP.BPL.SEH", day=day).today == Counts(
        dialled=4, answered=1, person=1, finished=1, talked=1
    )
    assert seen("MP.BPL", day=day).today.dialled == 6
    assert seen("MP.BPL", day=day).answer_rate == 0.5
    assert seen("MP.IND", day=day).answer_rate is None


def test_a_call_that_is_being_written_down_is_over_and_was_dialled() -> None:
    floor = seen("MP.IND", calls=[call("MP.IND", CallState.ENDED)])
    assert dict(floor.calls) == {}
    assert floor.today.dialled == 1


def test_voicemail_is_answered_and_no_person() -> None:
    day = Day(TREE, "Asia/Kolkata")
    day.ended(ended_call("MP", disposition=Disposition.SILENT, completed=False), NOON)
    today = day.of_today(code("MP"), NOON)[CAMPAIGN.campaign_id]
    assert (today.answered, today.person) == (1, 0)


def test_a_call_that_we_cancelled_was_not_dialled_at_anybody() -> None:
    day = Day(TREE, "Asia/Kolkata")
    gone = ended_call(
        "MP", disposition=Disposition.CANCELLED, answered=False, completed=False
    )
    day.ended(gone, NOON)
    assert day.of_today(code("MP"), NOON)[CAMPAIGN.campaign_id] == Counts()


def test_people_of_no_centre_count_for_the_whole() -> None:
    day = Day(TREE, "Asia/Kolkata")
    day.ended(ended_call(None), NOON)
    day.ended(ended_call("gone.from.the.tree"), NOON)
    assert day.of_today(code("MP"), NOON)[CAMPAIGN.campaign_id].dialled == 2
    assert day.of_today(code("MP.IND"), NOON) == {}


def test_what_the_store_counted_of_today_stands_after_a_restart() -> None:
    day = Day(TREE, "Asia/Kolkata")
    day.restore([ended_call("MP.IND", count=7)], NOON)
    day.ended(ended_call("MP.IND"), NOON)
    assert day.of_today(code("MP"), NOON)[CAMPAIGN.campaign_id].finished == 8


def test_at_midnight_in_india_the_day_begins_anew() -> None:
    day = Day(TREE, "Asia/Kolkata")
    late = datetime(2026, 11, 24, 18, 29, tzinfo=UTC)  # 23:59
    day.ended(ended_call("MP"), late)
    assert day.of_today(code("MP"), late)
    assert day.of_today(code("MP"), late + timedelta(minutes=1)) == {}
    assert day.began(late) == datetime(2026, 11, 23, 18, 30, tzinfo=UTC)


def test_the_last_minutes_are_summed_while_the_newest_still_grows() -> None:
    day = Day(TREE, "Asia/Kolkata")
    for minute in range(20):
        day.ended(ended_call("MP"), NOON + timedelta(minutes=minute))
    at = NOON + timedelta(minutes=19)
    assert day.last(code("MP"), 15, at).dialled == 15
    day.ended(ended_call("MP"), at)
    assert day.last(code("MP"), 15, at).dialled == 16
    assert day.last(code("MP"), 15, at + timedelta(minutes=10)).dialled == 6
    assert day.last(code("MP"), 15, at + timedelta(hours=1)).dialled == 0
    assert len(list(day.hour(code("MP"), at))) == 20


def test_a_clock_set_back_loses_no_call() -> None:
    day = Day(TREE, "Asia/Kolkata")
    day.ended(ended_call("MP"), NOON)
    day.ended(ended_call("MP"), NOON - timedelta(minutes=5))
    assert day.last(code("MP"), 15, NOON).dialled == 2
