"""Which telecaller serves which voter, and which desks a campaign can count on. Pure.

The voter's own centre first, then its division, then the state: people are best
served by those who know their place. A farther level opens after a delay, or at once
when nobody nearer is likely to be free by then: a near telecaller is worth a moment,
not the voter. Of those who may serve, one who speaks the voter's language comes
first, then the nearest, then the longest free. Of equally far centres, the one with
the most free desks helps: it misses one least when its own people come.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import IntEnum
from math import inf

from ivr.core.desk import SERVING, Desk
from ivr.core.dialects import language_rank
from ivr.core.model import (
    Campaign,
    CentreCode,
    Contact,
    DeskState,
    Due,
    Mode,
    Telecaller,
    TelecallerId,
)
from ivr.core.organisation import Level, Tree, level_of, path, rings_away

# The chance (0..1) that a desk which is not free now will be within so many seconds.
ChanceFree = Callable[[Desk, float], float]

OCCUPIED = SERVING  # in a talk, or promised one
LATEST = 0.95  # of the voter's patience: by then every level is open
PROMISED_IN_FLOW = timedelta(seconds=60)


class Turn(IntEnum):
    """Whose turn comes first among those who wait."""

    ABANDONED = 0  # we called them before and had nobody for them
    CALLBACK = 1  # they asked for this call
    IN_TURN = 2


@dataclass(frozen=True, slots=True)
class Voter:
    """One who wants a telecaller now."""

    contact: Contact
    campaign: Campaign
    waited_s: float = inf  # since they came to want one, on a steady clock
    turn: Turn = Turn.IN_TURN
    asked_by: TelecallerId | None = None  # who saw them first, and asked for the dial


@dataclass(frozen=True, slots=True)
class Pool:
    """What routing offers to a campaign's calls. Ages in seconds."""

    ready: tuple[Desk, ...]
    talking_s: tuple[float, ...]  # of those who will be free for us afterwards
    wrapping_s: tuple[float, ...]
    at_work: int  # ready, promised, talking or noting; not paused


def turn_of(due: Due) -> Turn:
    """Return whose turn a contact's call is."""
    if due.last_abandoned_at is not None:
        return Turn.ABANDONED
    return Turn.IN_TURN if due.callback_at is None else Turn.CALLBACK


def needs_promise(due: Due, mode: Mode) -> bool:
    """Say whether a desk is to be reserved before this person is called.

    Whom we abandoned, or who asked for the call, must not find nobody. In preview a
    telecaller waits for each call as it is; in broadcast few want one.
    """
    by_loop = mode in {Mode.PREDICTIVE, Mode.PROGRESSIVE}
    return by_loop and turn_of(due) is not Turn.IN_TURN


def serves(desk: Desk | Telecaller, campaign: Campaign, tree: Tree) -> bool:
    """Say whether the desk may take the campaign's calls: its centre, its skills.

    The desk's centre, or one above it, takes part in the campaign.
    """
    if not set(campaign.skills) <= set(desk.skills):
        return False
    if not campaign.centres:
        return True
    return not set(campaign.centres).isdisjoint(path(desk.centre, tree))


def pool_of(
    desks: Iterable[Desk],
    campaign: Campaign,
    tree: Tree,
    age_s: Callable[[Desk], float],
) -> Pool:
    """Return the desks that the campaign's calls can get, and since when each is busy.

    All levels open within the patience of a voter, so a campaign has one pool. Who
    goes for a break or home after their call is not coming back to it. `age_s`: for
    how long a desk has been in its state.
    """
    ours = [desk for desk in desks if serves(desk, campaign, tree)]

    def ages(states: Iterable[DeskState]) -> tuple[float, ...]:
        return tuple(
            age_s(desk) for desk in ours if desk.state in states and stays(desk)
        )

    ready = tuple(desk for desk in ours if desk.state is DeskState.READY)
    talking, wrapping = ages(OCCUPIED), ages((DeskState.WRAP_UP,))
    working = (DeskState.READY, DeskState.WRAP_UP, *OCCUPIED)
    at_work = sum(desk.state in working for desk in ours)
    return Pool(ready, talking, wrapping, at_work)


def stays(desk: Desk) -> bool:
    """Say whether the desk will be free again after what it does now."""
    return not (desk.pause_after_wrap_up or desk.log_out_after_wrap_up)


def assign(
    voters: Sequence[Voter],
    desks: Sequence[Desk],
    tree: Tree,
    chance_free: ChanceFree | None = None,
) -> list[tuple[int, Desk]]:
    """Return (index of the voter, desk) for all who can be served now.

    Who was abandoned before comes first, then who asked to be called, then who has
    waited longest; a voter who is not served now keeps nobody else waiting.
    """
    order = sorted(
        range(len(voters)), key=lambda i: (voters[i].turn, -voters[i].waited_s, i)
    )
    left = list(desks)
    found: list[tuple[int, Desk]] = []
    free = sum(desk.state is DeskState.READY for desk in desks)
    unserved: Counter[CentreCode | None] = Counter()
    for index in order:
        if len(found) == free:
            break
        voter = voters[index]
        centre = voter.contact.centre
        desk = choose(left, voter, tree, chance_free, ahead=unserved[centre])
        if desk is None:
            unserved[centre] += 1
        else:
            found.append((index, desk))
            left.remove(desk)
    return found


