"""What decides how many to dial: what it sees, what it is told. Pure.

core's own pacing is one pacer; a bench drives the same loop by others. Whoever asks,
the controller or a simulated world, shows the same view and tells the same facts.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol, runtime_checkable

from ivr.core.desk import Desk
from ivr.core.model import CampaignId, Mode, PacingDecision
from ivr.core.offer import Promised


class Told(StrEnum):
    """What a fact tells. Its seconds are the age at which it came."""

    ANSWERED = "answered"  # since the call was placed
    BUSY = "busy"
    NO_ANSWER = "no_answer"
    FAILED = "failed"  # refused by the network: switched off, unallocated, full
    WANTED = "wanted"  # came to want a telecaller
    NOT_WANTED = "not_wanted"  # left the flow without
    CONNECTED = "connected"  # a person who answered was not abandoned
    ABANDONED = "abandoned"
    TALK_OVER = "talk_over"  # since it began
    WRAP_UP_OVER = "wrap_up_over"
    OFFER_TAKEN = "offer_taken"  # a telecaller, at the fact's node
    OFFER_DECLINED = "offer_declined"
    SERVED = "served"  # who wanted a telecaller has one; since they wanted one
    MISSED = "missed"  # the same, and never had one


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that happened to a campaign's call, or at a desk serving it."""

    campaign_id: CampaignId
    told: Told
    seconds: float = 0.0
    at_s: float = 0.0  # on the steady clock
    node: str = ""  # of the flow, for what is told of offers
    segment: str = ""  # which voters: their district


@dataclass(frozen=True, slots=True)
class Offering:
    """What is under way in a flow that gates its offers of telecallers."""

    nodes: tuple[str, ...]  # that ask first; where one hands over, all accept
    promised: tuple[Promised, ...] = ()  # to whom, besides those who wait
    undecided: int = 0  # voters in the flow who were not offered one yet


@dataclass(frozen=True, slots=True)
class PacingView:
    """What can be seen for one campaign at one moment. Ages in seconds.

    Calls of other campaigns that may end at the same telecallers are among these:
    they compete for the same desks.
    """

    mode: Mode  # as the ladder permits
    now_s: float = 0.0  # on the steady clock
    ready: int = 0
    talking_s: tuple[float, ...] = ()
    wrapping_s: tuple[float, ...] = ()
    ringing_s: tuple[float, ...] = ()
    in_flow: int = 0  # answered, and have not wanted a telecaller yet
    waiting: int = 0
    logged_in: int = 0  # telecallers at work: pauses are not
    abandonment: float = 0.0  # share, as the law counts it
    channels_free: int = 0
    campaign_channels_free: int | None = None
    tokens: int = 0
    offering: Offering | None = None  # None: the flow asks no gate


class Pacer(Protocol):
    """One campaign's."""

    def decide(self, view: PacingView) -> PacingDecision: ...

    def saw(self, fact: Fact) -> None: ...


@dataclass(frozen=True, slots=True)
class Expected:
    """What comes of a call that is placed now, as far as is known."""

    wanting: float  # the chance that a person answers it and wants a telecaller
    answered: float  # the chance that a person answers it
    answered_in_s: float  # typically, if somebody does


@runtime_checkable
class Foresees(Protocol):
    """A pacer that knows what comes of calls, and how likely desks are to be free."""

    def expects(self) -> Expected: ...

    def chance_free(self, desk: Desk, age_s: float, within_s: float) -> float:
        """Return it (0..1) for a desk that has been in its state for `age_s`."""
