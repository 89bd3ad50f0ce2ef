"""What is done with legs that are up: parked, joined to each other, listened to.

Each is an AMI Redirect of the leg into one of our contexts (extensions.conf.j2); the
leg parks itself again when that is over. Knows no calls of a campaign and decides
nothing.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from ivr.asterisk.bridges import Bridges
from ivr.core.model import ListenMode
from ivr.errors import SwitchRefused

TECH = "PJSIP/"  # the contexts put it before the extension again
OUT_WITHIN_S = 1.0  # a leg that was called back is out of its bridge

Send = Callable[[Mapping[str, str]], Awaitable[Any]]

_LISTENING: Mapping[ListenMode, str] = {
    ListenMode.LISTEN: "samvad-listen",
    ListenMode.WHISPER: "samvad-whisper",
    ListenMode.BARGE: "samvad-barge",
}


class Legs:
    """Commands to legs. `channel_of`: a leg's channel, if it is up."""

    def __init__(
        self, send: Send, channel_of: Callable[[str], str | None], bridges: Bridges
    ) -> None:
        self._send = send
        self._channel_of = channel_of
        self._bridges = bridges

    async def park(self, leg_id: str) -> bool:
        """Take a leg out of what it is in; return when it is out. False: gone."""
        if not await self._redirect(leg_id, "samvad-desk", "s", "park"):
            return False
        await self._bridges.wait_until_out(leg_id, OUT_WITHIN_S)
        return True

    async def consult(self, leg_id: str, partner_leg_id: str) -> bool:
        """Join two parked legs. False: one is gone."""
        return await self._to(leg_id, "samvad-consult", partner_leg_id)

    async def bring_in(self, leg_id: str, call_id: str) -> bool:
        """Bring a parked leg to where the voter is. False: one is gone."""
        return await self._to(leg_id, "samvad-together", call_id)

    async def listen(self, leg_id: str, to_leg_id: str, mode: ListenMode) -> bool:
        """Let a leg hear another, and be heard as `mode` says. False: one is gone."""
        return await self._to(leg_id, _LISTENING[mode], to_leg_id)

    async def _to(self, leg_id: str, context: str, other_id: str) -> bool:
        other = self._channel_of(other_id)
        if other is None:
            return False
        return await self._redirect(leg_id, context, other.removeprefix(TECH), "1")

    async def _redirect(
        self, leg_id: str, context: str, exten: str, priority: str
    ) -> bool:
        channel = self._channel_of(leg_id)
        if channel is None:
            return False
        try:
            await self._send(
                {
                    "Action": "Redirect",
                    "Channel": channel,
                    "Context": context,
                    "Exten": exten,
                    "Priority": priority,
                }
            )
        except SwitchRefused:
            return False
        return True
