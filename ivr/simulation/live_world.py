"""The forecast of `bench live`: the same scene, played without telephones. Seeded.

Steps of a tenth of a second, as the dial loop's. Drives a real pacer by the view
and the facts that the controller would give it, under the same ladder.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field

from ivr.core.abandonment import allowed_mode, share
from ivr.core.law import Abandoned
from ivr.core.model import Campaign, Mode, PhoneNumber, Refused
from ivr.core.pacer import Fact, Pacer, PacingView, Told
from ivr.simulation.live_scene import RING_TIMEOUT_S, Scene
from ivr.simulation.population import Fate, Kind, fate

STEP_S = 0.1
DECIDE_EVERY = 2  # steps
COUNT_EVERY = 50  # steps: how old the ladder's counts may be
HAND_OVER_S = 0.001  # from the answer until a telecaller is wanted: as measured
OFCOM_S = 2.0  # from the answer, or the person's first word, to somebody's there
SAYS_BUSY = frozenset({Kind.BUSY})


@dataclass(frozen=True, slots=True)
class Figures:
    """What is compared, forecast or lived."""

    placed: int
    answered: int  # by a person
    connected: int
    abandoned: int  # as the FCC counts: nobody within 2 s of wanting a telecaller
    late: int  # as Ofcom counts: nobody within 2 s of the answer itself
    utilisation: float  # talk and wrap-up, of the time at work
    connects_per_hour: float  # of each telecaller

    @property
    def abandonment(self) -> float:
        return self.abandoned / self.answered if self.answered else 0.0


@dataclass(slots=True)
class _Call:
    fate: Fate
    placed_s: float


@dataclass(frozen=True, slots=True)
class _Waiting:
    answered_s: float
    wanted_s: float


@dataclass(slots=True)
class _Desk:
    """`since_s` is exact: people do not act in steps."""

    state: str = "ready"
    since_s: float = 0.0
    until_s: float = 0.0


@dataclass(slots=True)
class World:
    """One run. `play` it once."""

    scene: Scene
    campaign: Campaign
    pacer: Pacer
    tokens_at_once: int
    channels: int
    now_s: float = 0.0
    _rng: random.Random = field(default_factory=random.Random)
    _calls: list[_Call] = field(default_factory=list)
    _waiting: list[_Waiting] = field(default_factory=list)  # the longest first
    _desks: list[_Desk] = field(default_factory=list)
    _placed: int = 0
    _answered: int = 0
    _connected: int = 0
    _abandoned: int = 0
    _late: int = 0
    _busy_s: float = 0.0
    _tokens: float = 0.0
    _counts: Abandoned = field(default_factory=Abandoned)

    def play(self) -> Figures:
        """Play the scene's minutes, then let what is up come to its end."""
        self._rng.seed(f"{self.scene.seed}:forecast")
        self._desks = [_Desk() for _ in range(self.scene.telecallers)]
        steps = round(self.scene.minutes * 60 / STEP_S)
        for step in range(steps):
            self._step(step)
            busy = sum(desk.state != "ready" for desk in self._desks)
            self._busy_s += busy * STEP_S
            self._dial(step)
        at_work_s = self.scene.telecallers * self.scene.minutes * 60
        connected = self._connected
        while self._calls or self._waiting:
            self._step(steps)
            steps += 1
        return Figures(
            placed=self._placed,
            answered=self._answered,
            connected=self._connected,
            abandoned=self._abandoned,
            late=self._late,
            utilisation=self._busy_s / at_work_s,
            connects_per_hour=connected / (at_work_s / 3600),
        )

    def _step(self, step: int) -> None:
        self.now_s = step * STEP_S
        if step % COUNT_EVERY == 0:
            answered, abandoned = self._answered, self._abandoned
            self._counts = Abandoned(answered, abandoned, answered, abandoned)
        self._resolve()
        self._free()
        self._match()

    def _tell(self, told: Told, seconds: float = 0.0) -> None:
        self.pacer.saw(Fact(self.campaign.campaign_id, told, seconds, self.now_s))

    def _resolve(self) -> None:
        still = []
        for call in self._calls:
            age_s = self.now_s - call.placed_s
            kind = call.fate.kind
            rings_on = kind is Kind.RINGS_OUT or age_s < call.fate.delay_s
            if rings_on and age_s < RING_TIMEOUT_S:
                still.append(call)
            elif rings_on:
                self._tell(Told.NO_ANSWER, age_s)
            elif kind is Kind.PERSON:
                self._answered += 1
                self._tell(Told.ANSWERED, age_s)
                answered_s = call.placed_s + call.fate.delay_s
                wanted_s = answered_s + HAND_OVER_S
                self._waiting.append(_Waiting(answered_s, wanted_s))
                self._tell(Told.WANTED)
            else:
                self._tell(Told.BUSY if kind in SAYS_BUSY else Told.FAILED, age_s)
        self._calls = still

    def _free(self) -> None:
        for desk in self._desks:
            while desk.state != "ready" and desk.until_s <= self.now_s:
                lasted_s = desk.until_s - desk.since_s
                if desk.state == "talking":
                    self._tell(Told.TALK_OVER, lasted_s)
                    wrap_up_s = self.scene.work.wrap_up.draw(self._rng)
                    self._set(desk, "wrap_up", desk.until_s, wrap_up_s)
                else:
                    self._tell(Told.WRAP_UP_OVER, lasted_s)
                    self._set(desk, "ready", desk.until_s, 0.0)

    def _set(self, desk: _Desk, state: str, at_s: float, lasts_s: float) -> None:
        desk.state, desk.since_s, desk.until_s = state, at_s, at_s + lasts_s

    def _match(self) -> None:
        self._waiting.sort(key=lambda one: one.wanted_s)
        free = sorted(
            (desk for desk in self._desks if desk.state == "ready"),
            key=lambda desk: desk.since_s,
        )
        still = []
        for one in self._waiting:
            over_s = one.wanted_s + self.scene.patience_s
            if free and free[0].since_s <= over_s:
                self._connect(free.pop(0), one)
            elif over_s <= self.now_s:
                self._abandoned += 1
                self._late += 1
                self._tell(Told.ABANDONED)
            else:
                still.append(one)
        self._waiting = still

    def _connect(self, desk: _Desk, one: _Waiting) -> None:
        at_s = max(desk.since_s, one.wanted_s)
        self._connected += 1
        self._late += at_s > one.answered_s + OFCOM_S
        self._tell(Told.CONNECTED)
        self._set(desk, "talking", at_s, self.scene.work.talk.draw(self._rng))

    def _dial(self, step: int) -> None:
        rate = self.tokens_at_once / 3  # a bucket of three ticks' worth
        self._tokens = min(float(self.tokens_at_once), self._tokens + rate)
        mode = allowed_mode(self.campaign, self._counts)
        if step % DECIDE_EVERY or isinstance(mode, Refused):
            return
        dial = min(self.pacer.decide(self._view(mode)).dial, int(self._tokens))
        self._tokens -= dial
        for _ in range(dial):
            number: PhoneNumber = self.scene.number(self._placed)
            drawn = fate(number, 1, self.scene.seed, self.scene.rates)
            self._calls.append(_Call(drawn, self.now_s))
            self._placed += 1

    def _view(self, mode: Mode) -> PacingView:
        def ages(state: str) -> tuple[float, ...]:
            return tuple(
                max(0.0, self.now_s - desk.since_s)
                for desk in self._desks
                if desk.state == state
            )

        live = len(self._calls) + len(self._waiting)
        talking = ages("talking")
        return PacingView(
            mode=mode,
            now_s=self.now_s,
            ready=len(ages("ready")),
            talking_s=talking,
            wrapping_s=ages("wrap_up"),
            ringing_s=tuple(self.now_s - call.placed_s for call in self._calls),
            waiting=len(self._waiting),
            logged_in=len(self._desks),
            abandonment=share(self._counts),
            channels_free=self.channels - live - len(talking),
            tokens=int(self._tokens),
        )
