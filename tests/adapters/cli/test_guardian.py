"""A controller that ends, hangs or is changed: what its guardian does."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ivr.settings.config import PROJECT

GUARDIAN = """
import sys
from pathlib import Path
from ivr.cli.guardian import Guardian
words = [sys.executable, *sys.argv[2:]]
sys.exit(Guardian(words, Path.cwd(), hung_s=float(sys.argv[1])).run())
"""
# A controller that notes what happens to it, and does what its folder asks for.
WORKER = """
import asyncio, os, signal, sys, time
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from ivr.cli.guarded import LOADED, UP, Guarded

async def main():
    folder = Path(sys.argv[1])
    guarded = Guarded()
    def note(what):
        with (folder / "notes").open("a") as notes:
            notes.write(f"{what} {os.getpid()}\\n")
    if (folder / "broken").exists():
        sys.exit(3)
    if guarded.stands_by:
        note("stands by")
    guarded.say(LOADED)
    if guarded.stands_by:
        while not (folder / "free").exists():
            await asyncio.sleep(0.01)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, stop.set)
    loop.add_signal_handler(signal.SIGINT, stop.set)
    def hand_over():
        note("hands over")
        (folder / "free").touch()
        stop.set()
    loop.add_signal_handler(signal.SIGUSR1, hand_over)
    if (folder / "slow").exists():
        note("starts")
        await asyncio.sleep(60)
    guarded.say(UP)
    note("up")
    async with guarded.beating():
        await stop.wait()
    note("ends")

asyncio.run(main())
"""
# The controller itself, whose parts take their time to close.
SLOW_TO_CLOSE = """
import asyncio, contextlib, sys
from pathlib import Path
from types import SimpleNamespace
sys.path.insert(0, sys.argv[2])
from ivr.cli import working

@contextlib.asynccontextmanager
async def slow(*given, **options):
    async def drain(limit):
        return None
    router = SimpleNamespace(count=lambda: 0)
    yield SimpleNamespace(
        running=SimpleNamespace(router=router, drain=drain),
        settings=SimpleNamespace(timeouts=SimpleNamespace(drain_s=1)),
    )
    await asyncio.sleep(4.5)
    (Path(sys.argv[1]) / "notes").write_text("ends 0\\n")

