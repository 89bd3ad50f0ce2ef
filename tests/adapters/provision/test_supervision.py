"""A program that behaves as Asterisk does when it starts, fails, or will not stop."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
import structlog

from ivr.asterisk import hung
from ivr.asterisk import process as process_room
from ivr.asterisk.process import AsteriskProcess, Waits, end_stale, stale_pid
from ivr.errors import SetupFailed
from tests.polling import until

Make = Callable[[str], AsteriskProcess]


@pytest.fixture
async def make(tmp_path: Path) -> AsyncIterator[Make]:
    made: list[AsteriskProcess] = []
    (tmp_path / "conf").mkdir()
    (tmp_path / "run").mkdir()

    def one(script: str) -> AsteriskProcess:
        program = tmp_path / "program"
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(0o755)
        process = AsteriskProcess(
            program,
            tmp_path / "conf" / "asterisk.conf",
            name="Asterisk",
            log_file=tmp_path / "log" / "console.log",
            waits=Waits(ready_s=2, stop_s=0.5),
            on_exit=exits.append,
        )
        made.append(process)
        return process

    exits: list[int] = []
    yield one
    for process in made:
        await process.stop()


READY = "echo 'Asterisk Ready.'"
WAIT = "exec sleep 60"


async def test_a_declined_module_is_a_failed_start_and_leaves_nothing(
    make: Make,
) -> None:
    process = make(
        f"echo '[x] ERROR[1]: loader.c: chan_pjsip declined to load.'\n{READY}\n{WAIT}"
    )
    with pytest.raises(SetupFailed, match="chan_pjsip declined to load") as failed:
        await process.start()
    assert "module is missing" in str(failed.value)
    assert process.pid is None


async def test_a_program_that_ends_at_once_is_a_failed_start(make: Make) -> None:
    process = make("echo 'Unable to do anything'; exit 3")
    with pytest.raises(SetupFailed, match=r"ended at once \(code 3\)"):
        await process.start()
    assert process.restarts == 0


async def test_a_program_that_never_gets_ready_is_given_up(make: Make) -> None:
    with pytest.raises(SetupFailed, match="not ready after 2 s"):
        await make(WAIT).start()


async def test_a_program_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    process = AsteriskProcess(
        tmp_path / "none", tmp_path / "c", name="Asterisk", log_file=tmp_path / "log"
    )
    with pytest.raises(SetupFailed, match="cannot be run"):
        await process.start()


async def test_one_that_ignores_being_told_to_stop_is_killed(make: Make) -> None:
    process = make(f"trap '' TERM\n{READY}\nwhile true; do sleep 0.05; done")
    await process.start()
    pid = process.pid
    assert pid is not None
    await process.stop()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


async def test_what_it_said_is_in_the_log(make: Make, tmp_path: Path) -> None:
    process = make(f"{READY}\necho 'a later line'\n{WAIT}")
    await process.start()
    log = tmp_path / "log" / "console.log"
    await until(lambda: "a later line" in log.read_text())


async def test_only_a_process_of_the_same_configuration_is_taken_for_a_leftover(
    tmp_path: Path,
) -> None:
    (tmp_path / "run").mkdir()
    conf = tmp_path / "conf" / "asterisk.conf"
    pid_file = tmp_path / "run" / "asterisk.pid"
    stranger = await asyncio.create_subprocess_exec("sleep", "60")
    leftover = await asyncio.create_subprocess_exec(
        "sh", "-c", "while true; do sleep 0.05; done", "-C", str(conf)
    )
    try:
        assert stale_pid(conf) is None
        pid_file.write_text(f"{stranger.pid}\n")
        assert not await end_stale(conf)
        pid_file.write_text(f"{leftover.pid}\n")
        # For a moment after its start the kernel shows no command line of it.
        await until(lambda: stale_pid(conf) == leftover.pid)
        ending = asyncio.create_task(end_stale(conf, stop_s=2))
        async with asyncio.timeout(20):
            assert await leftover.wait() == -signal.SIGTERM
            assert await ending
    finally:
        for one in (stranger, leftover):
            if one.returncode is None:
                one.kill()
                await one.wait()


async def test_one_that_cannot_be_started_again_at_once_is_tried_until_it_can(
    make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No memory, no file left to open, a full disk: it passes."""
    monkeypatch.setattr(process_room, "FIRST_DELAY_S", 0.01)
    process = make(f"{READY}\n{WAIT}")
    await process.start()
    program, aside = tmp_path / "program", tmp_path / "aside"
    program.rename(aside)
    assert process.pid is not None
    os.kill(process.pid, signal.SIGKILL)
    with structlog.testing.capture_logs() as logs:
        await until(lambda: [one for one in logs if "again yet" in one["event"]])
    assert process.restarts == 0
    aside.rename(program)
    await until(lambda: process.restarts == 1)


# What it says when its console is asked.
HUNG = 'case "$*" in *-rx*) exec sleep 60;; esac'
TALKING = 'case "$*" in *-rx*) echo "2 active channels"; exit;; esac'


async def test_one_that_answers_nobody_is_ended_and_started_again(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    process = await watched(make, monkeypatch, HUNG)
    watching = asyncio.create_task(hung.end_when_hung(process, lambda: False))
    await until(lambda: process.restarts == 1)
    watching.cancel()


async def test_one_whose_manager_answers_is_left_alone(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    process, looks = await watched(make, monkeypatch, HUNG), [0]

    def is_up() -> bool:
        looks[0] += 1
        return True

    watching = asyncio.create_task(hung.end_when_hung(process, is_up))
    await until(lambda: looks[0] > 30)  # of 20 ms: longer than the console is given
    watching.cancel()
    assert process.restarts == 0 and process.pid is not None


async def test_one_whose_console_answers_goes_on_with_its_calls(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    answered: list[bool] = []
    process = await watched(make, monkeypatch, TALKING)
    ask = process.answers

    async def noted() -> bool:
        answered.append(await ask())
        return answered[-1]

    monkeypatch.setattr(process, "answers", noted)
    watching = asyncio.create_task(hung.end_when_hung(process, lambda: False))
    await until(lambda: len(answered) == 2)
    watching.cancel()
    assert answered == [True, True] and process.restarts == 0


async def watched(
    make: Make, monkeypatch: pytest.MonkeyPatch, script: str
) -> AsteriskProcess:
    """Start one that is looked at often."""
    monkeypatch.setattr(hung, "SILENT_S", 0.1)
    monkeypatch.setattr(hung, "LOOK_S", 0.02)
    monkeypatch.setattr(process_room, "CONSOLE_TIMEOUT_S", 0.3)
    monkeypatch.setattr(process_room, "FIRST_DELAY_S", 0.01)
    process = make(f"{script}\n{READY}\n{WAIT}")
    await process.start()
    return process