def choose(
    desks: Sequence[Desk],
    voter: Voter,
    tree: Tree,
    chance_free: ChanceFree | None = None,
    *,
    ahead: int = 0,
) -> Desk | None:
    """Return the desk that should serve the voter now, or None.

    Who asked for this dial serves it while they are free. `ahead`: others of the same
    centre who wait for the same desks and come first.
    """
    able = [desk for desk in desks if serves(desk, voter.campaign, tree)]
    free = [desk for desk in able if desk.state is DeskState.READY]
    for desk in free:
        if desk.telecaller_id == voter.asked_by:
            return desk
    chain = path(voter.contact.centre, tree)
    spoken, follows = voter.contact.language, voter.campaign.routing.dialects
    spare = Counter(desk.centre for desk in free)
    away = {
        centre: rings_away(chain, path(centre, tree))
        for centre in {desk.centre for desk in able}
    }

    def order(desk: Desk) -> tuple[int, int, int, float, str]:
        rings = away[desk.centre]
        return (
            language_rank(spoken, desk.languages, follows),
            rings,
            -spare[desk.centre] if rings else 0,
            desk.since.timestamp(),
            desk.telecaller_id,
        )

    best = min(free, key=order, default=None)
    if best is None:
        return None
    rank, rings, *_ = order(best)
    within_s = delay_s(rings, voter.campaign)
    if within_s <= voter.waited_s:
        return best
    nearer = [desk for desk in able if order(desk)[:2] < (rank, rings)]
    return None if _worth_waiting(voter, nearer, within_s, chance_free, ahead) else best


def pick(
    desks: Sequence[Desk], contact: Contact, campaign: Campaign, tree: Tree
) -> Desk | None:
    """Return the free desk that should serve a voter who has waited long enough."""
    return choose(desks, Voter(contact, campaign), tree)


def delay_s(rings: int, campaign: Campaign) -> float:
    """Return how long a voter waits before a desk so many rings away may serve.

    Every level opens before the voter's patience is over, whatever is set: all
    desks of the pool are offered, as `pool_of` promises.
    """
    division_s, state_s = _delays_s(campaign)
    match level_of(rings):
        case Level.CENTRE:
            return 0.0
        case Level.DIVISION:
            return division_s
        case Level.STATE:
            return state_s


def _delays_s(campaign: Campaign) -> tuple[float, float]:
    routing = campaign.routing
    latest_s = LATEST * campaign.connect_patience.total_seconds()
    return min(routing.division_after_s, latest_s), min(routing.state_after_s, latest_s)


def opens_in_s(voter: Voter) -> float | None:
    """Return in how many seconds the voter's next level opens; None: all are open."""
    delays = _delays_s(voter.campaign)
    return min((d - voter.waited_s for d in delays if d > voter.waited_s), default=None)


def promise_lasts(campaign: Campaign) -> timedelta:
    """Return for how long a desk stays reserved for a person who is being called.

    While it rings, and for the start of the flow. Later they are merely first of
    those who wait: a flow may be long, and not end with a telecaller.
    """
    return campaign.ring_timeout + PROMISED_IN_FLOW


def served_at(desk: Desk, contact: Contact, tree: Tree) -> Level:
    """Return the level at which this desk serves this person."""
    return level_of(rings_away(path(contact.centre, tree), path(desk.centre, tree)))


def _worth_waiting(
    voter: Voter,
    nearer: Iterable[Desk],
    within_s: float,
    chance_free: ChanceFree | None,
    ahead: int,
) -> bool:
    """Say whether one nearer is likely to be free, after those `ahead`.

    Asked for the whole delay, however long the voter has waited: what counts is how
    fast nearer desks come free, and a moment costs as much late as early. (Asked for
    what is left of it, nobody would be waited for in the end.)
    """
    coming = [desk for desk in nearer if _is_coming_back(desk)]
    if not coming:
        return False
    if chance_free is None:
        return True
    chances = [min(1.0, max(0.0, chance_free(desk, within_s))) for desk in coming]
    return _at_least(ahead + 1, chances) >= voter.campaign.routing.worth_waiting


def _is_coming_back(desk: Desk) -> bool:
    occupied = desk.state in OCCUPIED or desk.state is DeskState.WRAP_UP
    return occupied and stays(desk)


def _at_least(least: int, chances: Sequence[float]) -> float:
    """Return the chance of at least `least` successes: a Poisson-binomial tail."""
    fewer = [1.0] + [0.0] * (least - 1)  # of 0, 1, ... least - 1 successes
    for chance in chances:
        for count in range(least - 1, -1, -1):
            one_less = fewer[count - 1] if count else 0.0
            fewer[count] += chance * (one_less - fewer[count])
    return max(0.0, 1.0 - sum(fewer))
