"""What the databases count for a report, against a slow recount of the same rows."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Connection, insert, update

from ivr.core.flow_questions import collecting
from ivr.core.model import CampaignId, Disposition, ListName
from ivr.core.summary import summarise
from ivr.core.tallies import CallbackCounts, Names, Tallies
from ivr.errors import BadInput
from ivr.settings.flows import load_flow
from ivr.store import records, results
from ivr.store.engine import open_store
from ivr.store.store import SqlStore
from ivr.store.tables import attempts, metadata
from tests.adapters.store.naive_results import Naive
from tests.adapters.store.scene import (
    HOUR,
    MINUTE,
    NOON,
    SURVEY,
    ended,
    opened,
    started,
)
from tests.fakes.filled_store import (
    BEGINS,
    CAMPAIGN,
    PROJECT,
    Past,
    feedback_flow,
    fill,
    make_past,
)

NOW = BEGINS + timedelta(days=2)
NO_NAMES = Names({}, {}, {}, {})
OTHER = CampaignId("another")


def past_of_two_campaigns() -> Past:
    """A campaign with loose ends, and another with some of the same people."""
    past = make_past(seed=7, people=500)
    for place, row in enumerate(past.rows["desk_states"], 1):
        row["entry_id"] = place
    _loose_ends(past)
    _another_campaign(past)
    return past


def _loose_ends(past: Past) -> None:
    """Calls in progress, one cut by a crash, one from long ago."""
    answered = [a for a in past.rows["attempts"] if a["answered_at"]]
    for row in answered[:3]:
        row.update(disposition=None, ended_at=None)
    answered[3].update(disposition=Disposition.INTERRUPTED, cancelled="interrupted")
    past.rows["attempts"][5].update(disposition=None, ended_at=None)
    wanted = next(a for a in answered[4:] if a["wanted_at"])
    long_ago = timedelta(days=40)
    for name in ("placed_at", "rang_at", "answered_at", "wanted_at", "ended_at"):
        wanted[name] -= long_ago
    for name in ("joined_at", "parted_at"):
        wanted[name] = wanted[name] and wanted[name] - long_ago


def _another_campaign(past: Past) -> None:
    [ours] = past.rows["campaigns"]
    past.rows["campaigns"].append({**ours, "campaign_id": OTHER})
    renamed = {}
    for row in past.rows["attempts"][:200]:
        renamed[row["call_id"]] = f"x-{row['call_id']}"
    for table in ("attempts", "answers", "conversations"):
        copies = [r for r in past.rows[table] if r.get("call_id") in renamed]
        for row in copies:
            copy = {**row, "call_id": renamed[row["call_id"]]}
            if table == "attempts":
                copy["campaign_id"] = OTHER
            past.rows[table].append(copy)


@pytest.fixture(scope="module")
def past() -> Past:
    return past_of_two_campaigns()


@pytest.fixture
async def filled(database_url: str, past: Past) -> AsyncIterator[SqlStore]:
    async with await open_store(database_url) as store:
        await store.change(fill, past)
        yield store


@pytest.fixture
async def counted(filled: SqlStore) -> Tallies:
    return await filled.read(results.tallies, CAMPAIGN, NOW)


def key_of(row: Any, *names: str) -> tuple[Any, ...]:
    return tuple(getattr(row, name) for name in names)


async def test_every_count_is_that_of_a_slow_recount(counted: Tallies, past: Past):
    naive = Naive(past, CAMPAIGN)
    collects = collecting(feedback_flow())
    first = min(a["placed_at"] for a in naive.attempts)
    last = naive.last_at()
    since = last - timedelta(days=30)
    assert (counted.first_at, counted.last_at) == (first, last)
    assert {
        key_of(r, "quarter", "disposition", "answered"): r.count
        for r in counted.attempts
    } == naive.calls()
    for rows, column in (
        (counted.by_district, "district"),
        (counted.by_schemes, "schemes"),
    ):
        assert {key_of(r, "group", "furthest"): r.count for r in rows} == naive.people(
            column
        )
    assert counted.enrolled == naive.enrolled()
    for answers, column in (
        (counted.answers_by_district, "district"),
        (counted.answers_by_schemes, "schemes"),
    ):
        assert {
            key_of(r, "group", "node", "kind", "choice"): r.count for r in answers
        } == naive.latest_answers(column, collects)
    assert {key_of(r, "node", "length"): r.count for r in counted.spoken} == (
        naive.spoken()
    )
    assert {
        key_of(r, "node", "kind", "key", "meaning", "accepted"): (r.count, r.calls)
        for r in counted.keys
    } == naive.keys(collects)
    assert counted.hung_up_at == naive.hung_up_at()
    assert {
        key_of(r, "sip_code", "cause", "disposition"): r.count for r in counted.network
    } == naive.network()
    assert counted.answered_30d == naive.answered_by_person(since)
    assert {
        key_of(r, "quarter", "abandoned", "joined", "late", "recent"): r.count
        for r in counted.wanted
    } == naive.wanted(since)
    assert counted.callbacks == naive.callbacks(NOW)
    assert {
        key_of(r, "telecaller_id", "outcome"): r.conversations for r in counted.talks
    } == naive.talk_counts()
    talk_ms: dict[str, int] = {}
    for talk in counted.talks:
        who = talk.telecaller_id
        talk_ms[who] = talk_ms.get(who, 0) + talk.talk_ms
    assert talk_ms == naive.talk_ms()
    assert counted.rings == naive.spans("rang_at", "answered_at")
    assert counted.rings_unanswered == naive.spans(
        "rang_at", "ended_at", answered=False
    )
    assert counted.calls == naive.spans("answered_at", "ended_at")


async def test_what_a_telecaller_fills_in_changes_no_answer_of_a_voter(
    filled: SqlStore, counted: Tallies, past: Past
):
    pressed = [row for row in past.rows["answers"] if row["kind"] == "key"][:40]
    for place, row in enumerate(pressed):
        await filled.keep_form_answer(row["call_id"], place, row["node"], "no", NOW)
    after = await filled.read(results.tallies, CAMPAIGN, NOW)
    assert after.answers_by_district == counted.answers_by_district
    assert after.answers_by_schemes == counted.answers_by_schemes
    assert after.keys == counted.keys


async def test_desk_time_is_that_of_a_slow_recount(filled: SqlStore, past: Past):
    # Of this campaign's first day only: the other states are cut at its ends.
    def keep_one_day(connection: Connection) -> None:
        connection.execute(
            update(attempts)
            .where(attempts.c.placed_at > BEGINS + timedelta(hours=4))
            .values(campaign_id=OTHER)
        )
        connection.execute(
            update(attempts)
            .where(attempts.c.placed_at < BEGINS)
            .values(campaign_id=OTHER)
        )

    await filled.change(keep_one_day)
    counted = await filled.read(results.tallies, CAMPAIGN, NOW)
    naive = Naive(past, CAMPAIGN)
    naive.by_id = {
        i: a
        for i, a in naive.by_id.items()
        if BEGINS <= a["placed_at"] <= BEGINS + timedelta(hours=4)
    }
    assert counted.first_at is not None
    assert counted.last_at is not None
    found = {key_of(r, "telecaller_id", "state"): r.ms for r in counted.desks}
    assert found == naive.desk_ms(counted.first_at, counted.last_at)
    assert {state for _, state in found} >= {"ready", "paused", "wrap_up", "talking"}


async def test_a_report_adds_up(counted: Tallies):
    report = summarise(counted, NO_NAMES, NOW, ZoneInfo("Asia/Kolkata"))
    calls = report.figures.calls
    assert sum(one.share.count for one in report.outcomes) == calls
    assert sum(hour.calls for hour in report.hours) == calls
    assert sum(day.calls for day in report.days) == calls
    assert sum(sum(h.outcomes.values()) for h in report.hours) == calls
    tried = report.figures.tried
    assert sum(place.tried for place in report.districts) == tried
    assert sum(place.tried for place in report.divisions) == tried
    assert sum(one.share.count for one in report.furthest) == (
        report.figures.answered.count
    )
    for question in report.questions:
        if question.choices:
            assert sum(c.share.count for c in question.choices) == question.of
    unanswered = sum(row.share.count for row in report.network)
    answered = sum(row.count for row in counted.attempts if row.answered)
    live = sum(r.count for r in counted.attempts if not (r.answered or r.disposition))
    assert unanswered + answered + live == calls
    wish = report.callbacks
    assert wish.asked == wish.done + wish.due + wish.later + wish.given_up
    assert sum(row.conversations for row in report.telecallers) == (
        counted.talk_spans.count
    )


async def test_opt_outs_are_those_of_this_campaigns_calls(counted: Tallies, past: Past):
    ours = sum(a["opted_out"] for a in Naive(past, CAMPAIGN).attempts)
    assert counted.opt_outs == {"key_9": ours}


async def test_another_campaign_sees_only_its_own(filled: SqlStore, past: Past):
    counted = await filled.read(results.tallies, OTHER, NOW)
    assert sum(row.count for row in counted.attempts) == 200
    assert counted.callbacks == CallbackCounts()
    naive = Naive(past, OTHER)
    assert counted.hung_up_at == naive.hung_up_at()


async def test_the_newest_recordings_are_named_first(counted: Tallies, past: Past):
    naive = Naive(past, CAMPAIGN)
    files = sorted(
        (-row["at"].timestamp(), row["value"])
        for row in naive.answers
        if row["kind"] == "speech" and row["accepted"]
    )
    assert [f.file for f in counted.spoken_files] == [name for _, name in files][:200]


async def test_there_is_nothing_to_count_before_the_first_call(sql_store: SqlStore):
    await started(sql_store)
    counted = await sql_store.read(results.tallies, SURVEY, NOON)
    assert counted.first_at is None
    assert counted.attempts == ()
    assert counted.funnel["queued"] == 3
    summarise(counted, NO_NAMES, NOON, ZoneInfo("Asia/Kolkata"))


async def test_an_unknown_campaign_is_told(sql_store: SqlStore):
    with pytest.raises(BadInput, match="no campaign 'lost'"):
        await sql_store.read(results.tallies, CampaignId("lost"), NOON)


# Digits that are read back


async def digits_of(
    sql_store: SqlStore, *said: tuple[str, str, str, bool]
) -> tuple[int, dict[str, int]]:
    """Return how many people's digits stand, and the keys that took some back."""
    folder = PROJECT / "config/flows"
    flow = load_flow(folder / "beneficiary-check.yaml", folder)
    the_campaign = await started(sql_store, 1)
    moved = records.campaign_from_json(
        records.campaign_to_json(the_campaign).replace("feedback", flow.flow_id)
    )
    await sql_store.save_campaign(moved, flow, "", NOON)
    call = await opened(sql_store)
    await ended(sql_store, call, Disposition.PARTIAL, answered_at=NOON)
    rows = [
        {
            "call_id": call.call_id,
            "seq": seq,
            "node": "reference",
            "kind": kind,
            "value": value,
            "accepted": accepted,
            "meaning": meaning,
            "at": NOON,
        }
        for seq, (kind, value, meaning, accepted) in enumerate(said, 1)
    ]

    def write(connection: Connection) -> None:
        connection.execute(insert(metadata.tables["answers"]), rows)

    await sql_store.change(write)
    counted = await sql_store.read(results.tallies, SURVEY, NOON)
    standing = [r for r in counted.answers_by_district if r.node == "reference"]
    assert all((row.kind, row.choice) == ("digits", "") for row in standing)
    return sum(r.count for r in standing), {k.meaning: k.count for k in counted.keys}


