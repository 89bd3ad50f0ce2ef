"""Telecallers who share calls: one centre, or all of them, with its own pacing."""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass, field

from ivr.core.abandonment import allowed_mode
from ivr.core.law import NOBODY_ABANDONED, Abandoned
from ivr.core.learned import Learned
from ivr.core.model import Campaign, CampaignId, CentreCode, Disposition, Mode, Refused
from ivr.core.offer import Promised
from ivr.core.pacer import Fact, Offering, PacingView, Told
from ivr.simulation.forecast.people import People, Person
from ivr.simulation.population import Kind

LAST = 500  # answers: the ladder's shorter memory (core.law.AbandonmentCounts)

OFFER_NODE = "offer"  # of the flow that a survey stands for


@dataclass(slots=True)
class Call:
    number: int
    person: Person
    people: People
    placed_s: float
    talk_s: float
    wrap_s: float
    wants: bool
    kind: Kind
    wanted_s: float = 0.0
    ends: Disposition = Disposition.COMPLETED  # of a call that no telecaller took
    # In a survey:
    heard: int = 0  # questions
    declined: bool = False
    messages_s: float = 0.0  # heard since they accepted


@dataclass(slots=True)
class Seat:
    """One telecaller."""

    number: int
    centre: CentreCode
    call: Call | None = None
    since_s: float = 0.0  # out of work
    free_s: float = 0.0  # when it last got free
    pause_at_s: float = float("inf")
    paused_s: float | None = None  # since
    is_in: bool = False  # at work


@dataclass(slots=True)
class Pool:
    """One account of abandonment, one set of estimates, one decision."""

    campaign: Campaign
    learned: Learned
    lists: list[People]
    seats: list[Seat]
    has_survey: bool = False
    ready: dict[int, None] = field(default_factory=dict)  # longest idle first
    talking: dict[int, float] = field(default_factory=dict)  # seat: since
    wrapping: dict[int, float] = field(default_factory=dict)
    ringing: dict[int, float] = field(default_factory=dict)  # call: placed at
    waiting: dict[int, Call] = field(default_factory=dict)
    in_flow: int = 0  # answered, and have not wanted a telecaller yet
    undecided: int = 0  # of those in the flow: in a survey, and were not offered one
    # By call, of whom is offered a telecaller or has accepted and does not wait: the
    # chance that they take one, and when they can.
    promised: dict[int, tuple[float, float]] = field(default_factory=dict)
    held: dict[int, Call] = field(default_factory=dict)  # accepted, in a question
    up: int = 0  # calls
    asked_s: float = -1.0  # when a decision is due
    decided_s: float = -1e9
    looked_s: float = -1e9
    present: int = 0  # telecallers at work, not paused
    clock_s: float = 0.0  # until when their time is added up
    rests: bool = False  # nobody to call, no call up
    counts: Abandoned = NOBODY_ABANDONED
    stopped: str = ""
    ringing_of: Counter[CentreCode] = field(default_factory=Counter)
    by_number: dict[int, Seat] = field(init=False)
    list_of: dict[CentreCode, People] = field(init=False)
    _mode: Mode | Refused | None = None
    _last: deque[bool] = field(default_factory=lambda: deque(maxlen=LAST))

    def __post_init__(self) -> None:
        self.by_number = {seat.number: seat for seat in self.seats}
        self.list_of = {one.centre: one for one in self.lists}

    def saw(self, told: Told, seconds: float, now_s: float, node: str = "") -> None:
        self.learned.saw(Fact(self.campaign.campaign_id, told, seconds, now_s, node))

    def waits(self, call: Call) -> None:
        """Put the call among those who wait, the longest first."""
        self.waiting[call.number] = call
        by_wait = sorted(self.waiting.items(), key=lambda one: one[1].wanted_s)
        self.waiting = dict(by_wait)

    def promises(self, now_s: float) -> tuple[Promised, ...]:
        """Return what is promised to others than those who wait."""
        return tuple(
            Promised(chance, max(0.0, due_s - now_s))
            for chance, due_s in self.promised.values()
        )

    def counted(self, abandoned: bool, now_s: float) -> None:
        """Count a person who answered, as the law does."""
        self.saw(Told.ABANDONED if abandoned else Told.CONNECTED, 0.0, now_s)
        self._last.append(abandoned)
        answered = self.counts.answered_30d + 1
        gone = self.counts.abandoned_30d + abandoned
        # The last 500 hold nothing new until there are more than that.
        last = sum(self._last) if answered > LAST else gone
        self.counts = Abandoned(answered, gone, len(self._last), last)
        self._mode = None

    def mode(self) -> Mode | Refused:
        """Return the mode that the ladder allows; it changes with the counts only."""
        if self._mode is None:
            self._mode = allowed_mode(self.campaign, self.counts)
        return self._mode

    @property
    def spare(self) -> int:
        """Return the free telecallers whom no call that is up may come to want."""
        coming = len(self.ringing) + self.in_flow + len(self.waiting) + len(self.held)
        return len(self.ready) - coming

    def looks(self, now_s: float) -> None:
        """Learn from what goes on and has not ended."""
        self.looked_s = now_s
        self.learned.saw_view(self.view(Mode.PREDICTIVE, now_s, 0, 0))

    def view(
        self, mode: Mode, now_s: float, lines_free: int, tokens: int
    ) -> PacingView:
        return PacingView(
            mode=mode,
            now_s=now_s,
            ready=len(self.ready),
            talking_s=tuple([now_s - since for since in self.talking.values()]),
            wrapping_s=tuple([now_s - since for since in self.wrapping.values()]),
            ringing_s=tuple([now_s - since for since in self.ringing.values()]),
            in_flow=self.in_flow + len(self.held),
            waiting=len(self.waiting),
            logged_in=len(self.ready) + len(self.talking) + len(self.wrapping),
            channels_free=lines_free,
            tokens=tokens,
            offering=self._offering(now_s) if self.has_survey else None,
        )

    def _offering(self, now_s: float) -> Offering:
        return Offering((OFFER_NODE,), self.promises(now_s), self.undecided)

    def has_due(self, now_s: float) -> bool:
        return any(people.has_due(now_s) for people in self.lists)

    @property
    def left(self) -> int:
        return sum(people.left for people in self.lists)


def pool_id(campaign: Campaign, centre: str) -> CampaignId:
    """Return the name of a centre's own campaign, where centres are not pooled."""
    return CampaignId(f"{campaign.campaign_id} {centre}")
