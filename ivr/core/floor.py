"""The floor of each centre: what goes on there and below it, at one moment. Pure.

All floors are made together, once a second: one pass over calls and desks counts each
at every place above it, so the cost does not grow with the screens that are open. A
call belongs to its contact's centre, a desk to its telecaller's: what is not of a
centre's subtree is in no figure and no name of its floor.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from ivr.core.abandonment import HARD_STOP, allowed_mode, share
from ivr.core.accounts import ByCentre
from ivr.core.call import CallState
from ivr.core.day_counts import Counts, Day
from ivr.core.law import NOBODY_ABANDONED, Abandoned, AbandonmentCounts
from ivr.core.model import (
    CallId,
    Campaign,
    CampaignId,
    CampaignState,
    CentreCode,
    DeskState,
    Mode,
    NodeId,
    Refused,
    TelecallerId,
    TrunkName,
)
from ivr.core.organisation import Tree, path, places_concerned, places_of_all

RATE_MINUTES = 15  # the answer rate is of the calls that ended in them
S = CallState


@dataclass(frozen=True, slots=True)
class FloorCall:
    """One call that is up, as the floor counts it."""

    campaign_id: CampaignId
    centre: CentreCode | None  # the contact's
    state: CallState
    trunk: TrunkName
    node: NodeId | None = None


@dataclass(frozen=True, slots=True)
class FloorDesk:
    """One telecaller's desk. Times are UTC."""

    telecaller_id: TelecallerId
    name: str
    centre: CentreCode
    state: DeskState
    since: datetime
    reason: str = ""
    call_id: CallId | None = None


