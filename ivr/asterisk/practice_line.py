"""The virtual voter's end of the line, spoken in AGI: play a line, hear the telecaller.

Implements controller.practice_ports.VoterLine. Hears by Asterisk's own detection of
sound and silence (app_waitforsilence); nothing of what is said is recorded.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from ivr.asterisk.encode import agi_argument
from ivr.asterisk.fastagi import AgiSession
from ivr.controller.practice_ports import Spoken
from ivr.errors import CallerHungUp, SwitchGone

PREFIX = "p-"  # of a virtual voter's line
MARGIN_S = 15.0  # beyond what a command should take, before it is given up
MAX_LINE_S = 60.0
NOISE_MS = 120  # of sound in one piece: a word, no click
SILENCE_MS = 1200  # the telecaller has finished
MAX_SPEECH_S = 45  # then the voter speaks all the same


class AgiVoterLine:
    """One virtual voter. `path_of`: where a line's sound lies, by its name."""

    def __init__(self, session: AgiSession, path_of: Callable[[str], str]) -> None:
        self.practice_id = str(session.headers.get("agi_uniqueid", ""))
        self._session = session
        self._path_of = path_of

    async def say(self, name: str) -> None:
        path = agi_argument(self._path_of(name))
        await self._session.command(f'STREAM FILE {path} ""', MAX_LINE_S + MARGIN_S)

    async def hear(self, patience_s: float) -> Spoken:
        begun = time.monotonic()
        patience = max(1, round(patience_s))
        if not await self._waits("WaitForNoise", NOISE_MS, patience, "NOISE"):
            return Spoken(time.monotonic() - begun, 0.0)
        began = time.monotonic()
        was_silent = await self._waits(
            "WaitForSilence", SILENCE_MS, MAX_SPEECH_S, "SILENCE"
        )
        silence_s = SILENCE_MS / 1000 if was_silent else 0.0
        noise_s = NOISE_MS / 1000
        spoke_s = time.monotonic() - began - silence_s + noise_s
        return Spoken(max(0.0, began - begun - noise_s), max(noise_s, spoke_s))

    async def _waits(self, what: str, least_ms: int, limit_s: int, status: str) -> bool:
        words = agi_argument(f"{least_ms},1,{limit_s}")
        await self._session.command(f"EXEC {what} {words}", limit_s + MARGIN_S)
        reply = await self._session.command("GET VARIABLE WAITSTATUS", MARGIN_S)
        return str(reply.get("result", ("", ""))[1]) == status

    async def hang_up(self) -> None:
        try:
            await self._session.command("HANGUP", MARGIN_S)
        except (CallerHungUp, SwitchGone):
            return
