"""The virtual carrier as a process of its own: it has the other core."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from ivr.core.model import Telecaller
from ivr.errors import SetupFailed
from ivr.settings.config import Settings

READY_S = 60.0
STOP_S = 30.0  # telecallers log out, their softphones and the network end


@asynccontextmanager
async def carrier_process(
    settings: Settings, telecallers: Sequence[Telecaller], flow: str, *options: str
) -> AsyncIterator[None]:
    """Run the network, its people and the telecallers. Raises SetupFailed.

    `options` are more of `python -m ivr.simulation`'s own.
    """
    words = [sys.executable, "-m", "ivr.simulation", "--work", "--until-eof"]
    words += ["--config", str(settings.file), "--flow", flow]
    words += ["--telecallers", ",".join(t.address for t in telecallers)]
    log = settings.home / "carrier.log"
    with log.open("wb") as errors:
        process = await asyncio.create_subprocess_exec(
            *words,
            *options,
            cwd=settings.project,
            stdin=asyncio.subprocess.PIPE,  # ends when we do, however that is
            stdout=asyncio.subprocess.PIPE,
            stderr=errors,
        )
    assert process.stdout is not None
    try:
        async with asyncio.timeout(READY_S):
            ready = await process.stdout.readline()
        if ready.strip() != b"READY":
            raise SetupFailed(f"the virtual carrier did not start: {_last_line(log)}")
        yield
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        try:
            async with asyncio.timeout(STOP_S):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()


def _last_line(log: Path) -> str:
    lines = log.read_text("utf-8", "replace").split("\n")
    said = next((line.strip() for line in reversed(lines) if line.strip()), "")
    return f"{said} ({log})" if said else f"it said nothing ({log})"
