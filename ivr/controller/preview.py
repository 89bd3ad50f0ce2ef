"""Preview campaigns: a telecaller sees a person first, and then asks for the dial.

Keeps who is shown to whom. Whether they may be dialled is the dial loop's to ask
and core's to say, both when they are shown and when they are dialled.
"""

from __future__ import annotations

from ivr.controller.dial_loop import DialLoop
from ivr.controller.ports import Store
from ivr.core.model import Campaign, Contact, Due, TelecallerId
from ivr.errors import BadInput


class Previews:
    """Who is shown at which desk. One instance for all desks."""

    def __init__(self, store: Store, dial_loop: DialLoop) -> None:
        self._store = store
        self._dial_loop = dial_loop
        self._shown: dict[TelecallerId, tuple[Campaign, Due]] = {}

    def contact(self, telecaller_id: TelecallerId) -> Contact | None:
        """Return whom the telecaller is looking at."""
        shown = self._shown.get(telecaller_id)
        return shown[1].contact if shown else None

    def shown(self, telecaller_id: TelecallerId) -> tuple[Contact, Campaign] | None:
        """Return whom the telecaller is looking at, and for which campaign."""
        shown = self._shown.get(telecaller_id)
        return (shown[1].contact, shown[0]) if shown else None

    async def ask(self, telecaller_id: TelecallerId) -> None:
        """Show a person the first time; dial them when asked again. Raises BadInput."""
        shown = self._shown.pop(telecaller_id, None)
        if shown is None:
            await self._show(telecaller_id)
        else:
            campaign, due = shown
            await self._dial_loop.preview_place(
                campaign.campaign_id, due, telecaller_id
            )

    async def _show(self, telecaller_id: TelecallerId) -> None:
        for campaign in await self._store.running_campaigns():
            due = await self._dial_loop.preview_claim(
                campaign.campaign_id, telecaller_id
            )
            if due is not None:
                self._shown[telecaller_id] = (campaign, due)
                return
        raise BadInput("nobody is due now", remedy="see: dialer.py why CAMPAIGN")

    async def left(self, telecaller_id: TelecallerId) -> None:
        """The telecaller has gone: whom they looked at is due again."""
        shown = self._shown.pop(telecaller_id, None)
        if shown is not None:
            await self._dial_loop.give_back(shown[0].campaign_id, shown[1])
