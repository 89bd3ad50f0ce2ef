"""A campaign whose wire breaks, whose disk fills, and whose people have odd names."""

from __future__ import annotations

import asyncio
import csv
import io
import os
import signal
import subprocess
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ivr.asterisk import hung
from ivr.asterisk.ami import AmiAddress
from ivr.cli import system as wiring
from ivr.cli.import_ import plan_import, run_import
from ivr.core.flow_model import Flow
from ivr.core.model import Caps, Contact, ContactId, Disposition, NodeId
from ivr.core.new_list import NewList
from ivr.core.origin import OriginKind
from ivr.simulation.population import Fixed, Kind
from ivr.simulation.truth import Happening
from tests.acceptance.cut_line import CutLine
from tests.acceptance.ports import AMI, CUT_AMI
from tests.acceptance.test_bad_days_campaign import numbered, twice
from tests.acceptance.whole import (
    CAMPAIGN,
    FLOW,
    PEOPLE,
    TRIAL,
    Trial,
    eventually,
    number,
    person,
    trial,
    with_,
)
from tests.polling import until

pytestmark = pytest.mark.acceptance

D = Disposition


# The wire to Asterisk breaks


async def test_an_originate_whose_answer_was_cut_off_rings_nobody_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def by_wire(host: str, _port: int, user: str, secret: str) -> AmiAddress:
        return AmiAddress(host, CUT_AMI, user, secret)

    monkeypatch.setattr(wiring, "AmiAddress", by_wire)
    people = numbered([person()] * 8)
    slow = with_(CAMPAIGN, caps=Caps(calls_per_s=3))
    async with trial(tmp_path, people) as t, CutLine(CUT_AMI, AMI, cuts=3) as wire:
        await t.enrol(people, campaign=slow)
        async with t.samvad() as system:
            outcomes = system.running.router.outcomes
            await until(lambda: sum(outcomes.values()) >= len(people), within_s=60)
        assert wire.cuts == 0
        assert wire.connections == 4
        assert twice(t.lived()) == []
        calls = await t.calls()
        assert len(calls) == len(people)
        # Asterisk had every Originate; most of their calls live on.
        assert outcomes[D.COMPLETED] + outcomes[D.INTERRUPTED] == len(people)
        assert outcomes[D.COMPLETED] >= len(people) - 3
        assert await t.is_idle()


# Asterisk hangs


async def test_an_asterisk_that_hangs_is_ended_and_dialling_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A deadlock, as seen from outside: the process is there, and its sockets."""
    monkeypatch.setattr(hung, "SILENT_S", 2.0)
    people = numbered([person()] * 20)
    slow = with_(CAMPAIGN, caps=Caps(calls_per_s=2))
    async with trial(tmp_path, people) as t:
        await t.enrol(people, campaign=slow)
        async with t.samvad() as system:
            process, outcomes = system.process, system.running.router.outcomes
            assert process is not None and process.pid is not None
            await until(lambda: outcomes[D.COMPLETED], within_s=60)
            os.kill(process.pid, signal.SIGSTOP)
            await until(
                lambda: process.restarts == 1 and system.switch.is_up, within_s=60
            )
            await until(lambda: sum(outcomes.values()) >= len(people), within_s=60)
        assert outcomes[D.COMPLETED] > 1
        assert twice(t.lived()) == []
        assert await t.is_idle()


# The disk is full


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A real file system of 24 MB, for which one must be root."""
    mount = tmp_path / "small"
    mount.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", str(mount)]
    if os.geteuid() != 0 or subprocess.run(command, capture_output=True).returncode:
        pytest.skip("only root may mount a small disk")
    yield mount
    subprocess.run(["umount", "-l", str(mount)], check=True)


def fill(disk: Path) -> Path:
    """Fill `disk` to the last byte; return what takes the room."""
    ballast = disk / "ballast"
    with ballast.open("wb", buffering=0) as out:
        for size in (1 << 20, 4096, 1):
            try:
                while True:
                    out.write(bytes(size))
            except OSError:
                continue
    return ballast