working.open_system = slow
web = SimpleNamespace(host="127.0.0.1", port=1)
settings = SimpleNamespace(web=web, home="nowhere")
asyncio.run(working.work_until_stopped(settings))
"""


class Guarded:
    """A guardian in a process of its own."""

    def __init__(
        self, folder: Path, hung_s: float = 20.0, program: str = WORKER
    ) -> None:
        self.folder = folder
        worker = folder / "worker.py"
        worker.write_text(program)
        words = [sys.executable, "-c", GUARDIAN, str(hung_s)]
        words += [str(worker), str(folder), str(PROJECT)]
        with (folder / "said").open("wb") as said:
            self.process = subprocess.Popen(
                words, cwd=PROJECT, stdout=said, stderr=said
            )

    def notes(self) -> list[tuple[str, int]]:
        file = self.folder / "notes"
        lines = file.read_text().splitlines() if file.exists() else []
        return [(what, int(pid)) for what, _, pid in (x.rpartition(" ") for x in lines)]

    def pids(self, what: str) -> list[int]:
        return [pid for noted, pid in self.notes() if noted == what]

    def said(self) -> str:
        return (self.folder / "said").read_text()


def until(condition: Callable[[], object], within_s: float = 30.0) -> None:
    deadline = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.fixture
def guarded(tmp_path: Path) -> Iterator[Guarded]:
    one = Guarded(tmp_path)
    until(lambda: one.pids("up"))
    yield one
    one.process.kill()
    one.process.wait()


def test_one_that_is_killed_is_started_again(guarded: Guarded) -> None:
    [first] = guarded.pids("up")
    os.kill(first, signal.SIGKILL)
    until(lambda: len(guarded.pids("up")) == 2)
    guarded.process.send_signal(signal.SIGTERM)
    assert guarded.process.wait(10) == 0
    assert guarded.pids("ends") == guarded.pids("up")[1:]
    assert "started again" in guarded.said()


def test_one_that_takes_its_time_to_close_does_not_hang(tmp_path: Path) -> None:
    guarded = Guarded(tmp_path, hung_s=3.0, program=SLOW_TO_CLOSE)
    try:
        until(lambda: "Samvad is up" in guarded.said())
        guarded.process.send_signal(signal.SIGTERM)
        assert guarded.process.wait(20) == 0
        assert guarded.notes() == [("ends", 0)]
        assert "hangs" not in guarded.said()
    finally:
        guarded.process.kill()


def test_one_that_hangs_is_ended_and_started_again(tmp_path: Path) -> None:
    guarded = Guarded(tmp_path, hung_s=1.0)
    try:
        until(lambda: guarded.pids("up"))
        [first, *_] = guarded.pids("up")
        os.kill(first, signal.SIGSTOP)
        until(lambda: len(guarded.pids("up")) >= 2)
        assert not Path(f"/proc/{first}").exists()
        assert "hangs" in guarded.said()
    finally:
        guarded.process.kill()
        guarded.process.wait()


def test_one_that_stands_still_soon_after_the_start_is_not_given_more_time(
    tmp_path: Path,
) -> None:
    guarded = Guarded(tmp_path, hung_s=3.0)
    try:
        for number in (1, 2):
            until(lambda n=number: len(guarded.pids("up")) == n)  # type: ignore[misc]
            last = guarded.pids("up")[-1]
            time.sleep(0.5)  # it beats
            os.kill(last, signal.SIGSTOP)
            until(lambda p=last: not Path(f"/proc/{p}").exists(), within_s=5.5)  # type: ignore[misc]
    finally:
        guarded.process.kill()
        guarded.process.wait()


def test_one_that_stands_still_as_it_starts_is_ended_and_a_slow_one_is_not(
    tmp_path: Path,
) -> None:
    guarded = Guarded(tmp_path, hung_s=3.0)
    try:
        until(lambda: guarded.pids("up"))
        (tmp_path / "slow").touch()
        os.kill(guarded.pids("up")[0], signal.SIGKILL)
        until(lambda: guarded.pids("starts"))
        time.sleep(4.0)
        assert len(guarded.pids("starts")) == 1
        os.kill(guarded.pids("starts")[0], signal.SIGSTOP)
        until(lambda: len(guarded.pids("starts")) == 2)
    finally:
        guarded.process.kill()
        guarded.process.wait()


def test_it_is_changed_for_a_new_one_that_had_loaded_before(guarded: Guarded) -> None:
    guarded.process.send_signal(signal.SIGHUP)
    until(lambda: len(guarded.pids("up")) == 2)
    until(lambda: len(guarded.notes()) == 5)
    whats = [what for what, _ in guarded.notes()]
    assert whats[:3] == ["up", "stands by", "hands over"]
    assert sorted(whats[3:]) == ["ends", "up"]
    guarded.process.send_signal(signal.SIGINT)
    assert guarded.process.wait(10) == 0


def test_a_new_one_that_does_not_load_changes_nothing(guarded: Guarded) -> None:
    (guarded.folder / "broken").touch()
    guarded.process.send_signal(signal.SIGHUP)
    until(lambda: "the old one goes on" in guarded.said())
    assert guarded.process.poll() is None
    assert [what for what, _ in guarded.notes()] == ["up"]


def test_one_that_never_came_up_is_not_started_again(tmp_path: Path) -> None:
    (tmp_path / "broken").touch()
    assert Guarded(tmp_path).process.wait(10) == 3


def test_the_controller_goes_with_its_guardian(guarded: Guarded) -> None:
    [first] = guarded.pids("up")
    guarded.process.kill()
    until(lambda: not _lives(first))


def _lives(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().split()[2] != "Z"
    except OSError:
        return False
