"""Sums over a counted list: as if every person were looked at anew."""

from __future__ import annotations

from ivr.core.list_cube import MOST_VALUES, Cell, most, sums
from ivr.core.list_facts import Segment

CELLS = [
    Cell("SEH", "156", "ujjwala ayushman", "hi", 10),
    Cell("SEH", "157", "ujjwala", "en", 5),
    Cell("VID", "144", "", "hi", 3),
    Cell("", "", "", "hi", 1),
]


def test_without_a_filter_everybody_is_counted() -> None:
    found = sums(CELLS, Segment())
    assert found.total == 19
    assert found.districts == (("SEH", 15), ("VID", 3))
    assert found.schemes == (("ujjwala", 15), ("ayushman", 10))
    assert found.languages == (("hi", 14), ("en", 5))


def test_a_choice_leaves_its_own_other_values_to_choose() -> None:
    found = sums(CELLS, Segment(district="SEH"))
    assert found.total == 15
    assert found.districts == (("SEH", 15), ("VID", 3))  # as if none were chosen
    assert found.languages == (("hi", 10), ("en", 5))
    assert found.constituencies == (("156", 10), ("157", 5))


def test_two_choices_hold_together() -> None:
    found = sums(CELLS, Segment(scheme="ujjwala", language="en"))
    assert found.total == 5
    assert found.schemes == (("ujjwala", 5),)
    assert found.languages == (("hi", 10), ("en", 5))
    assert found.districts == (("SEH", 5),)


def test_part_of_a_tag_is_no_tag() -> None:
    assert sums(CELLS, Segment(scheme="ujjw")).total == 0


def test_only_the_most_frequent_values_are_offered() -> None:
    counts = {f"{n:03}": 1 for n in range(MOST_VALUES + 5)} | {"": 9, "many": 7}
    assert most(counts)[0] == ("many", 7) and len(most(counts)) == MOST_VALUES
