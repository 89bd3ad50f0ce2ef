"""How `bench web` reckons: from a change to the browser, from a snapshot to a floor."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from ivr.cli.bench_web_browsers import Seen, newest_of
from ivr.cli.bench_web_delays import Delays, Span

BEGAN = datetime(2026, 11, 27, 6, 30, tzinfo=UTC)
SHIFT = timedelta(hours=3)  # the controller's clock says noon in India


def at(seconds: float) -> datetime:
    """Return a time of the controller, so long after the span began."""
    return BEGAN + SHIFT + timedelta(seconds=seconds)


def reckoned(*changes: tuple[float, str, datetime]) -> Delays:
    began = BEGAN.timestamp()
    seen = Seen(
        events=[(began + 1, "tb-001", 100), (began + 99, "tb-001", 100)],
        changes=[
            (began + when, who, since.isoformat()) for when, who, since in changes
        ],
    )
    return Delays(
        seen,
        Span(began, began + 10),
        desks={"tb-001"},
        snapshots=[at(1), at(2), at(3)],
        shift=SHIFT,
    )


def test_a_desks_delay_is_from_its_change_to_the_browser() -> None:
    late = reckoned((1.25, "tb-001", at(1)))
    assert late.desks == pytest.approx([250])
    assert not late.floors


def test_a_floors_delay_is_from_the_first_snapshot_that_can_show_the_change() -> None:
    late = reckoned((2.1, "ib-000", at(1.5)), (4.0, "ib-001", at(2.5)))
    assert late.floors == pytest.approx([100, 1000])  # the later one missed its first


def test_what_was_so_before_the_span_is_not_reckoned() -> None:
    late = reckoned((0.5, "tb-001", at(-300)), (0.5, "ib-000", at(-1)))
    assert not late.desks
    assert not late.floors
    assert (late.events, late.letters) == (1, 100)


def test_the_browser_reads_the_newest_of_a_floors_desks_and_nothing_of_alarms() -> None:
    times = b'data: <time data-since="2026-11-27T09:00:01+00:00">\n'
    times += b'data: <time data-since="2026-11-27T09:00:01.5+00:00">'
    assert (
        newest_of(b"id: a=1\nevent: desks\n" + times) == "2026-11-27T09:00:01.5+00:00"
    )
    assert newest_of(b"id: a=1\nevent: alarms\n" + times) == ""
