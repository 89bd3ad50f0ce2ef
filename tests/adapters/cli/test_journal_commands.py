"""dialer.py verify-journal and journal: what was changed by another way is told."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from datetime import UTC, date, datetime

from ivr.cli.journal_heads import HeadsFile
from ivr.core.journal import Head, Root
from tests.adapters.cli.conftest import Office


def edited(office: Office, *statements: str) -> None:
    with closing(sqlite3.connect(office.settings.home / "samvad.db")) as file:
        for statement in statements:
            file.execute(statement)
        file.commit()


def test_an_imported_list_and_a_campaign_are_as_they_were_journaled(office: Office):
    office.with_campaign()
    said = office.dialer("verify-journal")
    assert said.code == 0, said.out
    assert "the record is as it was journaled" in said.out
    assert "people: 3" in said.out


def test_an_edit_is_told_with_its_row_and_its_time(office: Office):
    office.with_campaign()
    office.dialer("do-not-call", "add", "9827012399", "--source", "a letter")
    edited(office, "UPDATE contacts SET name = 'x' WHERE number LIKE '%340'")
    edited(office, "UPDATE do_not_call SET source = 'y'")
    said = office.dialer("verify-journal")
    assert said.code == 1
    for word in ("people", "do_not_call", "changed", f"{datetime.now(UTC):%Y-%m-%d}"):
        assert word in said.out
    assert "9827012399" not in said.out
    told = json.loads(office.dialer("verify-journal", "--json").out)
    assert not told["ok"] and told["wrong"] == 2
    assert {one["table"] for one in told["findings"]} == {"contacts", "do_not_call"}


def test_a_root_that_was_kept_is_looked_for(office: Office):
    office.with_list()
    head = json.loads(office.dialer("journal", "head", "--json").out)["hash"]
    spaced = " ".join(head[i : i + 8] for i in range(0, 64, 8)).upper()
    office.dialer("do-not-call", "add", "9827012399")
    said = office.dialer("verify-journal", "--root", spaced)
    assert said.code == 0 and "in the chain, as entry" in said.out
    said = office.dialer("verify-journal", "--root", "00" * 32)
    assert said.code == 1 and "not in the chain" in said.out
    said = office.dialer("verify-journal", "--root", "12")
    assert said.code == 1 and "64 digits" in said.err


def test_an_end_that_was_cut_off_is_known_from_the_file_beside_the_database(
    office: Office,
):
    office.with_list()
    office.dialer("do-not-call", "add", "9827012399")
    last = json.loads(office.dialer("journal", "head", "--json").out)
    head = Head(last["entries"], last["at"], bytes.fromhex(last["hash"]))
    HeadsFile(office.settings.home).keep(head, [])
    assert office.dialer("verify-journal").code == 0
    edited(
        office,
        "DELETE FROM do_not_call",
        "DELETE FROM journal WHERE seq = (SELECT max(seq) FROM journal)",
        "UPDATE journal_head SET (seq, at, hash) = (SELECT seq, at, hash FROM journal"
        " ORDER BY seq DESC LIMIT 1)",
    )
    said = office.dialer("verify-journal")
    assert said.code == 1 and "not in the chain" in said.out


def test_the_file_of_heads_keeps_roots_and_the_last_head(office: Office):
    file = HeadsFile(office.settings.home)
    assert file.last_day() is None and not file.hashes
    day = date(2026, 11, 24)
    file.keep(Head(7, "", b"\1" * 32), [Root(day, 5, b"\2" * 32)])
    file.keep(Head(9, "", b"\3" * 32), [])
    again = HeadsFile(office.settings.home)
    assert again.last_day() == day
    assert again.hashes == {"02" * 32, "03" * 32}


def test_the_root_of_a_day_is_printed(office: Office):
    office.with_list()
    said = office.dialer("journal", "root")
    assert said.code == 1 and "nothing was journaled" in said.err
    said = office.dialer("journal", "root", "--day", "2999-01-01")
    assert said.code == 1 and "not over" in said.err
    said = office.dialer("journal", "root", "--day", "soon")
    assert said.code == 1 and "is no day" in said.err
