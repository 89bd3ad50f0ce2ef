"""After a crash, sound of the calls that died must not come into new ones."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import pytest

from ivr.asterisk import voice_ports
from ivr.asterisk.process import AsteriskProcess
from ivr.errors import SetupFailed


def taken(folder: Path) -> range:
    text = (folder / voice_ports.FILE).read_text()
    first, last = (int(n) for n in re.findall(r"\d+", text))
    return range(first, last + 1)


@pytest.mark.parametrize(("first", "last"), [(10000, 13999), (20001, 20102)])
def test_each_start_takes_the_ports_that_the_last_did_not(
    tmp_path: Path, first: int, last: int
) -> None:
    voice_ports.begin(tmp_path, first, last)
    one = taken(tmp_path)
    voice_ports.begin(tmp_path, first, last)
    assert taken(tmp_path) == one
    voice_ports.turn(tmp_path, first, last)
    other = taken(tmp_path)
    assert not set(one) & set(other)
    assert set(one) | set(other) == set(range(first, last + 1))
    assert min(len(one), len(other)) >= 50 and other.start % 2 == 0
    voice_ports.turn(tmp_path, first, last)
    assert taken(tmp_path) == one


def test_other_settings_begin_anew(tmp_path: Path) -> None:
    voice_ports.begin(tmp_path, 10000, 13999)
    voice_ports.begin(tmp_path, 30000, 31999)
    assert taken(tmp_path) == range(30000, 31000)


async def test_asterisk_is_started_even_if_that_cannot_be_written(
    tmp_path: Path,
) -> None:
    prepared: list[str] = []

    def fails() -> None:
        prepared.append("asked")
        raise SetupFailed("the disk is full")

    program = tmp_path / "asterisk"
    program.write_text("#!/bin/sh\necho 'Asterisk Ready.'\nexec sleep 60\n")
    program.chmod(0o755)
    process = AsteriskProcess(
        program,
        tmp_path / "asterisk.conf",
        name="Asterisk",
        log_file=tmp_path / "log",
        before_start=fails,
    )
    await asyncio.wait_for(process.start(), 10)
    await process.stop()
    assert prepared == ["asked"]
