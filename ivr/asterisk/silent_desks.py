"""A switch whose telecallers have no telephones: for benches of very many desks.

A leg is a real channel of our Asterisk (Local), parked, joined and parted like any
other. What is missing is the telephone at its other end, and so the sound: 400 of them
would send 20,000 packets a second before anybody speaks. Without phones Asterisk must
not send silence either ([asterisk] sends_silence), or that alone takes a core.
"""

from __future__ import annotations

from datetime import timedelta

from ivr.asterisk.encode import name
from ivr.asterisk.switch import AsteriskSwitch

FAR_END = "Local/s@samvad-desk/n"  # answers, and waits like a leg itself


class SilentDesks(AsteriskSwitch):
    """Asterisk, with a silent channel in place of each telecaller's telephone."""

    async def ring_desk(
        self, leg_id: str, address: str, ring_timeout: timedelta
    ) -> None:
        """Make the leg; it answers at once, whatever the address."""
        self._dialled[leg_id] = self._loop_s()
        await self._ami.send(
            {
                "Action": "Originate",
                "ActionID": f"dial/{name(leg_id)}",
                "Channel": FAR_END,
                "ChannelId": leg_id,
                "OtherChannelId": f"far-{name(leg_id)}",  # its own half is no leg
                "Context": "samvad-desk",
                "Exten": "s",
                "Priority": "1",
                "Timeout": str(int(ring_timeout.total_seconds() * 1000)),
                "Async": "true",
            }
        )