async def test_digits_called_right_stand(sql_store: SqlStore):
    said = (("digits", "1234", "1234", True), ("key", "1", "confirm", True))
    assert await digits_of(sql_store, *said) == (1, {})


async def test_digits_called_wrong_are_taken_back(sql_store: SqlStore):
    said = (("digits", "1234", "1234", True), ("key", "2", "again", True))
    assert await digits_of(sql_store, *said) == (0, {"again": 1})


async def test_digits_given_again_after_a_correction_stand(sql_store: SqlStore):
    said = (
        ("digits", "1234", "1234", True),
        ("key", "2", "again", True),
        ("digits", "4321", "4321", True),
        ("key", "1", "confirm", True),
    )
    assert await digits_of(sql_store, *said) == (1, {"again": 1})


async def test_nine_at_a_question_is_an_opt_out_and_no_answer(sql_store: SqlStore):
    said = (("key", "9", "opt_out", True),)
    assert await digits_of(sql_store, *said) == (0, {"opt_out": 1})


# Call-backs


@pytest.mark.parametrize(
    ("due_in", "again", "fate"),
    [
        (-HOUR, None, "due"),
        (HOUR, None, "later"),
        (-HOUR, Disposition.COMPLETED, "done"),
        (-HOUR, Disposition.SILENT, "due"),
        (-HOUR, Disposition.BUSY, "due"),
    ],
)
async def test_a_wish_for_a_call_back_is_followed(
    sql_store: SqlStore, due_in: timedelta, again: Disposition | None, fate: str
):
    await started(sql_store, 1)
    call = await opened(sql_store)
    await sql_store.keep_callback(call.call_id, NOON + due_in, NOON + MINUTE)
    later: datetime = NOON + timedelta(minutes=30)
    await ended(
        sql_store,
        call,
        Disposition.CALLBACK,
        next_at=later,
        answered_at=NOON,
        callback=True,
    )
    if again is not None:
        second = await opened(sql_store, "call-2", at=later)
        up = None if again is Disposition.BUSY else later
        await ended(sql_store, second, again, next_at=later + HOUR, answered_at=up)
    counted = await sql_store.read(results.tallies, SURVEY, NOON + MINUTE)
    assert counted.callbacks == CallbackCounts(1, **{fate: 1})


async def test_a_wish_of_somebody_who_is_done_is_given_up(sql_store: SqlStore):
    await started(sql_store, 1)
    call = await opened(sql_store)
    await sql_store.keep_callback(call.call_id, NOON, NOON)
    await ended(sql_store, call, Disposition.CALLBACK, answered_at=NOON, callback=True)
    counted = await sql_store.read(results.tallies, SURVEY, NOON)
    assert counted.callbacks == CallbackCounts(1, given_up=1)


def test_the_invented_campaign_is_the_same_for_a_seed():
    assert make_past(seed=3, people=40).rows == make_past(seed=3, people=40).rows
    assert ListName("villages") in {
        r["name"] for r in make_past(people=1).rows["lists"]
    }
