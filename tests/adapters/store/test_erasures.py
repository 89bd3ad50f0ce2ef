"""Erasing a person for good, on both databases, with the vault's real keys."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import Connection, insert, select, update

from ivr.controller.erasures import Done, Erasures, Terms
from ivr.core.call import Call
from ivr.core.erasure import QUIET, Erasure, ErasureState, NumberKey
from ivr.core.model import Answer, ContactId, Disposition, NodeId, PhoneNumber
from ivr.core.new_list import ContactRow, ListCounts, NewList
from ivr.core.origin import OriginKind
from ivr.errors import BadInput, CannotOpen, SetupFailed
from ivr.store.engine import open_store
from ivr.store.erasure_tables import erased_numbers, erasures
from ivr.store.journal_verify import verify
from ivr.store.open_intake import open_intake, prepare
from ivr.store.opinion_tables import spoken_notes
from ivr.store.opt_out_ledger import ErasedNumber, forget
from ivr.store.opt_outs import agree
from ivr.store.people import add_contacts
from ivr.store.program_tables import webhook_outbox, webhooks
from ivr.store.schema import metadata
from ivr.store.sql_erasures import SqlErasures
from ivr.store.store import SqlStore
from ivr.store.tables import answers, attempts, lists
from ivr.store.user_tables import audit_log
from ivr.vault.erased import ErasedPeople
from ivr.vault.vault import Vault, vault_of
from tests.adapters.store.scene import (
    ASHA,
    CENTRE,
    DAY,
    FLOW,
    NOON,
    SURVEY,
    VILLAGE,
    campaign,
    ended,
    opened,
    person,
    started,
)
from tests.fakes.spoken_files import put_sealed, recordings_in
from tests.fakes.switch import FakeClock

KEY = NumberKey("a secret of this installation")
NUMBER = PhoneNumber("+919827100000")
SECOND = PhoneNumber("+919827199999")
SAID = "call-1-2.wav"
SECRETS = (
    "9827100000", "9827199999", "सीता देवी", "राशन कार्ड 42", "462001",
    "घर का पता", "पानी नहीं आता", "call-1-2.wav",
)  # fmt: skip


@dataclass
class Office:
    store: SqlStore
    erasures: Erasures
    vault: Vault
    clock: FakeClock
    barred: list[str]

    async def erase(self) -> Erasure:
        return await self.erasures.request(
            NUMBER, "पत्र से", by="anil", centre=CENTRE.code
        )

    async def everything(self) -> str:
        """Return every row of every table, as text."""

        def rows(connection: Connection) -> str:
            found = [
                [dict(row) for row in connection.execute(select(table)).mappings()]
                for table in metadata.tables.values()
            ]
            return json.dumps(found, default=str, ensure_ascii=False)

        return await self.store.read(rows)


@pytest.fixture
async def office(database_url: str, tmp_path: Path) -> AsyncIterator[Office]:
    clock = FakeClock(NOON + timedelta(hours=3))
    vault = vault_of(tmp_path / "home")
    put_sealed(recordings_in(tmp_path / "home"), SAID)
    async with await open_store(database_url, erased=KEY) as store:
        barred: list[str] = []

        async def bar(number: str, source: str) -> None:
            barred.append(number)
            await store.keep_opt_out(PhoneNumber(number), clock.now(), source, None)

        erasures = Erasures(
            SqlErasures(store, KEY),
            ErasedPeople(vault),
            clock,
            bar=bar,
            terms=Terms(),
        )
        await _a_life(store)
        yield Office(store, erasures, vault, clock, barred)


async def _a_life(store: SqlStore) -> Call:
    """Let one person be in a list, be called, and tell us things."""
    sita = person(0, fields={"address": "घर का पता"}, centre=CENTRE.code)
    sita = replace(sita, name="सीता देवी", alt_number=SECOND)
    other = replace(person(1), alt_number=NUMBER)
    await store.upsert_people([CENTRE], [ASHA])
    await started(store, [sita, other])
    call = await opened(store)
    assert call.number == NUMBER
    said = [
        ("key", "1", "yes"),
        ("speech", SAID, "1.0 s"),
        ("digits", "462001", "462001"),
        ("rating", "4", "4"),
        ("telecaller", "राशन कार्ड 42", "राशन कार्ड 42"),
    ]
    for seq, (kind, value, meaning) in enumerate(said, 1):
        await store.keep_answer(
            Answer(call.call_id, seq, NodeId("n"), kind, value, True, meaning, NOON)
        )
    await store.keep_conversation(call.call_id, ASHA.telecaller_id, NOON, NOON)
    await store.keep_outcome(
        call.call_id, ASHA.telecaller_id, "done", "राशन कार्ड 42", NOON
    )
    await store.change(_note_and_tell, call)
    await ended(store, replace(call, place="462001"), Disposition.TALKED)
    return call


def _note_and_tell(connection: Connection, call: Call) -> None:
    note = {"call_id": call.call_id, "seq": 2, "at": NOON, "noted_by": "anil"}
    connection.execute(insert(spoken_notes), note | {"note": "पानी नहीं आता"})
    hook = {
        "hook_id": "h1", "name": "CRM", "url": "https://a.example", "user_id": "anil",
        "centre": CENTRE.code, "kinds": "call_ended", "has_numbers": True,
        "made_at": NOON, "is_active": True,
    }  # fmt: skip
    connection.execute(insert(webhooks), hook)
    told = {
        "hook_id": "h1", "event_id": "e1", "kind": "call_ended", "made_at": NOON,
        "body": json.dumps({"number": call.number}), "next_at": NOON,
    }  # fmt: skip
    connection.execute(insert(webhook_outbox), told)


async def test_an_erased_person_is_in_no_table_any_more(office: Office):
    before = await office.everything()
    assert all(secret in before for secret in SECRETS)
    wish = await office.erase()
    assert wish.state is ErasureState.MASKED
    after = await office.everything()
    # The request itself says only what a list of requests shows.
    assert wish.shown in after
    # A recording's name says nothing of its person, and is needed in the end.
    assert [secret for secret in SECRETS if secret in after] == [SAID]
    assert office.barred == [NUMBER]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_nothing_of_them_is_left_in_the_databases_file(
    office: Office, tmp_path: Path
):
    await office.erase()
    await office.store.close()  # what the write-ahead file has goes with it
    raw = (tmp_path / "samvad.db").read_bytes()
    left = [secret for secret in SECRETS if secret.encode() in raw]
    assert left == [SAID]


async def test_who_is_masked_by_two_processes_at_once_is_sealed_once(office: Office):
    wish = await office.erase()
    store = SqlErasures(office.store, KEY)
    again = replace(wish, state=ErasureState.ASKED)
    seal = partial(ErasedPeople(office.vault).seal, wish.paper)
    assert await store.mask(again, NUMBER, seal, office.clock.now()) == ()
    told = await office.erasures.opened(wish.request_id)
    assert "सीता देवी" in json.dumps(told, ensure_ascii=False)


async def test_the_journal_agrees_with_every_erasure(office: Office):
    assert not (await found_in_the_journal(office))
    await office.erase()
    assert not (await found_in_the_journal(office))
    office.clock.move(minutes=60 * 24 * 401)
    assert await office.erasures.run_once() == Done(ended=1, calls=1)
    assert not (await found_in_the_journal(office))


async def found_in_the_journal(office: Office) -> object:
    return (await office.store.read(verify)).findings


async def test_answers_stay_to_be_counted_and_are_nobodys(office: Office):
    await office.erase()
    kept = await office.store.answers_of("call-1")  # type: ignore[arg-type]
    assert [(a.kind, a.value, a.meaning) for a in kept] == [
        ("key", "1", "yes"),
        ("speech", "", ""),
        ("digits", "", ""),
        ("rating", "4", "4"),
        ("telecaller", "", ""),
    ]
    [(call, _)] = await office.store.calls_of(SURVEY)
    contact = await office.store.contact(ContactId(call.contact_id))
    assert (contact.name, contact.fields, contact.alt_number) == ("", {}, None)
    assert contact.centre == CENTRE.code
    assert call.number == contact.number == "+912000000001"


async def test_nobody_dials_an_erased_person_in_any_campaign(office: Office):
    await office.erase()
    for name in (SURVEY, "later"):
        the_campaign = campaign(name)  # type: ignore[arg-type]
        await office.store.save_campaign(the_campaign, FLOW, "", NOON)
        await office.store.enrol(the_campaign, NOON)
        due = await office.store.claim_due(the_campaign.campaign_id, 10, NOON + DAY)
        assert all(
            one.on_do_not_call for one in due if one.contact.number != person(1).number
        )
    assert await office.store.is_do_not_call(NUMBER)


async def test_no_list_brings_an_erased_person_back(office: Office, database_url: str):
    await office.erase()
    asked = ContactRow(NUMBER, None, "सीता", "", None, "", "", "hi", "{}")
    friend = asked._replace(number=PhoneNumber("+919827100077"), alt_number=NUMBER)

    def bring_in() -> None:
        erased = asyncio.run(prepare(database_url, KEY))
        intake = open_intake(database_url, now=lambda: NOON, erased=erased)
        with closing(intake) as sink:
            sink.begin(NewList("again", "members", OriginKind.OWN_MEMBERS))  # type: ignore[arg-type]
            added = sink.add([asked, friend])
            assert (added.erased, added.duplicates) == ({NUMBER}, frozenset())
            sink.finish(ListCounts(2, 1, 1, 0, 0))

    await asyncio.to_thread(bring_in)
    assert await office.store.add_contacts(VILLAGE, "x", NOON, [person(0)]) == 0
    assert "9827100000" not in await office.everything()


async def test_a_row_that_came_back_by_other_ways_is_not_dialled(office: Office):
    """As from an older backup: it is judged by its hash when it is claimed."""
    await office.erase()
    office.store.erased = None
    with pytest.raises(SetupFailed, match="key"):
        await office.store.add_contacts(VILLAGE, "x", NOON, [person(0)])
    office.store.erased = KEY

    def put_back(connection: Connection) -> None:
        add_contacts(connection, VILLAGE, "x", NOON, [person(0)])

    await office.store.change(put_back)
    await office.store.enrol(campaign(), NOON)
    due = await office.store.claim_due(SURVEY, 10, NOON + DAY)
    barred = {one.contact.number: one.on_do_not_call for one in due}
    assert barred[NUMBER] is True
    assert barred[person(1).number] is False


async def test_who_an_older_backup_brings_back_is_erased_anew(
    office: Office, tmp_path: Path
):
    """The restored database has them as they were; the ledger knows their hash."""
    ledger = tmp_path / "ledger"
    forget(ledger, lambda _one: False, [ErasedNumber(KEY.of(NUMBER), KEY.key_id, NOON)])
    assert (await office.erasures.run_once()).again == 0
    await agree(office.store, ledger)
    done = await office.erasures.run_once()
    assert (done.again, done.masked) == (1, 0)  # masked with the request itself
    after = await office.everything()
    assert [secret for secret in SECRETS if secret in after] == [SAID]
    [wish] = await office.erasures.listed(None)
    assert (wish.asked_by, wish.centre) == ("samvad", CENTRE.code)
    assert (await office.erasures.run_once()).again == 0


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_another_key_dials_nobody_and_takes_no_list_in(
    office: Office, database_url: str
):
    await office.erase()
    with pytest.raises(SetupFailed, match="erased-numbers"):
        await open_store(database_url, erased=NumberKey("lost and made anew"))
    with pytest.raises(SetupFailed, match="erased-numbers"):
        await prepare(database_url)
    office.store.erased = None
    with pytest.raises(SetupFailed):
        await office.store.claim_due(SURVEY, 10, NOON + DAY)


async def test_the_paper_tells_all_and_opens_the_recordings(office: Office):
    whole = office.vault.recordings.read(SAID)
    wish = await office.erase()
    assert not office.vault.recordings.is_there(SAID)
    told = await office.erasures.opened(wish.request_id)
    text = json.dumps(told, ensure_ascii=False)
    assert all(secret in text for secret in SECRETS)
    assert list(told["keys_of_recordings"]) == [SAID]  # type: ignore[call-overload]
    assert whole.startswith(b"RIFF")
    with pytest.raises(BadInput):
        await office.erasures.opened(wish.request_id + 1)


async def test_after_a_year_the_keys_are_destroyed(office: Office):
    wish = await office.erase()
    sealed = await office.store.read(_sealed)
    office.clock.move(minutes=60 * 24 * 364)
    assert (await office.erasures.run_once()).ended == 0
    office.clock.move(minutes=60 * 24 * 2)
    assert (await office.erasures.run_once()).ended == 1
    [done] = await office.erasures.listed(None)
    assert (done.state, done.shown, done.recordings) == (ErasureState.DONE, "", ())
    assert not list(office.vault.recordings.folder.glob("*.sealed"))
    with pytest.raises(BadInput):
        await office.erasures.opened(wish.request_id)
    with pytest.raises(CannotOpen):  # nor what a backup has of it
        ErasedPeople(office.vault).open(wish.paper, sealed)
    assert await office.store.is_do_not_call(NUMBER)  # for ever


def _sealed(connection: Connection) -> str:
    return str(connection.execute(select(erasures.c.sealed)).scalar_one())


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("what", ["a call goes on", "notes may come", "a list comes"])
async def test_who_is_on_a_call_is_masked_when_it_is_over(office: Office, what: str):
    def make_busy(connection: Connection) -> None:
        if what == "a list comes":
            row = {"name": "new", "origin": "x", "state": "importing"}
            at = office.clock.now() - timedelta(hours=1)
            connection.execute(insert(lists), row | {"imported_at": at})
            return
        live = what == "a call goes on"
        at = office.clock.now() - QUIET / 2
        values = {"disposition": None} if live else {"ended_at": at}
        connection.execute(update(attempts).values(values))

    await office.store.change(make_busy)
    wish = await office.erase()
    assert wish.state is ErasureState.ASKED
    assert await office.store.is_do_not_call(NUMBER)  # that is at once
    again = await office.erase()
    assert again.request_id == wish.request_id

    def is_over(connection: Connection) -> None:
        connection.execute(update(attempts).values(disposition="talked", ended_at=NOON))
        connection.execute(update(lists).values(state="ready"))

    await office.store.change(is_over)
    assert (await office.erasures.run_once()).masked == 1
    assert "सीता देवी" not in await office.everything()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("where", ["prepare", "close_recordings"])
async def test_a_crash_between_two_steps_is_finished_later(
    office: Office, where: str, monkeypatch: pytest.MonkeyPatch
):
    def crash(*_args: object) -> None:
        raise OSError(5, "crash")

    with monkeypatch.context() as patch:
        patch.setattr(ErasedPeople, where, crash)
        with pytest.raises(OSError, match="crash"):
            await office.erase()
    await office.erasures.run_once()
    assert [secret for secret in SECRETS if secret in await office.everything()] == [
        SAID
    ]
    assert not office.vault.recordings.is_there(SAID)
    [wish] = await office.erasures.listed(None)
    assert (await office.erasures.opened(wish.request_id))["number"] == NUMBER


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_an_erasure_needs_a_reason(office: Office):
    with pytest.raises(BadInput, match="reason"):
        await office.erasures.request(NUMBER, " ", by="anil", centre=None)
    assert office.barred == []


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_number_that_is_in_no_list_can_be_erased_too(office: Office):
    nobody = PhoneNumber("+919827155555")
    wish = await office.erasures.request(nobody, "फ़ोन", by="anil", centre=CENTRE.code)
    assert (wish.state, wish.centre) == (ErasureState.MASKED, CENTRE.code)
    assert await office.store.is_do_not_call(nobody)
    assert await office.store.read(_count_hashes) == 1


def _count_hashes(connection: Connection) -> int:
    return len(connection.execute(select(erased_numbers)).all())


# What was kept for long enough


async def test_calls_and_audit_lines_end_after_their_time_and_not_before(
    office: Office,
):
    def note(connection: Connection) -> None:
        for at in (NOON, NOON + 300 * DAY):
            row = {"at": at, "user_id": "anil", "action": "signed_in", "detail": {}}
            connection.execute(insert(audit_log), row)

    def count(connection: Connection) -> tuple[int, int, int]:
        tables = (attempts, answers, audit_log)
        a, b, c = (len(connection.execute(select(t)).all()) for t in tables)
        return a, b, c

    await office.store.change(note)
    office.clock.move(minutes=60 * 24 * 399)
    assert await office.erasures.run_once() == Done()
    assert await office.store.read(count) == (1, 5, 2)
    office.clock.move(minutes=60 * 24 * 2)
    assert await office.erasures.run_once() == Done(audit=1, calls=1)
    assert await office.store.read(count) == (0, 0, 1)
    assert not office.vault.recordings.is_there(SAID)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_an_open_call_is_never_purged(office: Office):
    def reopen(connection: Connection) -> None:
        connection.execute(update(attempts).values(disposition=None))

    await office.store.change(reopen)
    office.clock.move(minutes=60 * 24 * 500)
    assert (await office.erasures.run_once()).calls == 0
