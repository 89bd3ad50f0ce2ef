"""When an arm of a branch holds."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from ivr.core.conditions import holds, span_of
from ivr.core.flow_model import Case, FlowFacts
from ivr.core.model import NodeId

FACTS = FlowFacts(
    {"district": "SEH", "amount": "₹6,000", "paid_on": "24/11/2026", "empty": " "},
    schemes=("pension", "housing"),
    language="hi",
    now=datetime(2026, 11, 24, 16, 59, tzinfo=UTC),  # a Tuesday
)


def fits(subject: str, *values: str, facts: FlowFacts = FACTS) -> bool:
    return holds(
        Case({subject: values}, NodeId("x")),
        answers={"q1": "yes", "stars": "4"},
        variables={"group": "b"},
        facts=facts,
    )


@pytest.mark.parametrize(
    ("subject", "value"),
    [
        ("answer.q1", "yes"),
        ("answer.q1", "*"),
        ("answer.q2", ""),
        ("answer.stars", "4-5"),
        ("var.group", "B"),
        ("var.other", ""),
        ("contact.district", "seh"),
        ("contact.schemes", "housing"),
        ("contact.language", "hi"),
        ("contact.empty", ""),
        ("contact.amount", "*number"),
        ("contact.paid_on", "*date"),
        ("time.hour", "10-16"),
        ("time.hour", "16"),
        ("time.weekday", "tuesday"),
    ],
)
def test_what_holds(subject: str, value: str) -> None:
    assert fits(subject, "no such", value)


@pytest.mark.parametrize(
    ("subject", "value"),
    [
        ("answer.q1", "no"),
        ("answer.q2", "*"),
        ("answer.stars", "1-3"),
        ("contact.district", "BHO"),
        ("contact.district", "1-3"),
        ("contact.schemes", "loans"),
        ("contact.empty", "*"),
        ("contact.district", "*number"),
        ("contact.amount", "*date"),
        ("time.hour", "17-20"),
        ("time.weekday", "sunday"),
    ],
)
def test_what_does_not_hold(subject: str, value: str) -> None:
    assert not fits(subject, value)


def test_without_a_clock_no_time_holds() -> None:
    assert not fits("time.hour", "0-23", facts=FlowFacts({}))


def test_a_person_without_schemes_can_be_asked_for() -> None:
    assert fits("contact.schemes", "", facts=FlowFacts({}))


def test_every_condition_of_an_arm_must_hold() -> None:
    def both(hour: str) -> bool:
        when = {"answer.q1": ("yes",), "time.hour": (hour,)}
        case = Case(when, NodeId("x"))
        return holds(case, answers={"q1": "yes"}, variables={}, facts=FACTS)

    assert both("16")
    assert not both("17")


def test_a_range_has_two_whole_ends() -> None:
    assert span_of("10-16") == (10, 16)
    assert span_of("10-") is None
    assert span_of("yes") is None
