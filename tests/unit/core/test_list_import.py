"""The states of an import: every pair of state and event, and what a restart leaves."""

from __future__ import annotations

import itertools

import pytest

from ivr.core.access import Role, User, UserId
from ivr.core.list_import import (
    AT_WORK,
    OVER,
    TRANSITIONS,
    ImportEvent,
    ImportState,
    Tally,
    advance,
    after_a_restart,
    name_for,
)
from ivr.core.model import CentreCode
from ivr.errors import BadInput
from tests.fakes.site import TREE

S, E = ImportState, ImportEvent


@pytest.mark.parametrize(("state", "event"), list(itertools.product(S, E)))
def test_what_is_not_in_the_table_is_refused(
    state: ImportState, event: ImportEvent
) -> None:
    if (state, event) in TRANSITIONS:
        assert advance(state, event) is TRANSITIONS[state, event]
        return
    with pytest.raises(BadInput, match="gone on meanwhile"):
        advance(state, event)


def test_nothing_is_stored_that_was_not_compared_and_confirmed() -> None:
    into = [pair for pair, after in TRANSITIONS.items() if after is S.IMPORTING]
    assert into == [(S.COMPARED, E.CONFIRMED)]
    assert [pair for pair, after in TRANSITIONS.items() if after is S.COMPARED] == [
        (S.COMPARING, E.COUNTED),
        (S.IMPORTING, E.FAILED),
    ]


@pytest.mark.parametrize("state", sorted(set(S) - OVER))
def test_whatever_is_not_over_can_be_cancelled(state: ImportState) -> None:
    assert advance(state, E.CANCELLED) is S.CANCELLED


@pytest.mark.parametrize("state", S)
def test_after_a_restart_nothing_is_at_work(state: ImportState) -> None:
    after = after_a_restart(state)
    assert after not in AT_WORK
    assert after is state or state in AT_WORK


@pytest.mark.parametrize(
    ("centre", "wanted", "name"),
    [
        ("MP", "नवंबर", "नवंबर"),
        ("MP.BPL.SEH", "  नवंबर ", "MP.BPL.SEH-नवंबर"),
        ("MP.BPL.SEH", " ", ""),
        ("NOWHERE", "x", "NOWHERE-x"),
    ],
)
def test_a_centres_lists_carry_its_code(centre: str, wanted: str, name: str) -> None:
    user = User(UserId("anil"), "अनिल", Role.IN_CHARGE, CentreCode(centre))
    assert name_for(user, wanted, TREE) == name


def test_new_numbers_are_those_of_no_other_list() -> None:
    assert Tally(read=10, kept=7, known=2).new == 5