@dataclass(frozen=True, slots=True)
class FloorCampaign:
    """A campaign that runs or is paused, and how pacing stands."""

    campaign: Campaign
    state: CampaignState
    because: str
    dial: int  # by the last decision
    abandonment: AbandonmentCounts = NOBODY_ABANDONED  # of its strictest account
    held: str = ""  # why it may not dial at all now, or ""
    node_titles: Mapping[NodeId, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TrunkNow:
    name: TrunkName
    channels: int
    calls_per_s: float
    used: int  # of all centres together
    placed_last_s: float  # calls per second, of all centres together


@dataclass(frozen=True, slots=True)
class NodeCount:
    """People who hear one prompt now."""

    campaign_id: CampaignId
    node: str
    says: str  # the prompt's first words
    count: int


@dataclass(frozen=True, slots=True)
class CampaignOnFloor:
    campaign_id: CampaignId
    title_hi: str
    title_en: str
    state: CampaignState
    mode: Mode
    dials_as: str  # the mode that abandonment allows now, or "stopped"
    because: str
    dial: int
    held: str
    calls: Mapping[str, int]  # this floor's live calls by state
    today: Counts
    abandonment: float
    target: float
    stop: float
    is_whole: bool  # all of its people are of this floor


@dataclass(frozen=True, slots=True)
class TrunkOnFloor:
    """`used` is this floor's; `load` is everybody's, rounded to a tenth."""

    name: str
    used: int
    channels: int
    calls_per_s: float
    load: float
    rate_load: float


@dataclass(frozen=True, slots=True)
class Floor:
    centre: CentreCode
    name_hi: str
    name_en: str
    at: datetime
    desks: tuple[FloorDesk, ...]
    by_desk_state: Mapping[str, int]
    calls: Mapping[str, int]  # by CallState
    nodes: tuple[NodeCount, ...]
    campaigns: tuple[CampaignOnFloor, ...]
    trunks: tuple[TrunkOnFloor, ...]
    today: Counts
    answer_rate: float | None  # of the last RATE_MINUTES; None: no call ended
    lately: Counts  # of them
    abandonment: float  # of this place's account, 30 days
    stop: float


@dataclass(frozen=True, slots=True)
class Moment:
    """All that the floors are made of."""

    at: datetime
    calls: Iterable[FloorCall]
    desks: Sequence[FloorDesk]
    campaigns: Sequence[FloorCampaign]
    trunks: Sequence[TrunkNow]
    accounts: Mapping[CentreCode, Abandoned]  # of each place and all below it


@dataclass(slots=True)
class _Tally:
    desks: list[FloorDesk] = field(default_factory=list)
    states: Counter[tuple[CampaignId, CallState]] = field(default_factory=Counter)
    nodes: Counter[tuple[CampaignId, NodeId]] = field(default_factory=Counter)
    trunks: Counter[TrunkName] = field(default_factory=Counter)


def floors(moment: Moment, day: Day, tree: Tree) -> dict[CentreCode, Floor]:
    """Return the floor of every centre."""
    tallies = {code: _Tally() for code in tree}
    _count_calls(moment.calls, tallies, day.above)
    for desk in moment.desks:
        for code in day.above(desk.centre):
            tallies[code].desks.append(desk)
    campaigns = [_Running.of(one, tree, day.above) for one in moment.campaigns]
    return {
        code: _floor(code, tally, moment, day, tree, campaigns)
        for code, tally in tallies.items()
    }


Above = Callable[[CentreCode | None], tuple[CentreCode, ...]]


def _count_calls(
    calls: Iterable[FloorCall], tallies: Mapping[CentreCode, _Tally], above: Above
) -> None:
    """Count alike calls first, and then each kind at the places above it."""
    kinds = Counter(calls)
    for call, count in kinds.items():
        for code in above(call.centre):
            tally = tallies[code]
            tally.states[call.campaign_id, call.state] += count
            tally.trunks[call.trunk] += count
            if call.state is S.IN_FLOW and call.node is not None:
                tally.nodes[call.campaign_id, call.node] += count


@dataclass(frozen=True, slots=True)
class _Running:
    """What is the same of a campaign on every floor."""

    one: FloorCampaign
    dials_as: str
    share: float
    target: float
    stop: float
    concerns: Collection[CentreCode]
    whole: Collection[CentreCode]

    @classmethod
    def of(cls, one: FloorCampaign, tree: Tree, above: Above) -> _Running:
        campaign = one.campaign
        mode = allowed_mode(campaign, one.abandonment)
        stop = min(campaign.caps.abandonment_stop, HARD_STOP)
        return cls(
            one,
            "stopped" if isinstance(mode, Refused) else str(mode),
            share(one.abandonment),
            min(campaign.caps.abandonment_target, stop),
            stop,
            places_concerned(campaign.centres, tree),
            places_of_all(campaign.centres, tree),
        )


def _floor(
    code: CentreCode,
    tally: _Tally,
    moment: Moment,
    day: Day,
    tree: Tree,
    campaigns: Sequence[_Running],
) -> Floor:
    today = day.of_today(code, moment.at)
    by_campaign: dict[CampaignId, dict[str, int]] = {}
    live, over = Counter[str](), 0
    for (campaign_id, state), count in tally.states.items():
        if state is S.ENDED:
            over += count  # it is being written down
            continue
        live[state] += count
        by_campaign.setdefault(campaign_id, {})[state] = count
    lately = day.last(code, RATE_MINUTES, moment.at)
    place = tree[code]
    own = [one for one in campaigns if code in one.concerns]
    return Floor(
        centre=code,
        name_hi=place.name_hi,
        name_en=place.name_en,
        at=moment.at,
        desks=tuple(tally.desks),
        by_desk_state=Counter([desk.state for desk in tally.desks]),
        calls=live,
        nodes=_nodes(tally, moment.campaigns),
        campaigns=tuple(_campaign(one, code, by_campaign, today) for one in own),
        trunks=_trunks(moment.trunks, tally, own),
        today=_total(today.values(), sum(live.values()) + over),
        answer_rate=lately.answered / lately.dialled if lately.dialled else None,
        lately=lately,
        abandonment=share(moment.accounts.get(code, NOBODY_ABANDONED)),
        stop=HARD_STOP,
    )


def _campaign(
    running: _Running,
    code: CentreCode,
    by_campaign: Mapping[CampaignId, Mapping[str, int]],
    today: Mapping[CampaignId, Counts],
) -> CampaignOnFloor:
    one = running.one
    campaign_id = one.campaign.campaign_id
    calls = by_campaign.get(campaign_id, {})
    counts = today.get(campaign_id)
    return CampaignOnFloor(
        campaign_id=campaign_id,
        title_hi=one.campaign.title_hi,
        title_en=one.campaign.title_en,
        state=one.state,
        mode=one.campaign.mode,
        dials_as=running.dials_as,
        because=one.because,
        dial=one.dial,
        held=one.held,
        calls=calls,
        today=_total([counts] if counts else [], sum(calls.values())),
        abandonment=running.share,
        target=running.target,
        stop=running.stop,
        is_whole=code in running.whole,
    )


def _nodes(tally: _Tally, campaigns: Sequence[FloorCampaign]) -> tuple[NodeCount, ...]:
    says = {one.campaign.campaign_id: one.node_titles for one in campaigns}
    return tuple(
        NodeCount(campaign_id, node, says.get(campaign_id, {}).get(node, ""), count)
        for (campaign_id, node), count in tally.nodes.most_common()
    )


def _trunks(
    trunks: Sequence[TrunkNow], tally: _Tally, campaigns: Sequence[_Running]
) -> tuple[TrunkOnFloor, ...]:
    dials = {running.one.campaign.trunk for running in campaigns}
    return tuple(
        TrunkOnFloor(
            name=one.name,
            used=tally.trunks[one.name],
            channels=one.channels,
            calls_per_s=one.calls_per_s,
            load=_tenth(one.used, one.channels),
            rate_load=_tenth(one.placed_last_s, one.calls_per_s),
        )
        for one in trunks
        if tally.trunks[one.name] or one.name in dials
    )


def _tenth(used: float, of: float) -> float:
    """Others' calls can be told from an exact share of a trunk: a tenth will do."""
    return min(1.0, round(used / of, 1)) if of > 0 else 1.0


def _total(parts: Iterable[Counts], live: int) -> Counts:
    """Return today's sum; calls that are still up were dialled too."""
    total = Counts(dialled=live)
    for one in parts:
        total.add(one)
    return total


def accounts_of_places(by_centre: ByCentre, tree: Tree) -> dict[CentreCode, Abandoned]:
    """Return `core.accounts.of_place` of every centre, in one pass."""
    answered, abandoned = Counter[CentreCode](), Counter[CentreCode]()
    for centre, counts in by_centre.items():
        for code in path(centre, tree):
            answered[code] += counts.answered_30d
            abandoned[code] += counts.abandoned_30d
    return {
        code: Abandoned(answered_30d=answered[code], abandoned_30d=abandoned[code])
        for code in tree
    }
