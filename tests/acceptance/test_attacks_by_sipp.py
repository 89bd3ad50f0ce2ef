"""The same by SIPp, where it is installed (Debian: sip-tester)."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.acceptance.besieged import NUMBER, STOLEN, Besieged, besieged
from tests.acceptance.ports import SIP
from tests.polling import until

SCENARIOS = Path(__file__).parent / "sipp"
SIPP = shutil.which("sipp")
pytestmark = [
    pytest.mark.acceptance,
    pytest.mark.long,
    pytest.mark.skipif(SIPP is None, reason="sipp is not installed (sip-tester)"),
]


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Besieged]:
    async with besieged(tmp_path) as found:
        yield found


async def sipp(address: str, to: str, *words: str, folder: Path) -> tuple[int, str]:
    """Run SIPp from `address`; return its exit code and what it said."""
    assert SIPP is not None
    process = await asyncio.create_subprocess_exec(
        SIPP,
        f"127.0.0.1:{SIP}",
        *("-i", address, "-p", "5090", "-s", to, "-nostdin", "-timeout", "10s"),
        *("-recv_timeout", "1000", *words),
        cwd=folder,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await process.communicate()
    assert process.returncode is not None
    return process.returncode, said.decode("utf-8", "replace")


async def test_a_flood_of_registers_with_a_wrong_password(
    scene: Besieged, tmp_path: Path
) -> None:
    flood = asyncio.create_task(
        sipp(
            "127.0.0.10",
            "tc-101",
            *("-sf", str(SCENARIOS / "register.xml"), "-au", "tc-101", "-ap", "guess"),
            *("-r", "300", "-m", "1500"),
            folder=tmp_path,
        )
    )
    await until(lambda: scene.locked_out() == ["127.0.0.10"], within_s=5)
    await scene.is_unharmed()
    await flood
    await scene.is_unharmed()


async def test_calls_outside_without_a_password(
    scene: Besieged, tmp_path: Path
) -> None:
    code, said = await sipp(
        "127.0.0.11", NUMBER, "-sn", "uac", "-r", "100", "-m", "300", folder=tmp_path
    )
    assert code == 1, said[-2000:]  # some calls failed: every one
    await scene.is_unharmed()


async def test_calls_outside_with_a_stolen_password(
    scene: Besieged, tmp_path: Path
) -> None:
    code, said = await sipp(
        "127.0.0.12",
        NUMBER,
        *("-sf", str(SCENARIOS / "call_out.xml"), "-r", "50", "-m", "300"),
        *("-au", STOLEN, "-ap", scene.password(STOLEN)),
        folder=tmp_path,
    )
    assert code == 0, said[-2000:]  # each was refused as the scenario expects: 403
    await scene.is_unharmed()
