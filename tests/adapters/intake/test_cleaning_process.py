"""A long list is cleaned by a second process, and nobody can tell by the result."""

from __future__ import annotations

import asyncio
import os
import pickle
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing
from multiprocessing.connection import Pipe
from pathlib import Path

import pytest

from ivr.core.new_list import Added, ContactRow
from ivr.errors import BadInput, SetupFailed
from ivr.intake import cleaning_process
from ivr.intake.importer import Summary, import_list
from ivr.intake.plan import ImportPlan
from ivr.intake.rejects import RejectsFile
from ivr.store.intake import SqliteIntake
from ivr.store.open_intake import prepare
from tests.adapters.intake.test_import import planned
from tests.adapters.store.scene import NOON

PEOPLE = [
    [f"राम {i}", str(9827100000 + i % 9_000), "सीहोर" if i % 3 else "कहीं", str(i % 60)]
    for i in range(12_000)
]


@pytest.fixture(autouse=True)
def every_list_is_long(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(cleaning_process, "WORTH_A_PROCESS", 0)
    yield
    assert _cleaners() == []  # whatever happened


def imported(
    folder: Path, plan: ImportPlan, sink_type: type[SqliteIntake] = SqliteIntake
) -> Summary:
    folder.mkdir(exist_ok=True)
    asyncio.run(prepare(f"sqlite:///{folder}/samvad.db"))
    with (
        closing(sink_type(folder / "samvad.db", now=lambda: NOON)) as sink,
        RejectsFile(folder / "rejects.csv") as rejects,
    ):
        return import_list(plan, sink, rejects)


def stored(folder: Path) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(folder / "samvad.db")) as connection:
        return connection.execute("SELECT * FROM contacts").fetchall()


def test_a_second_process_cleans_as_the_first_one_would(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = planned(tmp_path / "list.csv", PEOPLE)
    there = imported(tmp_path / "there", plan)
    monkeypatch.setattr(cleaning_process, "WORTH_A_PROCESS", 1 << 40)
    here = imported(tmp_path / "here", plan)
    assert there == here
    assert there.kept > 5_000
    assert there.mentions.counts["district_unknown"] > 1_000
    assert stored(tmp_path / "there") == stored(tmp_path / "here")
    refused = (tmp_path / "there/rejects.csv").read_bytes()
    assert refused == (tmp_path / "here/rejects.csv").read_bytes()


def test_what_is_wrong_with_the_file_is_told_with_its_place(tmp_path: Path) -> None:
    plan = planned(tmp_path / "list.csv", PEOPLE)
    with open(tmp_path / "list.csv", "ab") as file:
        file.write(b"\xff\xfe broken,9827123456,,\n")
    with pytest.raises(BadInput, match="no UTF-8") as refused:
        imported(tmp_path, plan)
    assert refused.value.where == f"{tmp_path / 'list.csv'}: line 12002"
    assert refused.value.remedy
    assert stored(tmp_path) == []


class KillsTheCleaner(SqliteIntake):
    """A store during whose work the machine runs out of memory."""

    def add(self, rows: Sequence[ContactRow]) -> Added:
        for pid in _cleaners():
            os.kill(pid, signal.SIGKILL)
        return super().add(rows)


class IsStopped(SqliteIntake):
    """A store during whose work somebody presses Ctrl-C."""

    def add(self, rows: Sequence[ContactRow]) -> Added:
        for pid in _cleaners():
            os.kill(pid, signal.SIGINT)  # a terminal tells all of its programs
        super().add(rows)
        raise KeyboardInterrupt


def test_a_cleaner_that_is_killed_ends_the_import_and_leaves_nothing(
    tmp_path: Path,
) -> None:
    plan = planned(tmp_path / "list.csv", PEOPLE)
    with pytest.raises(SetupFailed, match="ended too early, with -9"):
        imported(tmp_path, plan, KillsTheCleaner)
    assert stored(tmp_path) == []


def test_a_cleaner_that_cannot_start_ends_the_import(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cleaning_process, "_PROGRAM", "raise SystemExit(3)")
    with pytest.raises(SetupFailed, match="ended too early, with 3"):
        imported(tmp_path, planned(tmp_path / "list.csv", PEOPLE))


def test_ctrl_c_is_the_first_process_s_alone_and_leaves_nothing(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    plan = planned(tmp_path / "list.csv", PEOPLE)
    with pytest.raises(KeyboardInterrupt):
        imported(tmp_path, plan, IsStopped)
    assert stored(tmp_path) == []
    assert capfd.readouterr().err == ""


def test_a_cleaner_whose_import_was_killed_ends_quietly(tmp_path: Path) -> None:
    receiver, sender = Pipe(duplex=False)
    receiver.close()
    with sender:
        ended = subprocess.run(
            [sys.executable, "-c", cleaning_process._PROGRAM, str(sender.fileno())],
            input=pickle.dumps(planned(tmp_path / "list.csv", PEOPLE)),
            pass_fds=[sender.fileno()],
            cwd=Path(__file__).parents[3],
            stderr=subprocess.PIPE,
            timeout=60,
        )
    assert (ended.returncode, ended.stderr) == (0, b"")


def _cleaners() -> list[int]:
    """Return the second processes of this one, which may have started others too."""
    of_this_thread = Path(f"/proc/self/task/{threading.get_native_id()}/children")
    return [
        int(pid)
        for pid in of_this_thread.read_text().split()
        if b"cleaning_process" in Path(f"/proc/{pid}/cmdline").read_bytes()
    ]
