"""Opinions of a few people stay hidden, also from somebody who can subtract."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ivr.core.withholding import LEAST_OPINIONS, too_few, withheld, withheld_within

DISTRICTS = st.dictionaries(
    st.tuples(st.sampled_from("ABCD"), st.integers(0, 5)).map(
        lambda t: f"{t[0]}{t[1]}"
    ),
    st.integers(1, 70),
)


def test_a_group_of_twenty_is_shown_and_one_of_nineteen_is_not():
    assert too_few({"a": 20, "b": 19}) == {"b"}


def test_nothing_is_hidden_when_every_group_is_large_enough():
    assert withheld({"a": 20, "b": 500}) == frozenset()


def test_one_small_group_takes_the_next_smallest_with_it():
    assert withheld({"a": 5, "b": 30, "c": 90}) == {"a", "b"}


def test_small_groups_that_are_enough_together_take_no_other_with_them():
    assert withheld({"a": 12, "b": 9, "c": 90}) == {"a", "b"}


def test_of_a_hidden_division_no_district_is_shown():
    wholes, parts = withheld_within(
        {"A1": 4, "B1": 30, "B2": 40, "C1": 99}, lambda c: c[0]
    )
    assert wholes == {"A", "B"}
    assert parts == {"A1", "B1", "B2"}


@given(DISTRICTS)
def test_what_can_be_worked_out_is_never_a_few_people(sizes: dict[str, int]):
    wholes, parts = withheld_within(sizes, lambda code: code[0])
    total: dict[str, int] = {}
    for code, size in sizes.items():
        total[code[0]] = total.get(code[0], 0) + size
    left = sum(size for whole, size in total.items() if whole in wholes)
    everybody = sum(sizes.values())
    assert left == 0 or left >= min(LEAST_OPINIONS, everybody)
    for whole, size in total.items():
        hidden = sum(
            n for code, n in sizes.items() if code[0] == whole and code in parts
        )
        if whole in wholes:
            assert hidden == size
        else:
            assert size >= LEAST_OPINIONS
            assert hidden == 0 or hidden >= LEAST_OPINIONS
    assert too_few(sizes) <= parts
