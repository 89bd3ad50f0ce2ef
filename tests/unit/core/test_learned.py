"""What pacing is told, keeps over a restart, and shows to the decision."""

from __future__ import annotations

import json

import pytest

from ivr.core.learned import VERSION, Learned
from ivr.core.model import CampaignId, Mode
from ivr.core.pacer import Fact, PacingView, Told

CAP = 0.03
AGES = {Told.ANSWERED: 8.0, Told.BUSY: 3.0, Told.NO_ANSWER: 25.0, Told.FAILED: 2.0}


def after(*told: Told, start: Learned | None = None) -> Learned:
    learned = start or Learned(CAP)
    for n, one in enumerate(told):
        learned.saw(Fact(CampaignId("a"), one, AGES.get(one, 10.0), float(n)))
    return learned


def test_half_answered_and_half_of_those_wanting_one_are_counted_so() -> None:
    half = [Told.BUSY, Told.NO_ANSWER, Told.ANSWERED, Told.NOT_WANTED]
    estimates = after(*[*half, Told.ANSWERED, Told.WANTED] * 100).estimates
    assert estimates.answer_rate() == pytest.approx(0.5, abs=0.04)
    assert estimates.p_want() == pytest.approx(0.5, abs=0.04)


def test_the_evening_outweighs_the_morning() -> None:
    learned = after(*[Told.ANSWERED] * 1000, *[Told.NO_ANSWER] * 1000)
    assert learned.estimates.answer_rate() < 0.01


@pytest.mark.parametrize(
    "told", [Told.CONNECTED, Told.ABANDONED, Told.TALK_OVER, Told.WRAP_UP_OVER]
)
def test_what_happens_at_desks_says_nothing_of_answers(told: Told) -> None:
    start = after(Told.ANSWERED, Told.WANTED, Told.BUSY)
    before = (start.estimates.answer_rate(), start.estimates.p_want())
    estimates = after(told, start=start).estimates
    assert (estimates.answer_rate(), estimates.p_want()) == before


def test_who_was_abandoned_is_charged_to_the_budget() -> None:
    learned = after(Told.CONNECTED, Told.ABANDONED)
    assert learned.budget.balance == pytest.approx(2 * 0.95 * CAP - 1)
    assert after(Told.TALK_OVER).budget == Learned(CAP).budget


def test_an_offer_is_learned_at_its_node_and_of_its_segment() -> None:
    learned = Learned(CAP)
    for district, told in (("BPL", Told.OFFER_TAKEN), ("IND", Told.OFFER_DECLINED)):
        for n in range(50):
            learned.saw(
                Fact(CampaignId("a"), told, at_s=float(n), node="ask", segment=district)
            )
    estimates = learned.estimates
    assert estimates.p_accept("ask", "BPL") > 0.8
    assert estimates.p_accept("ask", "IND") < 0.2
    assert estimates.p_accept("another") == 0.5


def test_who_waited_long_or_in_vain_lowers_the_risk_of_an_offer() -> None:
    before = Learned(CAP).offers.threshold()
    assert after(Told.MISSED).offers.threshold() < before
    assert after(Told.SERVED).offers.threshold() < before  # ten seconds are long
    soon = Learned(CAP)
    soon.saw(Fact(CampaignId("a"), Told.SERVED, 1.0, 0.0))
    assert soon.offers.threshold() > before


def test_what_was_kept_before_there_was_a_gate_is_still_read() -> None:
    kept = after(*Told).to_json()
    del kept["offers"]
    again, why = Learned.from_json(kept, CAP)
    assert why == ""
    assert again.offers == Learned(CAP).offers
    damaged, why = Learned.from_json(kept | {"offers": "high"}, CAP)
    assert "account of offers is damaged" in why
    assert damaged.offers == Learned(CAP).offers


def test_what_was_kept_is_read_again() -> None:
    learned = after(*Told, *Told)
    learned.estimates.saw_offer("ask", "farmer", accepted=True)
    again, why = Learned.from_json(json.loads(json.dumps(learned.to_json())), CAP)
    assert why == ""
    assert again.to_json() == learned.to_json()
    assert again.to_json() != Learned(CAP).to_json()


@pytest.mark.parametrize(
    "state",
    [
        None,
        [],
        {},
        after(Told.ANSWERED).to_json() | {"version": VERSION + 1},
        {"version": 1, "placed": 10.0, "answered": 5.0},  # of an older version
        {"version": VERSION},
        {"version": VERSION, "estimates": {"version": 1}, "budget": {"version": 1}},
        {"version": VERSION, "estimates": [], "budget": "30"},
    ],
)
def test_what_another_version_kept_or_is_damaged_is_not_believed(
    state: object,
) -> None:
    learned, why = Learned.from_json(state, CAP)
    assert why
    assert learned.to_json() == Learned(CAP).to_json()


def test_a_damaged_part_leaves_the_other_as_it_was() -> None:
    state = after(Told.ANSWERED, Told.ABANDONED).to_json() | {"estimates": {}}
    learned, why = Learned.from_json(state, CAP)
    assert "learning anew" in why
    assert learned.budget.balance < 0


def test_people_in_the_flow_may_want_one_as_often_as_others_did() -> None:
    learned = after(*[Told.WANTED, Told.NOT_WANTED] * 200)
    view = PacingView(Mode.PREDICTIVE, 5.0, ready=2, in_flow=3, ringing_s=(1.0,))
    learned.saw_view(view)
    facts = learned.snapshot(view)
    assert facts.flow == (learned.estimates.p_want(),) * 3
    assert (facts.ready, facts.ringing_s) == (2, (1.0,))
