"""dialer.py as people use it: what it says when all is well, and when it is not."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

import dialer
from ivr.core.model import DeskState, TelecallerId
from ivr.settings.config import PROJECT
from tests.adapters.cli.conftest import CAMPAIGN, MISTAKE, WEB, Office
from tests.fakes.operations import FakeOperations


def every_command() -> Iterator[tuple[str, ...]]:
    def walk(command: Any, path: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
        yield path
        if hasattr(command, "list_commands"):
            for name in command.list_commands(None):
                yield from walk(command.get_command(None, name), (*path, name))

    yield from walk(typer.main.get_command(dialer.app), ())


@pytest.mark.parametrize("command", list(every_command()), ids=" ".join)
def test_every_command_explains_itself(
    office: Office, command: tuple[str, ...]
) -> None:
    said = office.dialer(*command, "--help")
    assert said.code == 0
    assert "Usage: " in said.out
    assert len(said.out.splitlines()) > 5


@pytest.mark.parametrize(
    ("words", "meant"), [(["simulat"], "simulate"), (["bench", "pacin"], "pacing")]
)
def test_a_misspelt_command_is_told_which_was_meant(
    office: Office, words: list[str], meant: str
) -> None:
    said = office.dialer(*words)
    assert said.code == 2
    assert f"Did you mean '{meant}'?" in said.err


def test_a_command_starts_without_what_only_others_need(office: Office) -> None:
    code = "import dialer, sys; print('numpy' in sys.modules, 'aiohttp' in sys.modules)"
    started = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert started.stdout.split() == ["False", "False"]


def test_a_mistake_is_one_line_and_exit_code_1_as_a_process_too(
    office: Office,
) -> None:
    said = office.process("campaign", "start", "nobody")
    assert said.code == 1
    assert said.out == ""
    assert said.err.count("\n") == 1
    assert said.err.startswith("✗ ")


# Files with a typo


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (CAMPAIGN.replace("mode:", "mod:"), ["trial.yaml:6", 'did you mean "mode"']),
        (CAMPAIGN.replace("broadcast", "brodcast"), ["trial.yaml:6", "mode"]),
        (CAMPAIGN.replace("trunk: carrier", "trunk: karrier"), ["karrier", "carrier"]),
        (CAMPAIGN.replace("0100", "0199"), ["caller_id", "confirmed: +917552550100"]),
        (
            CAMPAIGN.replace("short-feedback", "short-feedbak"),
            ["trial.yaml: flow", 'did you mean "short-feedback"'],
        ),
        (
            CAMPAIGN + "centres: [MP.BPL.SEX]\n",
            ["trial.yaml: centres", 'did you mean "MP.BPL.SEH"'],
        ),
        (
            CAMPAIGN + "routing: {skills: [pension]}\n",
            ["trial.yaml: routing, skills", "no telecaller has pension", "none"],
        ),
        (CAMPAIGN + "  : : [", ["trial.yaml:10"]),
        (CAMPAIGN.replace("campaign: trial", "campaign: other"), ["other"]),
        ("", ["trial.yaml"]),
    ],
)
def test_a_typo_in_a_campaign_file_is_told_with_its_place_and_the_remedy(
    office: Office, text: str, told: list[str]
) -> None:
    office.with_list()
    said = office.dialer("campaign", "new", str(office.write("trial.yaml", text)))
    assert said.code == 1
    for part in told:
        assert part in said.err
    assert "(" in said.err
    assert MISTAKE not in said.err


def test_a_campaign_file_that_is_not_there_is_told(office: Office) -> None:
    said = office.dialer("campaign", "new", "no/such.yaml")
    assert said.code == 1
    assert "no/such.yaml" in said.err


def test_a_typo_in_a_flow_file_is_told_by_the_process(office: Office) -> None:
    file = office.write("f.yaml", "flow: f\ntitle: x\nstart: a\nnods: {}\n")
    said = office.process("flow", "check", str(file))
    assert said.code == 1
    assert "f.yaml:4" in said.out + said.err
    assert 'did you mean "nodes"?' in said.out + said.err


def test_settings_with_a_typo_are_told_by_every_command(office: Office) -> None:
    file = office.folder / "samvad.toml"
    file.write_text(file.read_text("utf-8").replace("[web]", "[wep]"), "utf-8")
    for words in (["campaign", "list"], ["why", "x"], ["telecaller", "list"]):
        said = office.dialer(*words)
        assert said.code == 1
        assert "samvad.toml" in said.err
        assert "wep" in said.err


# Campaigns, with no Samvad running


def test_a_campaign_is_made_listed_and_moved_before_samvad_runs(
    office: Office,
) -> None:
    office.with_campaign()
    [row] = json.loads(office.dialer("campaign", "list", "--json").out)
    assert (row["campaign"], row["state"], row["undone"]) == ("trial", "draft", 3)
    assert "जाँच [bold]" in office.dialer("campaign", "list").out
    said = office.dialer("campaign", "start", "trial")
    assert said.code == 0
    assert "trial is running" in said.out
    assert "it dials after `dialer.py up`" in said.out
    assert "trial is paused" in office.dialer("campaign", "pause", "trial").out
    assert "trial is running" in office.dialer("campaign", "resume", "trial").out
    assert "trial is stopped" in office.dialer("campaign", "stop", "trial").out
    said = office.dialer("campaign", "resume", "trial")
    assert said.code == 1
    assert "possible now: start" in said.err


def test_a_campaign_plays_a_flow_that_was_published_here(office: Office) -> None:
    shipped = (PROJECT / "config/flows/short-feedback.yaml").read_text("utf-8")
    path = office.settings.home / "flows/drawn.yaml"
    path.parent.mkdir(parents=True)
    path.write_text(shipped.replace("flow: short-feedback", "flow: drawn"), "utf-8")
    office.with_campaign()
    file = office.folder / "trial.yaml"
    said = file.read_text("utf-8").replace("flow: short-feedback", "flow: drawn")
    file.write_text(said, "utf-8")
    made = office.dialer("campaign", "new", str(file))
    assert made.code == 0, made.err


def test_a_second_new_adds_only_new_people(office: Office) -> None:
    office.with_campaign()
    said = office.dialer("campaign", "new", str(office.folder / "trial.yaml"))
    assert "0 people taken into the queue" in said.out


@pytest.mark.parametrize(
    "words",
    [
        ("campaign", "start", "nobody"),
        ("campaign", "pause", "nobody"),
        ("why", "nobody"),
        ("report", "nobody"),
    ],
)
def test_an_unknown_campaign_is_told_with_where_the_known_ones_are(
    office: Office, words: tuple[str, ...]
) -> None:
    office.with_campaign()
    said = office.dialer(*words)
    assert said.code == 1
    assert "there is no campaign 'nobody'" in said.err
    assert "campaign list" in said.err or "known: trial" in said.err


@pytest.mark.parametrize(
    "words",
    [
        ("telecaller", "login", "tc-101"),
        ("telecaller", "list"),
        ("campaign", "status"),
    ],
)
def test_what_needs_a_running_samvad_says_how_to_start_it(
    office: Office, words: tuple[str, ...]
) -> None:
    said = office.dialer(*words)
    assert said.code == 1
    assert "Samvad is not running. Start it with: dialer.py up" in said.err


# Why, and what became of it


def test_why_tells_the_gates_and_the_one_thing_in_the_way(office: Office) -> None:
    office.with_campaign()
    answer = json.loads(office.dialer("why", "trial", "--json").out)
    assert answer["in_lists"] == 3
    assert answer["gates"]["due_now"] == 3
    assert answer["state"] == "draft"
    assert answer["holding_back"].endswith("the campaign is not running")
    said = office.dialer("why", "trial")
    assert said.code == 0
    assert "जाँच [bold]" in said.out
    assert answer["holding_back"].split(" | ")[1] in said.out


def test_why_says_that_samvad_is_not_running(office: Office) -> None:
    office.with_campaign()
    office.dialer("campaign", "start", "trial")
    answer = json.loads(office.dialer("why", "trial", "--json").out)
    assert answer["because"] == "Samvad is not running: dialer.py up"


@pytest.mark.parametrize("form", ["table", "csv", "json"])
def test_a_report_of_odd_names_harms_nobody(office: Office, form: str) -> None:
    office.with_campaign()
    said = office.dialer("report", "trial", "--format", form)
    assert said.code == 0
    assert said.out


# Lists


def test_a_list_needs_an_honest_origin(office: Office) -> None:
    file = office.write("people.csv", "नाम,मोबाइल\nराम,9827012340\n")
    words = ["import", str(file), "--list", "people"]
    said = office.dialer(*words, "--origin", "x")
    assert said.code == 1
    assert "origin" in said.err
    said = office.dialer(*words)
    assert said.code == 2
    assert "--origin" in said.err


# Schemas


def test_the_schemas_in_the_repository_are_current(
    office: Office, tmp_path: Path
) -> None:
    folder = tmp_path / "new" / "schema"
    said = office.dialer("schema", "--folder", str(folder))
    assert said.code == 0
    shipped = Path("config/schema")
    names = {file.name for file in folder.iterdir()}
    assert names == {file.name for file in shipped.iterdir()}
    for name in names:
        assert (folder / name).read_text("utf-8") == (shipped / name).read_text("utf-8")


# Do-not-call


def test_numbers_are_added_checked_and_listed_without_samvad(office: Office) -> None:
    numbers = ["९८२७० १२३४०", "+91 98270-12341"]
    said = office.dialer("do-not-call", "add", *numbers, "--source", "पत्र [x]")
    assert said.code == 0
    assert "2 numbers are on do-not-call" in said.out
    words = ["do-not-call", "check", "9827012340", "9827012349"]
    rows = json.loads(office.dialer(*words, "--json").out)
    assert [row["do_not_call"] for row in rows] == [True, False]
    said = office.dialer(*words)
    assert "98•••••340  on do-not-call" in said.out
    assert "98•••••349  not on the list" in said.out
    said = office.dialer("do-not-call", "list")
    assert "98•••••341" in said.out
    assert "9827012341" not in said.out
    assert "पत्र [x]" in said.out
    told = json.loads(office.dialer("do-not-call", "list", "--json").out)
    assert {row["number"] for row in told} == {"+919827012340", "+919827012341"}


def test_one_bad_number_adds_none(office: Office) -> None:
    said = office.dialer("do-not-call", "add", "9827012340", "98270")
    assert said.code == 1
    assert "'98270' is no number" in said.err
    assert "Nobody has asked" in office.dialer("do-not-call", "list").out


def test_a_file_of_numbers_is_added_and_its_bad_lines_are_told(office: Office) -> None:
    file = office.write(
        "stop.txt", "9827012340\n\n# by letter\n98270 12340 # again\nhello\n"
    )
    said = office.dialer("do-not-call", "import", str(file))
    assert said.code == 1
    assert "stop.txt:5: is no number" in said.err
    assert "1 numbers are on do-not-call" in said.out


def test_with_samvad_running_numbers_go_through_it_so_that_calls_drop(
    office: Office, running: FakeOperations
) -> None:
    said = office.dialer("do-not-call", "add", "9827012340", "--source", "letter")
    assert said.code == 0
    assert running.opted_out == [("+919827012340", "letter")]


# With Samvad running


def test_a_telecaller_s_day_from_a_terminal(
    office: Office, running: FakeOperations
) -> None:
    said = office.dialer("telecaller", "login", "tc-101")
    assert said.code == 0
    assert "(tc-101): ready" in said.out
    assert running.desk(TelecallerId("tc-101")).phone == "softphone"
    assert "paused" in office.dialer("telecaller", "pause", "tc-101", "चाय [/]").out
    assert "चाय [/]" in office.dialer("telecaller", "list").out
    assert "ready" in office.dialer("telecaller", "ready", "tc-101").out
    said = office.dialer("telecaller", "outcome", "tc-101", "c-1", "resolved")
    assert said.code == 1
    assert "this call was not at your desk" in said.err
    running.set_last_call("tc-101", "c-1")
    said = office.dialer("telecaller", "outcome", "tc-101", "c-1", "resolved")
    assert said.code == 0
    assert running.outcomes == [("c-1", "resolved", "")]
    said = office.dialer("telecaller", "login", "tc-999")
    assert said.code == 1
    assert "known: tc-101, tc-102" in said.err
    said = office.dialer("telecaller", "login", "../campaigns")
    assert said.code == 1
    assert running.desk(TelecallerId("tc-101")).state is DeskState.READY


def test_a_campaign_is_moved_through_the_running_samvad(
    office: Office, running: FakeOperations
) -> None:
    said = office.dialer("campaign", "start", "demo")
    assert "demo is running; to do: 3" in said.out
    assert "demo" in office.dialer("campaign", "status").out
    said = office.dialer("campaign", "resume", "nobody")
    assert said.code == 1
    assert "no campaign" in said.err


def test_another_program_on_the_port_is_told_not_crashed_on(office: Office) -> None:
    with socket.create_server(("127.0.0.1", WEB)) as server:
        server.settimeout(10)

        def greet() -> None:
            connection, _ = server.accept()
            connection.recv(65536)
            connection.sendall(b"220 mail.example ready\r\n")
            connection.close()

        thread = threading.Thread(target=greet)
        thread.start()
        said = office.dialer("telecaller", "list")
        thread.join(10)
    assert said.code == 1
    assert "[web] port" in said.err
