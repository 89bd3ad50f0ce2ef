"""What telecallers ask of a talk: hold, take back, ask a partner, hand over, all three.

Says what cannot be, with a remedy; what follows is talk_control.py's.
"""

from __future__ import annotations

from collections.abc import Mapping

from ivr.controller.desk_session import DeskSession
from ivr.controller.live_call import LiveCall
from ivr.controller.live_talk import LiveTalk
from ivr.controller.outside import OutsideLegs
from ivr.controller.talk_control import TalkControl
from ivr.controller.telecaller_desk import Desks
from ivr.core.model import Centre, CentreCode, DeskState, TelecallerId, TransferNumber
from ivr.core.talk import PartyId, TalkEvent, TalkState
from ivr.core.transfer import (
    Target,
    TargetKind,
    choose_of_centre,
    may_dial,
    others,
    targets,
)
from ivr.errors import BadInput, UnexpectedEvent

LOOK = "look at the desk's state first"
# Whose voter is joined, or holds, says so at their desk too: but a moment later.
AT_THE_DESK = {
    TalkState.JOINED: DeskState.TALKING,
    TalkState.ON_HOLD: DeskState.HOLDING,
}


class TalkWishes:
    """Every method is one wish of one telecaller. Raises BadInput."""

    def __init__(
        self,
        control: TalkControl,
        desks: Desks,
        outside: OutsideLegs,
        tree: Mapping[CentreCode, Centre],
    ) -> None:
        self._control = control
        self._desks = desks
        self._outside = outside
        self._tree = tree

    async def hold(self, telecaller_id: TelecallerId) -> DeskSession:
        """The voter hears music until they are taken back. Raises SwitchGone."""
        session, live, it = self._talking(telecaller_id)
        self._must_be(session, it, TalkState.JOINED)
        it.rejoining.add(PartyId(telecaller_id))
        await self._do(live, TalkEvent.HELD)
        await self._desks.hold(session, to_consult=False)
        await self._control.call_back(live, session)
        return session

    async def take_back(self, telecaller_id: TelecallerId) -> DeskSession:
        """The voter is theirs again, and nobody else's: also without the partner."""
        session, live, _ = self._talking(telecaller_id)
        await self._do(live, TalkEvent.TAKEN_BACK)
        return session

    async def ask(
        self,
        telecaller_id: TelecallerId,
        kind: TargetKind,
        key: str,
        *,
        is_cold: bool,
    ) -> DeskSession:
        """Ask a partner: cold, the voter is theirs at once; warm, they talk first.

        The partner is promised, and the talk told of them, with no wait in between:
        whatever comes then finds them there, and frees them. Raises SwitchGone.
        """
        session, live, it = self._talking(telecaller_id)
        self._must_be(session, it, TalkState.JOINED, TalkState.ON_HOLD)
        if kind is TargetKind.NUMBER:
            partner = self._outside.new(self._number(session, key), live.trunk.name)
        else:
            partner = self._reserve(session, live, kind, key)
        is_outside = kind is TargetKind.NUMBER
        before = it.apply(
            TalkEvent.PARTNER_ASKED,
            who=partner,
            is_outside=is_outside,
            is_cold=is_cold,
        )
        it.changed.set()
        if before.state is TalkState.JOINED:
            it.rejoining.add(PartyId(telecaller_id))
        await self._desks.hold(session, to_consult=True)
        if before.state is TalkState.JOINED:
            await self._control.call_back(live, session)
        if live.talk is not it or not it.has(partner):
            return session  # the voter has gone meanwhile, or whoever asked
        if is_outside:
            await self._outside.ring(partner, live)
        else:
            await self._control.partner_came(live)
        return session

    async def hand_over(self, telecaller_id: TelecallerId) -> DeskSession:
        """Leave the voter to the partner, who may be ringing yet."""
        session, live, _ = self._talking(telecaller_id)
        await self._do(live, TalkEvent.HANDED)
        return session

    async def bring_together(self, telecaller_id: TelecallerId) -> DeskSession:
        """Voter, telecaller and partner hear each other."""
        session, live, _ = self._talking(telecaller_id)
        await self._do(live, TalkEvent.BROUGHT_TOGETHER)
        return session

    async def end(self, telecaller_id: TelecallerId) -> DeskSession | None:
        """Hang up, if that means less than the end of the voter's call.

        A partner leaves the others; who has asked one leaves the voter to them. None:
        the voter's call is to be ended.
        """
        session = self._desks.session(telecaller_id)
        live = self._control.talk_of(PartyId(telecaller_id))
        if live is None or live.talk is None:
            return None
        talk = live.talk.talk
        if talk.partner is None:
            return None
        is_partner = talk.partner == PartyId(telecaller_id)
        await self._do(live, TalkEvent.PARTNER_LEFT if is_partner else TalkEvent.HANDED)
        return session

    def targets(self, telecaller_id: TelecallerId) -> list[Target]:
        """Return to whom the voter of this telecaller may be handed."""
        session, live, _ = self._talking(telecaller_id)
        return targets(
            session.desk,
            self._desks.desks(),
            live.campaign,
            self._tree,
            numbers=self._outside.numbers,
            name_of=lambda desk: self._control.name_of(PartyId(desk.telecaller_id)),
        )

    # What has to be so

    def _talking(
        self, telecaller_id: TelecallerId
    ) -> tuple[DeskSession, LiveCall, LiveTalk]:
        """Return the talk that this telecaller leads. Raises BadInput."""
        session = self._desks.session(telecaller_id)
        live = self._control.talk_of(PartyId(telecaller_id))
        if (
            live is None
            or live.talk is None
            or live.talk.talk.party != PartyId(telecaller_id)
        ):
            raise BadInput(f"{telecaller_id} has no voter", remedy="wait for a call")
        return session, live, live.talk

    def _must_be(self, session: DeskSession, it: LiveTalk, *states: TalkState) -> None:
        if it.talk.state not in states:
            raise BadInput(f"the talk is {it.talk.state}", remedy=LOOK)
        if session.desk.state is not AT_THE_DESK[it.talk.state]:
            raise BadInput("the voter is not joined yet", remedy="try again")

    async def _do(self, live: LiveCall, event: TalkEvent) -> None:
        try:
            await self._control.do(live, event)
        except UnexpectedEvent as exc:
            raise BadInput(str(exc), remedy=LOOK) from exc

    # Partners

    def _number(self, session: DeskSession, key: str) -> TransferNumber:
        for number in self._outside.numbers:
            if number.number_id == key and may_dial(session.desk, number, self._tree):
                return number
        raise BadInput(
            f"{key!r} is not among the numbers for this telecaller",
            remedy="choose one of config/transfer_numbers.yaml",
        )

    def _reserve(
        self, session: DeskSession, live: LiveCall, kind: TargetKind, key: str
    ) -> PartyId:
        """Promise a free desk to the voter."""
        desks = others(session.desk, self._desks.desks(), live.campaign, self._tree)
        if kind is TargetKind.CENTRE:
            if CentreCode(key) not in self._tree:
                raise BadInput(f"there is no centre {key!r}")
            contact = live.due.contact
            found = choose_of_centre(
                desks, CentreCode(key), contact, live.campaign, self._tree
            )
        else:
            there = [one for one in desks if one.telecaller_id == key]
            free = [one for one in there if one.state is DeskState.READY]
            found = free[0] if free else None
        if found is None:
            raise BadInput(f"nobody is free at {key}", remedy="choose somebody else")
        partner = self._desks.session(found.telecaller_id)
        self._desks.take(partner, live)
        return PartyId(found.telecaller_id)
