"""What a database might have counted: small tallies to make reports of by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from ivr.core.flow_model import Flow, Node, NodeKind, Option
from ivr.core.model import (
    CallClass,
    Campaign,
    CampaignId,
    CampaignState,
    Centre,
    CentreCode,
    Disposition,
    FlowId,
    ListName,
    Mode,
    NodeId,
    PhoneNumber,
    TrunkName,
)
from ivr.core.shares import Spans
from ivr.core.tallies import (
    FURTHEST,
    AnswerCount,
    AttemptCount,
    BlockCount,
    CallbackCounts,
    Names,
    PartTallies,
    PeopleCount,
    PlaceName,
    TalkCount,
    Tallies,
)

NOON = datetime(2026, 11, 24, 6, 30, tzinfo=UTC)  # 12:00 in Bhopal
NOON_QUARTER = int(NOON.timestamp()) // 900
NO_SPANS = Spans(0, 0, {})
CENTRE = Centre(CentreCode("MP.BPL.SEH"), "सीहोर", "Sehore", CentreCode("MP.BPL"))


def node(name: str, kind: NodeKind, **fields: Any) -> Node:
    return Node(NodeId(name), kind, **fields)


FLOW = Flow(
    flow_id=FlowId("feedback"),
    version="aaaaaaaaaaaa",
    title_hi="राय",
    title_en="Feedback",
    start=NodeId("hello"),
    nodes={
        NodeId("hello"): node("hello", NodeKind.PLAY, say={"hi": "नमस्ते {name} जी"}),
        NodeId("need"): node(
            "need",
            NodeKind.MENU,
            question_hi="सबसे ज़रूरी काम",
            question_en="Most needed",
            options=(
                Option("1", "water", "पानी", "Water"),
                Option("2", "roads", "सड़क", "Roads"),
            ),
        ),
        NodeId("stars"): node("stars", NodeKind.RATING, question_hi="अंक", max_value=5),
        NodeId("number"): node("number", NodeKind.COLLECT, question_hi="पंजीयन"),
        NodeId("bye"): node("bye", NodeKind.HANG_UP, say={"hi": "धन्यवाद"}),
    },
)

CAMPAIGN = Campaign(
    campaign_id=CampaignId("survey"),
    title_hi="सर्वे",
    title_en="Survey",
    organisation="जन संवाद",
    call_class=CallClass.NGO_SURVEY,
    mode=Mode.PROGRESSIVE,
    flow_id=FLOW.flow_id,
    lists=(ListName("village"),),
    trunk=TrunkName("main"),
    caller_id=PhoneNumber("+917554000000"),
)

NAMES = Names(
    districts={
        "SEH": PlaceName("SEH", "सीहोर", "Sehore", "BPL"),
        "RSN": PlaceName("RSN", "रायसेन", "Raisen", "BPL"),
        "VID": PlaceName("VID", "विदिशा", "Vidisha", "BPL"),
        "INR": PlaceName("INR", "इंदौर", "Indore", "IND"),
    },
    divisions={
        "BPL": PlaceName("BPL", "भोपाल संभाग", "Bhopal division"),
        "IND": PlaceName("IND", "इंदौर संभाग", "Indore division"),
    },
    schemes={"pm_kisan": PlaceName("pm_kisan", "पीएम किसान", "PM-KISAN")},
    centres={CENTRE.code: CENTRE},
)

EMPTY = Tallies(
    campaign=CAMPAIGN,
    state=CampaignState.RUNNING,
    flow=FLOW,
    flow_versions={},
    first_at=None,
    last_at=None,
    funnel={},
    attempts=(),
    by_district=(),
    by_schemes=(),
    enrolled={},
    answers_by_district=(),
    answers_by_schemes=(),
    spoken=(),
    spoken_files=(),
    hung_up_at={},
    keys=(),
    network=(),
    answered_30d=0,
    wanted=(),
    opt_outs={},
    callbacks=CallbackCounts(),
    talks=(),
    desks=(),
    rings=NO_SPANS,
    rings_unanswered=NO_SPANS,
    calls=NO_SPANS,
    talk_spans=NO_SPANS,
)


def counted(**changes: Any) -> Tallies:
    return replace(EMPTY, **changes)


def calls(
    disposition: Disposition | None, count: int, *, quarter: int = NOON_QUARTER
) -> AttemptCount:
    """Count calls that ended so; whether somebody answered follows from it."""
    return AttemptCount(quarter, disposition, disposition in FURTHEST, count)


def people(group: str, disposition: Disposition | None, count: int) -> PeopleCount:
    """Count people who got so far; None: nobody answered."""
    return PeopleCount(group, FURTHEST[disposition] if disposition else 0, count)


def said(group: str, choice: str, count: int, *, node: str = "need") -> AnswerCount:
    kind = "rating" if node == "stars" else "key"
    return AnswerCount(group, node, kind, choice, count)


def talks(name: str, outcome: str, count: int, *, talk_ms: int = 60_000) -> TalkCount:
    return TalkCount("tc-1", name, CENTRE.code, outcome, count, 0, talk_ms)


PART = PartTallies(
    campaign=CAMPAIGN,
    state=CampaignState.RUNNING,
    flow=FLOW,
    first_at=None,
    last_at=None,
    attempts=(),
    people=(),
    enrolled={},
    talks=(),
    spoken=0,
    blocks=(),
)


def part(**changes: Any) -> PartTallies:
    return replace(PART, **changes)


def block(
    district: str | None, schemes: str | None, choice: str, count: int
) -> BlockCount:
    """Count people of whole blocks who pressed the key of `choice` at `need`."""
    return BlockCount("need", "key", district, schemes, choice, count)
