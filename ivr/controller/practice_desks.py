"""The real desks, as practising needs them (controller.practice_ports)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from ivr.controller.telecaller_desk import Desks
from ivr.core.model import DeskState, TelecallerId
from ivr.errors import BadInput

REASON = "training"  # of the pause; a word of core.pauses
FREE = (DeskState.READY, DeskState.PAUSED)


class DesksForPractice:
    """A practising desk is paused: routing gives it to nobody."""

    def __init__(
        self,
        desks: Desks,
        *,
        is_expected: Callable[[TelecallerId], bool],
        gives_back: Callable[[TelecallerId], Awaitable[None]],
    ) -> None:
        """`is_expected`: a person whom they asked to be dialled may come any moment.

        `gives_back`: whom they looked at, before a dial, is due again.
        """
        self._desks = desks
        self._is_expected = is_expected
        self._gives_back = gives_back

    async def take(self, telecaller_id: TelecallerId) -> str:
        session = self._desks.session(telecaller_id)
        leg_id = session.desk.leg_id
        if session.desk.state not in FREE or leg_id is None:
            raise BadInput(
                "the desk is not free to practise",
                remedy="be ready or in a pause, with your phone there",
            )
        if self._is_expected(telecaller_id):
            raise BadInput(
                "the person whom you dialled is on their way",
                remedy="practise after that call",
            )
        # The state is changed before anything is awaited: no voter comes between.
        await self._desks.pause(telecaller_id, REASON)
        await self._gives_back(telecaller_id)
        return leg_id

    def is_away(self, telecaller_id: TelecallerId) -> bool:
        state = self._desks.session(telecaller_id).desk.state
        return state in (DeskState.PAUSED, DeskState.RECONNECTING)

    def name(self, telecaller_id: TelecallerId) -> str:
        return self._desks.session(telecaller_id).telecaller.name

    async def tell(self, telecaller_id: TelecallerId) -> None:
        session = self._desks.session(telecaller_id)
        async with session.changed:
            session.changed.notify_all()