async def test_a_full_disk_dials_nobody_and_keeps_what_is_said(
    tmp_path: Path, small_disk: Path
) -> None:
    people = numbered([person("quitter")] * 4 + [person()] * 4)
    slow = with_(CAMPAIGN, caps=Caps(calls_per_s=10, channels=4))
    async with trial(tmp_path, people, home=small_disk / "home") as t:
        await t.enrol(people, campaign=slow)
        async with t.samvad() as system:
            router, loop = system.running.router, system.running.dial_loop
            await until(lambda: t.count(Happening.PROMPT) >= 4, within_s=20)
            ballast = fill(small_disk)
            # The database cannot take their keys; the room reserved for the spool does.
            await until(lambda: t.count(Happening.KEY) >= 4, within_s=20)
            await until(lambda: t.count(Happening.ENDED) >= 4, within_s=30)
            dialled = len(t.lived())
            assert dialled == 4
            assert all(one.voices >= 2 for one in t.lived())
            assert loop.last_tick_at is not None
            ballast.unlink()
            await until(
                lambda: sum(router.outcomes.values()) >= len(people), within_s=60
            )
        assert twice(t.lived()) == []
        calls = await t.calls()
        assert Counter(d for _, d in calls) == {D.PARTIAL: 4, D.COMPLETED: 4}
        async with t.store() as store:
            kept = [await store.answers_of(call.call_id) for call, _ in calls]
        pressed = {one.number: [key.key for key in one.keys] for one in t.lived()}
        for (call, _), answers in zip(calls, kept, strict=True):
            mine = [answer.value for answer in answers]
            assert mine == pressed[call.number][: len(mine)]
            assert len(mine) >= 1
        assert await t.is_idle()


# Names that are no names

LONG = "न" * 5000
ODD = [
    "राम\r\nAction: Originate\r\nChannel: Local/1",
    '"O\'Neill" \\ <सीता>',
    "${SHELL(touch {mark})}",
    "$[1+1] `id` ; | & #",
    "😀👨‍👩‍👧‍👦 मोहन",
    LONG,
    "[/] [bold red]x[/]",
    "{name} {organisation}",
]


def odd_list(file: Path, mark: Path) -> None:
    with file.open("w", encoding="utf-8", newline="") as out:
        rows = csv.writer(out)
        rows.writerow(["नाम", "मोबाइल"])
        for place, name in enumerate(ODD):
            rows.writerow([name.replace("{mark}", str(mark)), number(place)[3:]])


def greeting() -> Flow:
    first = replace(FLOW.nodes[FLOW.start], say={"hi": "नमस्ते {name} जी, पहला सवाल"})
    return replace(FLOW, nodes={**FLOW.nodes, NodeId(FLOW.start): first})


async def test_odd_names_go_all_the_way_and_do_no_harm(tmp_path: Path) -> None:
    people = numbered([person()] * len(ODD))
    mark = tmp_path / "touched"
    odd_list(tmp_path / "odd.csv", mark)
    async with trial(tmp_path, people, flow=greeting()) as t:
        new = NewList(PEOPLE, "a test of odd names", OriginKind.OWN_MEMBERS)

        rejects = tmp_path / "rejects.csv"

        def imported() -> int:
            plan = plan_import(t.settings, tmp_path / "odd.csv", None, new, {})
            return run_import(t.settings, plan, rejects, quiet=True).counts.kept

        assert await asyncio.to_thread(imported) == len(ODD) - 1
        # Refused with its reason; one may still come by another way.
        [_, refused] = csv.reader(io.StringIO(rejects.read_text("utf-8-sig")))
        assert refused[0] == str(ODD.index(LONG) + 2)
        other = Contact(ContactId(0), PEOPLE, number(ODD.index(LONG)), name=LONG)
        await t.enrol([other], flow=greeting())
        async with t.samvad() as system:
            outcomes = system.running.router.outcomes
            await until(lambda: sum(outcomes.values()) >= len(people), within_s=60)
            assert system.running.router.unexpected == 0
        assert outcomes == {D.COMPLETED: len(ODD)}
        assert await t.disagreements() == []
        assert not mark.exists()
        assert len(await t.calls()) == len(ODD)


# Opt-outs from outside


async def ringing(t: Trial) -> None:
    await until(lambda: t.count(Happening.RANG) >= 1, within_s=20)


async def test_an_opt_out_over_http_drops_the_ringing_call_within_a_second(
    tmp_path: Path,
) -> None:
    people = {number(0): Fixed(Kind.RINGS_OUT)}
    async with trial(tmp_path, people) as t:
        await t.enrol(people)
        async with t.samvad():
            await ringing(t)
            asked_at = datetime.now(UTC)
            body = {"number": number(0)[3:], "source": "letter"}
            assert await t.post("/api/v1/opt-outs", body) == {"done": True}
            await until(lambda: t.count(Happening.ENDED) == 1)
            await eventually(t.is_idle, within_s=5)
        [one] = t.lived()
        assert one.ended_at is not None
        assert (one.ended_at - asked_at).total_seconds() < 1
        [(call, disposition)] = await t.calls()
        assert (disposition, call.cancelled) == (D.CANCELLED, "opted out")
        async with t.store() as store:
            assert await store.is_do_not_call(number(0))
            assert await store.funnel(TRIAL, t.clock.now())
