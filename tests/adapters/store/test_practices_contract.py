"""What is kept of practices: by the memory of tests and by both databases alike."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from ivr.controller.practice_ports import PracticeStore
from ivr.core.model import Telecaller, TelecallerId
from ivr.core.practice import Practice, PracticeEnd
from ivr.core.results import Words
from ivr.store.practices import SqlPractices
from ivr.store.store import SqlStore
from tests.adapters.store.conftest import AnyStore
from tests.adapters.store.scene import CENTRE, MINUTE, NOON
from tests.fakes.practices import MemoryPractices

ONE, TWO = TelecallerId("tc-81"), TelecallerId("tc-82")
PRACTICE = Practice(
    practice_id="p-1",
    telecaller_id=ONE,
    scenario_id="pension",
    title=Words("पेंशन रुकी है", "A late pension"),
    began_at=NOON,
    lines=5,
    expected={"since": "months"},
    expected_outcome="needs_help",
)


@pytest.fixture
async def practices(store: AnyStore) -> PracticeStore:
    await store.upsert_people(
        [CENTRE], [Telecaller(one, one, CENTRE.code, one) for one in (ONE, TWO)]
    )
    return SqlPractices(store) if isinstance(store, SqlStore) else MemoryPractices()


async def test_a_practice_is_kept_and_what_is_known_later_is_added(
    practices: PracticeStore,
) -> None:
    await practices.keep(PRACTICE)
    assert await practices.of([ONE], 10) == []  # it is not over
    over = replace(
        PRACTICE,
        ended_at=NOON + MINUTE,
        ended_by=PracticeEnd.VOTER,
        first_word_s=1.5,
        spoke_s=20.25,
        heard_s=18.0,
        lines_heard=5,
    )
    await practices.keep(over)
    assert await practices.of([ONE], 10) == [over]
    noted = replace(
        over,
        answers={"since": "months"},
        outcome="needs_help",
        notes="चार महीने; '<b>'",
        noted_at=NOON + 2 * MINUTE,
    )
    await practices.keep(noted)
    assert await practices.of([ONE], 10) == [noted]


async def test_each_telecallers_last_practices_are_returned_the_latest_first(
    practices: PracticeStore,
) -> None:
    for place in range(4):
        for who in (ONE, TWO):
            at = NOON + timedelta(minutes=place)
            await practices.keep(
                replace(
                    PRACTICE,
                    practice_id=f"p-{who}-{place}",
                    telecaller_id=who,
                    began_at=at,
                    ended_at=at + MINUTE,
                    ended_by=PracticeEnd.TELECALLER,
                )
            )
    found = await practices.of([ONE], 3)
    assert [one.practice_id for one in found] == [
        "p-tc-81-3",
        "p-tc-81-2",
        "p-tc-81-1",
    ]
    assert len(await practices.of([ONE, TWO], 3)) == 6
    assert await practices.of([], 3) == []
