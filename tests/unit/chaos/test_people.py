"""The campaigns that are broken are lawful ones, and their people are invented."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import islice

import pytest

from ivr.chaos import people
from ivr.core.compliance import Allowed, judge_campaign
from ivr.core.law import LawFacts
from ivr.core.model import Trunk
from ivr.core.numbers import NumberProblem, parse_number
from ivr.settings.config import PROJECT
from ivr.settings.flows import load_flow

NOON = datetime(2026, 11, 27, 6, 30, tzinfo=UTC)
TRUNK = Trunk(
    people.TRUNK,
    "127.0.0.1",
    caller_ids=(people.CALLER_ID,),
    a2p_declared_on=date(2020, 1, 1),
)


@pytest.mark.parametrize("which", range(len(people.LISTS)))
def test_the_law_lets_the_campaigns_call(which: int) -> None:
    campaign = people.campaign(which, 20)
    verdict = judge_campaign(campaign, TRUNK, LawFacts(), NOON)
    assert isinstance(verdict, Allowed)


@pytest.mark.parametrize("pair", range(people.PAIRS))
def test_a_third_of_the_smaller_list_is_of_the_larger_too(pair: int) -> None:
    large = {one.number for one in people.people(700, 2 * pair)}
    small = {one.number for one in people.people(300, 2 * pair + 1)}
    assert (len(large), len(small), len(large & small)) == (700, 300, 100)
    assert not any(isinstance(parse_number(n), NumberProblem) for n in large | small)


def test_letters_come_from_the_same_people_for_the_same_seed() -> None:
    first, again = (list(islice(people.letters(3, 50), 20)) for _ in range(2))
    assert first == again
    everybody = {
        one.number
        for which in range(len(people.LISTS))
        for one in people.people(50, which)
    }
    assert set(first) <= everybody


def test_no_two_pairs_share_anybody_and_who_was_called_before_is_of_none() -> None:
    lists = [
        {one.number for one in people.people(100_000, 2 * pair + which)}
        for pair in range(people.PAIRS)
        for which in (0, 1)
    ]
    pairs = [lists[place] | lists[place + 1] for place in range(0, len(lists), 2)]
    before = [
        {one.number for one in people.people_before(which)}
        for which in range(len(people.LISTS))
    ]
    everybody = pairs + before
    assert sum(map(len, everybody)) == len(set().union(*everybody))


def test_a_call_before_is_of_yesterday_and_was_answered() -> None:
    flow = load_flow(PROJECT / "ivr" / "chaos" / "chaos.yaml")
    call = people.call_before(people.people_before(1)[0], 1, flow, NOON)
    assert people.is_before(call.call_id) and not call.abandoned
    assert call.answered_at == NOON - timedelta(days=1)
    assert call.campaign_id == people.LISTS[1]


def test_each_sentence_is_a_melody_of_its_own() -> None:
    made = [people.melody(n).tobytes() for n in range(8)]
    assert len(set(made)) == 8 and people.melody(3).tobytes() == made[3]


@pytest.mark.parametrize("answered", [0.1, people.ANSWERED, 1.0])
def test_so_many_calls_reach_a_person_as_were_asked_for(answered: float) -> None:
    kinds = people.population(1, {}, answered)["rates"]["kinds"]
    assert kinds["person"] == answered
    assert sum(kinds.values()) == pytest.approx(1)
