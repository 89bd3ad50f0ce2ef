"""The telecallers' desks: rings softphones, keeps legs parked, finds a free desk.

Facts from the switch and from telecallers go through core.desk (desk_states.py);
which desk serves a voter is core.routing's choice (desk_queue.py).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta

import structlog

from ivr.controller.desk_queue import DeskQueue
from ivr.controller.desk_session import DeskSession, new_leg_id, read_leg_id
from ivr.controller.desk_states import DeskStates
from ivr.controller.live_call import LiveCall
from ivr.controller.ports import Clock, OutsideDial, Store, Switch, WayOut
from ivr.core.desk import IN_TALK, Desk, DeskEvent, found
from ivr.core.events import (
    Joined,
    LegDown,
    LegUp,
    Parted,
    SwitchBack,
    SwitchEvent,
)
from ivr.core.model import (
    CallId,
    Campaign,
    Centre,
    CentreCode,
    DeskPhone,
    DeskState,
    Due,
    Telecaller,
    TelecallerId,
    TrunkName,
)
from ivr.core.routing import ChanceFree
from ivr.core.talk import PartyId
from ivr.errors import BadInput, SamvadError, StoreUnavailable, UnexpectedEvent

log = structlog.get_logger(__name__)

RING_DESK = timedelta(seconds=20)
RING_AGAIN_S = (0.5, 1.0, 2.0, 5.0, 10.0, 15.0, 15.0, 15.0)  # then give up
RING_MOBILE = timedelta(seconds=30)  # answered by hand
RING_MOBILE_AGAIN = 2  # times: a person who hangs up their own phone means it
# While a voter waits for that leg. A ring to where they were a moment ago is not
# waited for: they may have registered from elsewhere.
RING_AGAIN_AT_MOST_S = 1.0
RING_AWAITED = timedelta(seconds=3)


class Desks:
    """All desks of this controller."""

    def __init__(
        self,
        *,
        store: Store,
        switch: Switch,
        clock: Clock,
        telecallers: Sequence[Telecaller],
        tree: Mapping[CentreCode, Centre],
        on_free: Callable[[], None],
        chance_free: ChanceFree | None = None,
        way_out: WayOut | None = None,
    ) -> None:
        """`chance_free`: what is known of when busy desks will be free.

        `way_out`: to telecallers' mobiles; None: they cannot be rung.
        """
        self._store = store
        self._switch = switch
        self._clock = clock
        self._way_out = way_out
        self.tree = tree
        self._states = DeskStates(
            store=store,
            switch=switch,
            clock=clock,
            telecallers=telecallers,
            on_free=on_free,
        )
        self._queue = DeskQueue(self._states, tree, chance_free)
        self._states.when_ready = self._queue.match
        # Set by who conducts the talks (talk_control.py).
        self.on_party_left: Callable[[PartyId], None] = lambda party: None
        self.on_party_back: Callable[[PartyId], None] = lambda party: None
        self.stays: Callable[[PartyId], bool] = lambda party: False
        self.partners_on: Callable[[TrunkName], int] = lambda trunk: 0

    # Seen by others

    def session(self, telecaller_id: TelecallerId) -> DeskSession:
        """Return a telecaller's session. Raises BadInput."""
        return self._states.session(telecaller_id)

    def sessions(self) -> list[DeskSession]:
        return self._states.sessions()

    def desks(self) -> list[Desk]:
        return self._states.desks()

    def waiting(self) -> int:
        return self._queue.count()

    @property
    def unexpected(self) -> int:
        """Return how many events no desk expected."""
        return self._states.unexpected

    def legs_on(self, trunk: TrunkName) -> int:
        """Return how many of the trunk's channels carry no voter: mobiles, partners."""
        way = self._way_out
        mobiles = sum(
            session.phone is DeskPhone.MOBILE and session.desk.leg_id is not None
            for session in self.sessions()
        )
        ours = mobiles if way is not None and way.trunk.name == trunk else 0
        return ours + self.partners_on(trunk)

    # What a former controller left

    async def restore(
        self, legs: Collection[str], talking: Mapping[str, LiveCall]
    ) -> frozenset[str]:
        """Go on with the desks whose legs are up; return the legs that have one.

        `talking`: which voter is joined to a leg.
        """
        return frozenset(
            [leg for leg in legs if await self._found(leg, talking.get(leg))]
        )

    async def _found(self, leg_id: str, live: LiveCall | None) -> bool:
        whose, phone = read_leg_id(leg_id)
        session = self._states.find(whose)
        if session is None or phone is None:
            return False
        telecaller_id = session.telecaller.telecaller_id
        then = await self._store.last_desk_state(telecaller_id)
        if then is None or session.desk.leg_id is not None:
            return False
        call_id = None if live is None else live.call.call_id
        desk = found(
            session.telecaller,
            leg_id,
            self._clock.now(),
            state=then.state,
            reason=then.reason,
            call_id=then.call_id,
            talks_with=call_id,
        )
        if desk is None:
            return False
        session.phone = phone
        session.last_call_id = desk.call_id
        if live is not None:
            session.talk_call = live
            session.joined_at = live.call.joined_at or self._clock.now()
            session.wrap_up = live.campaign.wrap_up
        await self._states.restore(session, desk)
        return True

    # What telecallers do

    async def log_in(
        self,
        telecaller_id: TelecallerId,
        phone: DeskPhone = DeskPhone.SOFTPHONE,
    ) -> DeskSession:
        """Ring that phone of theirs. Raises BadInput when the desk is not offline."""
        session = self.session(telecaller_id)
        if session.desk.state is not DeskState.OFFLINE:
            raise BadInput(
                f"{telecaller_id} is logged in already", remedy="log out first"
            )
        if phone is DeskPhone.MOBILE:
            self._mobile(session)
        session.rings = 0
        session.phone = phone
        leg_id = self._new_leg(session)
        await self._states.move(session, DeskEvent.LOGGED_IN, leg_id=leg_id)
        self._states.spawn(self._ring(session, leg_id))
        return session

    async def log_out(self, telecaller_id: TelecallerId) -> DeskSession:
        session = self.session(telecaller_id)
        await self._asked(session, DeskEvent.LOGGED_OUT)
        return session

    async def ready(self, telecaller_id: TelecallerId) -> DeskSession:
        session = self.session(telecaller_id)
        if session.desk.state is DeskState.WRAP_UP:
            await self._states.wrapped_up(session)
        else:
            await self._asked(session, DeskEvent.RESUMED)
        return session

    async def pause(self, telecaller_id: TelecallerId, reason: str) -> DeskSession:
        session = self.session(telecaller_id)
        if not reason.strip():
            raise BadInput("a pause needs a reason", remedy="e.g. चाय, प्रशिक्षण")
        await self._asked(session, DeskEvent.PAUSED, reason=reason.strip()[:80])
        return session

    async def end_talk(self, telecaller_id: TelecallerId) -> DeskSession:
        """End the voter's call; the leg is parked again by itself."""
        session = self.session(telecaller_id)
        live = session.talk_call
        if session.desk.state not in IN_TALK or live is None:
            raise BadInput(
                f"{telecaller_id} is not talking", remedy="wait for the next call"
            )
        await self._switch.hang_up(live.call.call_id)
        return session

    async def outcome(
        self, telecaller_id: TelecallerId, call_id: CallId, outcome: str, notes: str
    ) -> DeskSession:
        """Keep what came of a talk at this desk. Raises BadInput for another's."""
        session = self.session(telecaller_id)
        if call_id not in (session.desk.call_id, session.last_call_id):
            raise BadInput(
                "this call was not at your desk", remedy="note what came of your own"
            )
        await self._store.keep_outcome(
            call_id, telecaller_id, outcome, notes, self._clock.now()
        )
        if session.desk.call_id == call_id:
            session.has_outcome = True
        return session

    async def _asked(
        self, session: DeskSession, event: DeskEvent, *, reason: str = ""
    ) -> None:
        try:
            await self._states.move(session, event, reason=reason, strict=True)
        except UnexpectedEvent as exc:
            raise BadInput(str(exc), remedy="look at the desk's state first") from exc

    # Legs

    def _new_leg(self, session: DeskSession) -> str:
        session.leg_count += 1
        stamp = int(self._clock.now().timestamp() * 1000)
        leg_id = new_leg_id(session, stamp)
        self._states.by_leg[leg_id] = session
        return leg_id

    async def _ring(self, session: DeskSession, leg_id: str) -> None:
        try:
            if session.phone is DeskPhone.MOBILE:
                dial = self._mobile(session)
                await self._switch.ring_outside(leg_id, dial)
                return
            address = session.telecaller.address_at(session.phone)
            ring = RING_AWAITED if session.desk.is_awaited else RING_DESK
            await self._switch.ring_desk(leg_id, address, ring)
        except SamvadError as exc:  # whatever it was, the leg is not there
            log.warning("Softphone not rung", leg=leg_id, error=str(exc))
            await self.on_leg_event(LegDown(leg_id, self._clock.now()))

    def _mobile(self, session: DeskSession) -> OutsideDial:
        """Return the dial of a telecaller's own number. Raises BadInput.

        Only the number that the settings have: nobody can name another.
        """
        who, way = session.telecaller, self._way_out
        if who.mobile is None or way is None:
            raise BadInput(
                f"{who.telecaller_id} has no mobile that could be rung",
                remedy="give them a `mobile` in config/telecallers.yaml",
            )
        return OutsideDial(who.mobile, way.trunk, way.caller_id, RING_MOBILE)

    async def on_leg_event(self, event: SwitchEvent) -> None:
        """Take LegUp, LegDown, Joined, Parted and SwitchBack, in order."""
        match event:
            case LegUp():
                await self._leg_up(event)
            case LegDown():
                await self._leg_down(event.leg_id)
            case Joined():
                await self._joined(event)
            case Parted():
                await self._parted(event)
            case SwitchBack():
                for leg_id in set(self._states.by_leg) - event.legs:
                    await self._leg_down(leg_id)

    async def _leg_up(self, event: LegUp) -> None:
        session = self._states.by_leg.get(event.leg_id)
        if session is None or session.desk.leg_id != event.leg_id:
            await self._states.hang_up_leg(event.leg_id)
            return
        session.rings = 0
        is_awaited = session.desk.is_awaited
        await self._states.move(session, DeskEvent.LEG_UP, leg_id=event.leg_id)
        if is_awaited and session.desk.state is DeskState.RESERVED:
            self.on_party_back(PartyId(session.telecaller.telecaller_id))

    async def _leg_down(self, leg_id: str) -> None:
        session = self._states.by_leg.pop(leg_id, None)
        if session is None:
            return
        reserved = session.desk.state is DeskState.RESERVED
        joined_at, session.joined_at = session.joined_at, None
        await self._keep_parting(session, session.desk.call_id, joined_at)
        if not await self._states.move(session, DeskEvent.LEG_DOWN, leg_id=leg_id):
            return
        if reserved:
            session.talk_call = None
        self.on_party_left(PartyId(session.telecaller.telecaller_id))
        if session.desk.state is DeskState.RECONNECTING:
            self._states.spawn(self._ring_again(session))

    async def _ring_again(self, session: DeskSession) -> None:
        is_mobile = session.phone is DeskPhone.MOBILE
        if session.rings >= (RING_MOBILE_AGAIN if is_mobile else len(RING_AGAIN_S)):
            await self._states.move(session, DeskEvent.GAVE_UP)
            return
        wait_s = RING_AGAIN_S[session.rings]
        if session.desk.is_awaited:
            wait_s = min(wait_s, RING_AGAIN_AT_MOST_S)
        await self._clock.sleep(wait_s)
        session.rings += 1
        if session.desk.state is not DeskState.RECONNECTING:
            return
        leg_id = self._new_leg(session)
        if await self._states.move(session, DeskEvent.RUNG_AGAIN, leg_id=leg_id):
            await self._ring(session, leg_id)

    # Voters

    async def reserve(self, live: LiveCall, patience: timedelta) -> DeskSession | None:
        """Return a desk promised to this voter, or None when `patience` is over.

        End with `release` unless Joined follows.
        """
        return await self._queue.reserve(live, patience)

    def promise(self, due: Due, campaign: Campaign, call_id: CallId) -> bool:
        """Reserve a desk for a person about to be called; False: none is free."""
        return self._queue.promise(due, campaign, call_id)

    def has_promised(self, call_id: CallId) -> bool:
        """Say whether a desk is reserved for the call."""
        return self._queue.promised_to(call_id) is not None

    def is_called(self, live: LiveCall) -> None:
        """Show at the promised desk, if there is one, whom to expect."""
        self._queue.is_called(live)

    async def release(self, session: DeskSession, call_id: CallId) -> None:
        """The voter was not joined after all: the desk is free again."""
        await self._queue.release(session, call_id)

    async def call_ended(self, call_id: CallId) -> None:
        """The voter's call is over: free the desk that was promised to them."""
        await self._queue.call_ended(call_id)

    async def _joined(self, event: Joined) -> None:
        session = self._states.by_leg.get(event.leg_id)
        if session is None:
            return
        session.joined_at = session.joined_at or event.at
        session.last_call_id = event.call_id
        live = session.talk_call
        if live is not None:
            live.note(telecaller_id=session.telecaller.telecaller_id)
        await self._states.move(session, DeskEvent.JOINED, call_id=event.call_id)
        await self._keep_talk(session, event.call_id, session.joined_at, None)

    async def _parted(self, event: Parted) -> None:
        session = self._states.by_leg.get(event.leg_id)
        if session is None or session.joined_at is None:
            return
        if self.stays(PartyId(session.telecaller.telecaller_id)):
            return
        await self.leave(session)

    # Talks with more than two in them

    async def leave(self, session: DeskSession) -> None:
        """The voter is no longer theirs: what they noted of them is to follow."""
        joined_at, session.joined_at = session.joined_at, None
        session.talk_call = None
        call_id = session.desk.call_id
        await self._states.move(session, DeskEvent.PARTED)
        await self._keep_parting(session, call_id, joined_at)

    async def _keep_parting(
        self, session: DeskSession, call_id: CallId | None, joined_at: datetime | None
    ) -> None:
        if joined_at is not None and call_id is not None:
            await self._keep_talk(session, call_id, joined_at, self._clock.now())

    async def hold(self, session: DeskSession, *, to_consult: bool) -> None:
        """Their voter hears music. Raises UnexpectedEvent."""
        event = DeskEvent.CONSULTED if to_consult else DeskEvent.HELD
        await self._states.move(session, event, strict=True)

    async def has_voter_again(self, session: DeskSession, call_id: CallId) -> None:
        """Their voter was to leave them, and did not."""
        desk = session.desk
        if desk.state in IN_TALK and desk.call_id == call_id:
            await self._states.move(session, DeskEvent.JOINED, call_id=call_id)

    def take(self, session: DeskSession, live: LiveCall) -> None:
        """Promise a ready desk to a voter whom another telecaller hands on."""
        self._queue.take(session, live)

    async def awaits(self, session: DeskSession, live: LiveCall) -> bool:
        """The voter waits until the dead leg is rung again. False: it is not."""
        if session.desk.state is not DeskState.RECONNECTING:
            return False
        session.talk_call = live
        call_id = live.call.call_id
        return await self._states.move(session, DeskEvent.AWAITED, call_id=call_id)

    async def give_up(self, session: DeskSession, call_id: CallId) -> None:
        """The voter is served by somebody else, or not at all: forget them."""
        desk, live = session.desk, session.talk_call
        if live is not None and live.call.call_id == call_id:
            session.talk_call = None  # or their card would stay for whoever is next
        if desk.state is DeskState.RECONNECTING and desk.is_awaited:
            await self._states.move(session, DeskEvent.RELEASED)
        else:
            await self._queue.release(session, call_id)

    async def _keep_talk(
        self,
        session: DeskSession,
        call_id: CallId,
        joined_at: datetime,
        parted_at: datetime | None,
    ) -> None:
        try:
            await self._store.keep_conversation(
                call_id,
                session.telecaller.telecaller_id,
                joined_at,
                parted_at,
            )
        except StoreUnavailable as exc:
            log.error("Conversation not kept", call_id=call_id, error=str(exc))

    # Ending

    async def log_out_all(self) -> None:
        for session in self.sessions():
            if session.desk.state is not DeskState.OFFLINE:
                try:
                    await self._states.move(session, DeskEvent.LOGGED_OUT, strict=True)
                except UnexpectedEvent:
                    continue

    async def stop(self) -> None:
        await self._states.stop()
