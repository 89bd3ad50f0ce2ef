"""The chain: whatever is changed, left out, put in or moved in it is found."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from ivr.core.journal import (
    Chain,
    Entry,
    Finding,
    Head,
    ListSum,
    Root,
    Wrong,
    chained,
    day_of,
    digest_of,
    end_of,
    head_after,
    link,
    name_for,
    root_text,
    written,
)

NOON = datetime(2026, 11, 24, 6, 30, tzinfo=UTC)
DIGESTS = st.one_of(st.none(), st.binary(min_size=32, max_size=32))
# Few letters, but those that could be taken for something else.
TEXTS = st.text("ab1|/\n\0ा\ud800", max_size=5)
FACTS = st.tuples(TEXTS, TEXTS, DIGESTS)
CHAINS = st.lists(FACTS, min_size=2, max_size=12).map(
    lambda facts: chained(Head(), NOON, facts)
)


def walked(entries: list[Entry], *wanted: str) -> list[Finding]:
    chain = Chain(frozenset(wanted))
    found = [one for entry in entries if (one := chain.take(entry))]
    return found + chain.end()


@given(CHAINS)
def test_a_chain_that_nobody_touched_is_right(entries: list[Entry]):
    assert walked(entries) == []


@given(CHAINS, st.data())
def test_any_changed_entry_is_found(entries: list[Entry], data: st.DataObject):
    place = data.draw(st.integers(0, len(entries) - 1))
    was = entries[place]
    changed = data.draw(
        st.one_of(
            TEXTS.map(lambda text: replace(was, kind=text)),
            TEXTS.map(lambda text: replace(was, key=text)),
            TEXTS.map(lambda text: replace(was, at=text)),
            DIGESTS.map(lambda digest: replace(was, digest=digest)),
            st.binary(max_size=40).map(lambda hashed: replace(was, hash=hashed)),
            st.integers().map(lambda seq: replace(was, seq=seq)),
        ).filter(lambda entry: entry != was)
    )
    assert walked([*entries[:place], changed, *entries[place + 1 :]])


@given(CHAINS, st.data())
def test_any_gap_before_the_end_is_found(entries: list[Entry], data: st.DataObject):
    place = data.draw(st.integers(0, len(entries) - 2))
    found = walked(entries[:place] + entries[place + 1 :])
    assert found[0].wrong is Wrong.GAP
    assert str(place + 1) in found[0].says


@given(CHAINS)
def test_an_end_that_was_cut_off_is_found_by_a_root_that_was_kept(
    entries: list[Entry],
):
    kept = entries[-1].hash.hex()
    assert walked(entries, kept) == []
    assert [one.wrong for one in walked(entries[:-1], kept)] == [Wrong.CUT]


@given(CHAINS, st.data())
def test_any_two_entries_that_change_places_are_found(
    entries: list[Entry], data: st.DataObject
):
    places = st.integers(0, len(entries) - 1)
    one, other = data.draw(st.lists(places, min_size=2, max_size=2, unique=True))
    swapped = list(entries)
    swapped[one], swapped[other] = swapped[other], swapped[one]
    assert walked(swapped)
    numbered = [replace(e, seq=place) for place, e in enumerate(swapped, 1)]
    assert walked(numbered)


@given(CHAINS)
def test_a_chain_that_was_made_anew_from_some_entry_on_has_another_head(
    entries: list[Entry],
):
    before = head_after(entries[:1])
    facts = [("attempts", "c-1", digest_of("other"))] * (len(entries) - 1)
    anew = [entries[0], *chained(before, NOON, facts)]
    assert walked(anew) == []  # in itself it is right: so the root is kept elsewhere
    told = walked(anew, entries[-1].hash.hex())
    assert [one.wrong for one in told] == [Wrong.CUT]


@given(st.lists(TEXTS), st.lists(TEXTS))
def test_people_are_counted_in_and_out_in_whatever_order(
    here: list[str], gone: list[str]
):
    total = ListSum()
    total.add_all([*gone, *here])
    for person in reversed(gone):
        total.take(person)
    other = ListSum(ListSum().value())
    for person in reversed(here):
        other.add(person)
    assert total.value() == other.value()
    joined = ListSum()
    joined.join(total.value())
    assert joined.value() == total.value()


@given(st.lists(TEXTS, min_size=1), TEXTS)
def test_another_person_in_a_list_changes_its_sum(people: list[str], other: str):
    total, changed = ListSum(), ListSum()
    total.add_all(people)
    changed.add_all([other, *people[1:]])
    assert (total.value() == changed.value()) == (other == people[0])


def test_an_empty_list_has_the_sum_of_nobody():
    assert ListSum().value() == ListSum(None).value() == bytes(64)


def test_time_does_not_run_back_in_the_chain():
    first = chained(Head(), NOON, [("a", "1", None)])
    later = chained(head_after(first), NOON - timedelta(hours=1), [("a", "2", None)])
    assert later[0].at == first[0].at
    moved = replace(later[0], at=written(NOON - timedelta(hours=1)))
    what = (moved.seq, moved.kind, moved.key, moved.digest)
    forged = replace(moved, hash=link(first[0].hash, moved.at, what))
    assert "earlier" in walked([*first, forged])[0].says


def test_each_indian_day_has_its_root():
    late = datetime(2026, 11, 24, 18, 29, 59, tzinfo=UTC)  # 23:59:59 in India
    entries = chained(Head(), late, [("a", "1", None), ("a", "2", None)])
    after = late + timedelta(seconds=2)
    entries += chained(head_after(entries), after, [("a", "3", None)])
    chain = Chain()
    for entry in entries:
        assert chain.take(entry) is None
    assert chain.end() == []
    assert chain.roots == [
        Root(date(2026, 11, 24), 2, entries[1].hash),
        Root(date(2026, 11, 25), 3, entries[2].hash),
    ]
    assert entries[1].at < end_of(date(2026, 11, 24)) <= entries[2].at


def test_a_time_that_is_none_is_of_no_day():
    assert day_of("yesterday") is None
    assert day_of(written(NOON)) == date(2026, 11, 24)


def test_a_hidden_key_tells_nothing_and_is_always_the_same():
    assert name_for("00ff") == name_for("00ff") != name_for("00fe")
    assert len(name_for("")) == 32


def test_a_root_is_printed_so_that_it_can_be_read_out():
    root = Root(date(2026, 11, 24), 1234, bytes(range(32)))
    text = root_text(root, 34)
    assert "24.11.2026" in text
    assert "00010203 04050607" in text
    assert "1,234 (34 of this day)" in text
