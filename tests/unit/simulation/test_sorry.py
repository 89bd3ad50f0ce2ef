"""Who was abandoned and what they heard, by the far end's word."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from ivr.core.model import PhoneNumber
from ivr.simulation.lived import Lived
from ivr.simulation.population import Kind
from ivr.simulation.sorry import APOLOGY, heard

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


def person(n: int) -> Lived:
    number = PhoneNumber(f"+9198270000{n:02d}")
    return Lived(f"sip-{n}", number, 1, NOON, answered_at=NOON)


def talked(n: int) -> Lived:
    return replace(person(n), talks={1: ["tb-001"]})


def told_sorry(n: int, after_s: float = 2.0, sentences: int = 2) -> Lived:
    begun = [
        (NOON + timedelta(seconds=after_s + 3 * place), APOLOGY)
        for place in range(sentences)
    ]
    return replace(person(n), prompts=begun)


def test_everybody_who_was_abandoned_heard_the_apology() -> None:
    one, two = told_sorry(1, after_s=2.0), told_sorry(2, after_s=2.3)
    found = heard([one, two, talked(3)], [one.number, two.number])
    assert found.everybody
    assert (found.answered, found.talked, found.abandoned, found.sorry) == (3, 1, 2, 2)
    assert found.slowest_s == 2.3


def test_an_abandoned_person_who_heard_nothing_is_named() -> None:
    silent = person(1)
    found = heard([silent, talked(2)], [silent.number])
    assert not found.everybody
    assert found.without == (str(silent),)


def test_an_apology_that_was_cut_before_the_choices_is_none() -> None:
    cut = told_sorry(1, sentences=1)
    assert not heard([cut], [cut.number]).everybody


def test_who_heard_nothing_is_named_though_samvad_counted_them_as_served() -> None:
    assert heard([person(1)], []).without == (str(person(1)),)


def test_who_was_abandoned_by_samvads_count_alone_is_named() -> None:
    found = heard([talked(1)], [PhoneNumber("+919827000099")])
    assert not found.everybody
    assert len(found.without) == 1


def test_only_people_who_answered_count() -> None:
    unanswered = replace(person(1), answered_at=None)
    machine = replace(person(2), kind=Kind.VOICEMAIL)
    found = heard([unanswered, machine], [])
    assert found.everybody
    assert found.answered == 0
