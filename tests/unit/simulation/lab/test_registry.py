"""Which policies can be put side by side."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ivr.simulation.lab.fates import Scenario
from ivr.simulation.lab.policy import View
from ivr.simulation.lab.registry import VICIDIAL, policies
from ivr.simulation.lab.survey import run

SHORT_RUN = Scenario(3, hours=0.1)


@pytest.mark.parametrize("name", list(policies()))
def test_each_policy_bears_its_name_and_plays(name: str) -> None:
    policy = policies()[name](0.1)
    assert policy.name == name
    assert run(replace(SHORT_RUN, seed=3), policy).placed > 0


@pytest.mark.parametrize("name", list(policies()))
def test_each_run_gets_a_policy_of_its_own(name: str) -> None:
    make = policies()[name]
    assert make(1.0) is not make(1.0)


def test_vicidials_settings_are_all_there() -> None:
    assert set(VICIDIAL) <= set(policies())


def test_progressive_and_ratio_by_hand() -> None:
    view = View(ready=3, ringing_s=(1.0, 2.0), waiting=0)
    assert policies()["progressive"](1).decide(view) == 1
    assert policies()["ratio2"](1).decide(view) == 4
    assert policies()["progressive"](1).decide(View(ready=1, waiting=2)) == 0
