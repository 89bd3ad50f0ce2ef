from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest

from ivr.core.model import PhoneNumber
from ivr.simulation.population import (
    Do,
    Fixed,
    KeyMode,
    Kind,
    Rates,
    Spread,
    fate,
)

NUMBERS = [PhoneNumber(f"+9198270{n:05d}") for n in range(4000)]
RATES = Rates()


def test_the_same_seed_number_and_attempt_give_the_same_fate() -> None:
    for number in NUMBERS[:50]:
        assert fate(number, 1, 7, RATES) == fate(number, 1, 7, RATES)
        assert fate(number, 2, 7, RATES) == fate(number, 2, 7, RATES)


def test_another_seed_gives_another_population() -> None:
    one = [fate(number, 1, 1, RATES) for number in NUMBERS[:50]]
    other = [fate(number, 1, 2, RATES) for number in NUMBERS[:50]]
    assert one != other


def test_shares_of_the_population_are_those_of_the_rates() -> None:
    drawn = Counter(fate(number, 1, 3, RATES).kind for number in NUMBERS)
    for kind, share in RATES.kinds.items():
        assert drawn[kind] / len(NUMBERS) == pytest.approx(share, abs=0.02)


def test_a_number_that_does_not_exist_stays_so() -> None:
    gone = [n for n in NUMBERS if fate(n, 1, 3, RATES).kind is Kind.UNALLOCATED]
    assert gone
    for number in gone:
        assert fate(number, 2, 3, RATES).kind is Kind.UNALLOCATED


def test_who_was_busy_may_be_there_the_next_time() -> None:
    busy = [n for n in NUMBERS if fate(n, 1, 3, RATES).kind is Kind.BUSY]
    later = {fate(number, 2, 3, RATES).kind for number in busy}
    assert Kind.PERSON in later
    assert Kind.UNALLOCATED not in later


def test_people_pick_up_within_the_configured_delay() -> None:
    delays = [
        f.delay_s
        for f in (fate(number, 1, 3, RATES) for number in NUMBERS)
        if f.kind is Kind.PERSON
    ]
    assert min(delays) >= RATES.pick_up.low_s
    assert max(delays) <= RATES.pick_up.high_s


def test_compressed_time_shortens_waiting_but_not_reaction() -> None:
    fast = Rates(time_compression=4)
    for number in NUMBERS[:200]:
        slow_fate, fast_fate = fate(number, 1, 3, RATES), fate(number, 1, 3, fast)
        assert fast_fate.delay_s == pytest.approx(slow_fate.delay_s / 4)
        if slow_fate.person and fast_fate.person:
            assert fast_fate.person.reactions == slow_fate.person.reactions


def test_every_refusal_has_a_code_and_some_are_announced() -> None:
    refused = [
        f
        for f in (fate(number, 1, 3, RATES) for number in NUMBERS)
        if f.kind in (Kind.SWITCHED_OFF, Kind.NETWORK_FULL, Kind.UNALLOCATED)
    ]
    assert {f.sip_code for f in refused} == {480, 503, 404}
    assert {bool(f.announcement) for f in refused} == {True, False}


@pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
def test_so_many_accept_a_telecaller_who_is_offered(share: float) -> None:
    rates = replace(RATES, accepts=share)
    people = [f.person for f in (fate(n, 1, 3, rates) for n in NUMBERS) if f.person]
    assert sum(p.accepts for p in people) / len(people) == pytest.approx(
        share, abs=0.05
    )


def test_every_character_and_every_key_mode_occurs() -> None:
    people = [f.person for f in (fate(n, 1, 3, RATES) for n in NUMBERS) if f.person]
    assert {p.character for p in people} == set(RATES.characters)
    assert {p.key_mode for p in people} == set(KeyMode)


@pytest.mark.parametrize(
    ("character", "once"),
    [
        ("quitter", Do.HANG_UP),
        ("wants_no_calls", Do.OPT_OUT),
        ("wants_a_person", Do.ASK_PERSON),
    ],
)
def test_a_special_deed_is_done_once_and_early_in_the_call(
    character: str, once: Do
) -> None:
    for number in NUMBERS[:100]:
        person = fate(number, 1, 3, RATES, Fixed(Kind.PERSON, character)).person
        assert person is not None
        deeds = [n for n, r in enumerate(person.reactions, 1) if r.do is once]
        assert len(deeds) == 1
        low, high = RATES.characters[character].at_prompts
        assert low <= deeds[0] <= high


def test_nobody_presses_nine_or_zero_by_accident() -> None:
    for number in NUMBERS:
        drawn = fate(number, 1, 3, RATES)
        for reaction in drawn.person.reactions if drawn.person else ():
            if reaction.do in (Do.PRESS, Do.WRONG):
                assert reaction.key not in ("9", "0", "")


def test_a_spread_never_leaves_its_bounds() -> None:
    import random

    rng = random.Random(1)
    spread = Spread(2.0, 1.0, 3.0, sigma=2.0)
    drawn = [spread.draw(rng) for _ in range(1000)]
    assert min(drawn) == 1.0
    assert max(drawn) == 3.0
