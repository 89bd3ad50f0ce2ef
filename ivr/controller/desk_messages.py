"""Messages from in-charges to desks: kept first, then shown until they are seen."""

from __future__ import annotations

import secrets
from datetime import timedelta

from ivr.controller.floor_store import FloorStore
from ivr.controller.ports import Clock
from ivr.controller.telecaller_desk import Desks
from ivr.core.desk_messages import LONGEST, DeskMessage
from ivr.core.model import TelecallerId
from ivr.errors import BadInput

SHOWN_FOR = timedelta(days=1)


class DeskMessages:
    """Who has what to read. One for a controller."""

    def __init__(self, store: FloorStore, clock: Clock, desks: Desks) -> None:
        self._store = store
        self._clock = clock
        self._desks = desks
        self._unseen: dict[TelecallerId, list[DeskMessage]] = {}

    async def restore(self) -> None:
        """Take up what nobody has read. Raises StoreUnavailable."""
        since = self._clock.now() - SHOWN_FOR
        for message in await self._store.unseen_messages(since):
            self._unseen.setdefault(message.telecaller_id, []).append(message)

    def unseen(self, telecaller_id: TelecallerId) -> tuple[DeskMessage, ...]:
        """Return what the desk shows now, oldest first."""
        return tuple(self._unseen.get(telecaller_id, ()))

    async def send(
        self, telecaller_id: TelecallerId, text: str, *, by: str
    ) -> DeskMessage:
        self._desks.session(telecaller_id)
        text = text.strip()
        if not text or len(text) > LONGEST:
            raise BadInput(f"a message has 1 to {LONGEST} letters", where="text")
        message = DeskMessage(
            f"m-{secrets.token_hex(8)}", telecaller_id, by, text, self._clock.now()
        )
        await self._store.keep_message(message)
        self._unseen.setdefault(telecaller_id, []).append(message)
        await self._tell(telecaller_id)
        return message

    async def seen(self, telecaller_id: TelecallerId, message_id: str) -> None:
        """Keep that it was read. Raises BadInput for another desk's message."""
        unseen = self._unseen.get(telecaller_id, [])
        if not any(one.message_id == message_id for one in unseen):
            raise BadInput("there is no such message to read", where="message_id")
        await self._store.message_seen(message_id, self._clock.now())
        left = [one for one in unseen if one.message_id != message_id]
        self._unseen[telecaller_id] = left
        await self._tell(telecaller_id)

    async def _tell(self, telecaller_id: TelecallerId) -> None:
        """Wake whoever waits for a change at the desk."""
        session = self._desks.session(telecaller_id)
        async with session.changed:
            session.changed.notify_all()

    async def all_of(self, telecaller_id: TelecallerId) -> list[DeskMessage]:
        self._desks.session(telecaller_id)
        since = self._clock.now() - SHOWN_FOR
        return await self._store.messages(telecaller_id, since)
