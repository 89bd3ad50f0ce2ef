"""The kill switch at the command line, with a running Samvad and without."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing

import pytest

from ivr.core.dial_stops import LONGEST_WHY, StopScope
from tests.adapters.cli.conftest import Office
from tests.fakes.operations import FakeOperations

WHY = ("--why", "ग़लत संदेश")


def test_a_running_samvad_is_asked(office: Office, running: FakeOperations) -> None:
    said = office.dialer("dialling", "stop", "--all", *WHY)
    assert said.code == 0, said.err
    (stop,) = running.floor.stops()
    assert (stop.scope, stop.by, stop.why) == (StopScope.ALL, "dialer.py", WHY[1])
    said = office.dialer("dialling", "resume", stop.stop_id)
    assert said.code == 0, said.err
    assert running.floor.stops() == []


def test_without_samvad_it_is_written_for_the_next_start(office: Office) -> None:
    office.with_campaign()
    said = office.dialer("dialling", "stop", "--campaign", "trial", *WHY)
    assert "is not running" in said.out
    (stop,) = json.loads(office.dialer("dialling", "list", "--json").out)
    assert (stop["scope"], stop["about"], stop["why"]) == ("campaign", "trial", WHY[1])
    assert WHY[1] in office.dialer("dialling", "list").out
    why = json.loads(office.dialer("why", "trial", "--json").out)
    assert WHY[1] in why["stopped"]
    assert office.dialer("dialling", "resume", stop["stop_id"]).code == 0
    assert office.dialer("dialling", "list").out.strip() == "Nothing is stopped."
    assert office.dialer("dialling", "resume", stop["stop_id"]).code == 1


def test_without_samvad_it_is_in_the_audit_log_too(office: Office) -> None:
    office.with_campaign()
    office.dialer("dialling", "stop", "--centre", "MP.BPL.SEH", *WHY)
    (stop,) = json.loads(office.dialer("dialling", "list", "--json").out)
    office.dialer("dialling", "resume", stop["stop_id"])
    with closing(sqlite3.connect(office.settings.home / "samvad.db")) as database:
        found = database.execute(
            "SELECT action, about, centre, user_id, detail FROM audit_log"
            " WHERE action LIKE 'dialling_%' ORDER BY entry_id"
        ).fetchall()
    about = ("centre MP.BPL.SEH", "MP.BPL.SEH", "dialer.py")
    assert [row[:4] for row in found] == [
        ("dialling_stopped", *about),
        ("dialling_resumed", *about),
    ]
    assert json.loads(found[0][4])["why"] == WHY[1]


def test_without_samvad_a_stop_says_why_as_well(office: Office) -> None:
    office.with_campaign()
    said = office.dialer("dialling", "stop", "--all", "--why", "  ")
    assert said.code == 1
    assert "say why" in said.err
    office.dialer("dialling", "stop", "--all", "--why", "क" * 500)
    (stop,) = json.loads(office.dialer("dialling", "list", "--json").out)
    assert len(stop["why"]) == LONGEST_WHY


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("--all", "--campaign", "trial"),
        ("--campaign", "nobody"),
        ("--centre", "XX"),
    ],
)
def test_what_cannot_be_stopped_is_said(office: Office, words: tuple[str, ...]) -> None:
    said = office.dialer("dialling", "stop", *words, *WHY)
    assert said.code == 1
    assert "✗" in said.err


def test_why_can_be_asked_for_a_centres_people(office: Office) -> None:
    office.with_campaign()
    whole = json.loads(office.dialer("why", "trial", "--json").out)
    none = json.loads(
        office.dialer("why", "trial", "--centre", "MP.BPL.SEH", "--json").out
    )
    assert whole["in_lists"] > 0
    assert none["in_lists"] <= whole["in_lists"]
    assert office.dialer("why", "trial", "--centre", "XX").code == 1
