"""The plan of faults: the same seed, the same faults."""

from __future__ import annotations

from itertools import pairwise

from ivr.chaos.kinds import SHAPES, Kind, Needs
from ivr.chaos.plan import FIRST_S, plan

EVERY = frozenset(Kind)


def test_the_same_seed_gives_the_same_faults() -> None:
    assert plan(7, 300, EVERY) == plan(7, 300, set(reversed(list(Kind))))


def test_another_seed_gives_others() -> None:
    assert plan(7, 300, EVERY) != plan(8, 300, EVERY)


def test_a_longer_run_begins_as_a_shorter_one() -> None:
    short, long = plan(3, 60, EVERY), plan(3, 600, EVERY)
    assert long[: len(short)] == short


def test_every_kind_comes_once_before_any_comes_twice() -> None:
    for seed in range(20):
        first = plan(seed, 600, EVERY)[: len(Kind)]
        assert {fault.kind for fault in first} == EVERY


def test_only_the_kinds_that_are_asked_for_come() -> None:
    asked = {Kind.CUT_AMI, Kind.CLOCK}
    assert {fault.kind for fault in plan(1, 120, asked)} == asked
    assert plan(1, 120, ()) == ()


def test_no_fault_begins_before_the_last_is_repaired_or_lasts_beyond_the_end() -> None:
    for seed in range(20):
        faults = plan(seed, 300, EVERY)
        assert faults[0].at_s >= FIRST_S
        assert faults[-1].until_s <= 300
        for one, after in pairwise(faults):
            assert after.at_s >= one.until_s + SHAPES[one.kind].repair_s


def test_in_haste_there_are_more_faults() -> None:
    assert len(plan(1, 300, EVERY, haste=3)) > 1.5 * len(plan(1, 300, EVERY))


def test_lengths_and_strengths_are_the_kinds_own() -> None:
    for fault in plan(5, 3000, EVERY):
        shape = SHAPES[fault.kind]
        low, high = shape.lasts_s
        assert low - 0.001 <= fault.lasts_s <= high + 0.001
        low, high = shape.strength
        assert low <= abs(fault.strength) <= high


def test_the_clock_jumps_both_ways() -> None:
    jumps = [fault.strength for fault in plan(1, 300, {Kind.CLOCK})]
    assert min(jumps) < 0 < max(jumps)


def test_every_kind_has_its_line_in_the_table() -> None:
    assert set(SHAPES) == EVERY
    assert {k for k in SHAPES if SHAPES[k].needs is Needs.SERVER} == {
        Kind.KILL_DATABASE,
        Kind.PAUSE_DATABASE,
    }
