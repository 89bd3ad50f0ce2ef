"""The brake in the loop: what shows that we are behind, and what is then granted."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest

from ivr.controller.braking import LOOK_EVERY_S, Braking, Outside
from ivr.controller.loop_lag import LATELY_S, LoopLag
from ivr.core.brake import STEADY_PER_S
from ivr.core.call import CallState
from tests.fakes.switch import FakeClock
from tests.polling import until
from tests.unit.controller.conftest import CallCentre, call_centre


@dataclass
class Answered:
    """A live call of somebody who has answered, as far as the brake looks."""

    at: Any
    line: object | None = None
    is_adopted: bool = False
    state: CallState = CallState.IN_FLOW

    @property
    def call(self) -> Any:
        @dataclass
        class Call:
            answered_at: Any

        return Call(self.at)


@dataclass
class Scene:
    clock: FakeClock = field(default_factory=FakeClock)
    calls: list[Answered] = field(default_factory=list)
    outside: Outside = field(default_factory=Outside)

    def __post_init__(self) -> None:
        self.braking = Braking(router=self, clock=self.clock)  # type: ignore[arg-type]
        self.braking.outside = lambda: self.outside
        self.braking.look()

    def live(self) -> list[Answered]:
        return self.calls

    def after(self, seconds: float) -> Braking:
        for _ in range(round(seconds / LOOK_EVERY_S)):
            self.clock.move(seconds=LOOK_EVERY_S)
            self.braking.look()
        return self.braking


def test_all_is_granted_while_nothing_is_behind() -> None:
    braking = Scene().after(5)
    assert braking.available() == STEADY_PER_S
    assert braking.because == ""


@pytest.mark.parametrize(
    ("outside", "said"),
    [
        (Outside(events=5000), "5000 events of the switch wait"),
        (Outside(writes=9000), "9000 writes wait"),
        (Outside(answer_s=4.0), "the switch answers after 4.0 s"),
        (Outside(undialled_s=2.0), "the switch dials a call after 2.0 s"),
    ],
)
def test_what_waits_outside_stops_all_and_is_let_up_again(
    outside: Outside, said: str
) -> None:
    scene = Scene()
    scene.outside = outside
    braking = scene.after(LOOK_EVERY_S)
    assert braking.available() == 0
    assert braking.because.endswith(said)
    scene.outside = Outside()
    assert 0 < scene.after(1).available() < STEADY_PER_S / 2
    assert scene.after(12).available() == STEADY_PER_S


def test_somebody_who_answered_and_hears_nothing_stops_all() -> None:
    scene = Scene()
    begun = scene.clock.now()
    scene.calls = [
        Answered(begun - timedelta(seconds=60), line=object()),  # hears their flow
        Answered(begun - timedelta(seconds=60), state=CallState.ENDED),
        Answered(begun),
    ]
    assert scene.after(LOOK_EVERY_S).available() > 0
    braking = scene.after(2)
    assert braking.available() == 0
    assert "a voter waits 1." in braking.because or "waits 2." in braking.because


def test_what_was_taken_is_not_granted_again() -> None:
    braking = Scene().after(1)
    braking.take(15)
    assert braking.available() == STEADY_PER_S - 15


async def test_a_loop_that_was_held_up_is_late_for_a_second() -> None:
    lag = LoopLag()
    lag.start()
    try:
        await asyncio.sleep(0)
        loop = asyncio.get_running_loop()
        lag.note(loop.time(), 0.4)
        assert lag.most_s == 0.4
        lag.note(loop.time() + LATELY_S + 0.1, 0.001)
        assert lag.most_s == 0.001
        lag.seen = []
        await until(lambda: lag.seen)
    finally:
        lag.stop()


async def test_the_dial_loop_dials_nobody_says_why_and_goes_on_afterwards() -> None:
    async with call_centre() as centre:
        braking = centre.running.dial_loop.braking
        braking.outside = lambda: Outside(events=9000)

        def a_moment_later() -> None:
            centre.clock.move(seconds=LOOK_EVERY_S)

        def is_braked() -> bool:
            a_moment_later()
            return bool(braking.because)

        await until(is_braked)
        await centre.people(3)
        await until(lambda: "9000 events of the switch wait" in _because(centre))
        assert centre.switch.dials == []
        braking.outside = Outside

        def dials() -> bool:
            a_moment_later()
            return len(centre.switch.dials) == 3

        await until(dials)
        assert "behind" not in _because(centre)


def _because(centre: CallCentre) -> str:
    return " ".join(run.because for run in centre.running.dial_loop.runs())
