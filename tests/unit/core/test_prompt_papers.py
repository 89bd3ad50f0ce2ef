"""A sound's approval: by another person, for that very sound, when the law asks."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from ivr.core.law import Calendar, DayPeriod
from ivr.core.model import CallClass
from ivr.core.prompt_papers import Paper, may_approve, must_be_approved, not_approved
from ivr.errors import BadInput
from tests.adapters.store.scene import campaign

PAPER = Paper("aa", "hi", "नमस्ते", made_by="meera")
PERIOD = Calendar(electoral_periods=(DayPeriod(date(2027, 1, 1), date(2027, 2, 1)),))


def test_a_second_person_approves_with_a_certificate() -> None:
    may_approve(PAPER, "kavita", "MCMC/2027/14")
    with pytest.raises(BadInput, match="of their own"):
        may_approve(PAPER, "meera", "MCMC/2027/14")
    for wrong in ("", "1", "x" * 80, "<script>"):
        with pytest.raises(BadInput, match="certificate"):
            may_approve(PAPER, "kavita", wrong)
    done = replace(PAPER, approved_by="kavita", certificate="MCMC/2027/14")
    with pytest.raises(BadInput, match="already"):
        may_approve(done, "vimla", "MCMC/2027/15")


def test_a_sound_that_shipped_may_be_approved_by_anybody_who_may() -> None:
    may_approve(replace(PAPER, made_by=""), "meera", "MCMC/2027/14")


def test_another_sound_of_the_same_words_is_not_approved() -> None:
    done = replace(PAPER, approved_by="kavita", certificate="MCMC/2027/14")
    assert not_approved(["aa", "bb"], {"aa": done}) == ["bb"]
    assert not_approved(["aa"], {"aa": PAPER}) == ["aa"]


@pytest.mark.parametrize(
    ("call_class", "day", "must"),
    [
        (CallClass.ELECTORAL, date(2027, 1, 1), True),
        (CallClass.PARTY_CIVIC, date(2027, 2, 1), True),
        (CallClass.GOV_ON_BEHALF, date(2027, 2, 2), False),
        (CallClass.NGO_SURVEY, date(2027, 1, 15), False),
    ],
)
def test_certificates_are_asked_for_in_an_election_period(
    call_class: CallClass, day: date, must: bool
) -> None:
    about = replace(campaign(), call_class=call_class)
    assert must_be_approved(about, PERIOD, day) is must
