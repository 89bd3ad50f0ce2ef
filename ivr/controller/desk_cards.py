"""The cards of the people at the desks: made when a call comes, kept through wrap-up.

Decides nothing: core.card says what a card holds, core.callback_days when a person
may be called back.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from ivr.controller.desk_session import DeskSession
from ivr.controller.live_call import LiveCall
from ivr.controller.ports import Clock, Store
from ivr.core.callback_days import CallbackDay, callback_days
from ivr.core.card import (
    Card,
    EarlierCall,
    OwnDay,
    facts_of,
    number_shown,
    script_values,
    told,
    village_of,
)
from ivr.core.desk_script import paragraphs
from ivr.core.hours import closed, zone_of
from ivr.core.law import LawFacts
from ivr.core.model import CallId, Campaign, Contact, TelecallerId
from ivr.errors import BadInput, StoreUnavailable

EARLIER_SHOWN = 5
SHOWN_WITHIN_S = 1.0  # real seconds; the desk shows that somebody calls all the same


class DeskCards:
    """One for all desks."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        law_of: Callable[[Campaign], LawFacts],
        district_names: Mapping[str, str],
    ) -> None:
        self._store = store
        self._clock = clock
        self._law_of = law_of
        self._district_names = district_names
        self._kept: dict[TelecallerId, tuple[Card, Campaign, LiveCall | None]] = {}
        self._days: dict[TelecallerId, tuple[datetime, OwnDay]] = {}

    async def of(
        self, session: DeskSession, preview: tuple[Contact, Campaign] | None
    ) -> Card | None:
        """Return the card of whom the desk serves, wraps up, or may dial next."""
        live, desk = session.talk_call, session.desk
        kept = self._kept.get(desk.telecaller_id)
        if live is not None:
            if kept is None or kept[0].call_id != live.call.call_id:
                card = await self._made(
                    session, live.due.contact, live.campaign, live.call.call_id
                )
                kept = (card, live.campaign, live)
                self._kept[desk.telecaller_id] = kept
        elif desk.call_id is None:
            self._kept.pop(desk.telecaller_id, None)
            return await self._made(session, *preview, None) if preview else None
        if kept is None or (desk.call_id and kept[0].call_id != desk.call_id):
            return None
        known = kept[2]
        answers = told(known.flow, known.heard) if known else ()
        return replace(kept[0], answers=answers)

    def campaign_of(self, telecaller_id: TelecallerId, call_id: CallId) -> Campaign:
        """Return the campaign of the desk's present call. Raises BadInput."""
        return self._present(telecaller_id, call_id)[1]

    def _present(
        self, telecaller_id: TelecallerId, call_id: CallId
    ) -> tuple[Card, Campaign, LiveCall | None]:
        kept = self._kept.get(telecaller_id)
        if kept is None or kept[0].call_id != call_id:
            raise BadInput(
                "this call is not at your desk any more", remedy="see the desk's card"
            )
        return kept

    async def _made(
        self,
        session: DeskSession,
        contact: Contact,
        campaign: Campaign,
        call_id: CallId | None,
    ) -> Card:
        district = self._district_names.get(contact.district, contact.district)
        values = script_values(
            contact, district=district, telecaller=session.telecaller.name
        )
        earlier: Sequence[EarlierCall] = ()
        # A card without them is better than none while the call goes on.
        with contextlib.suppress(StoreUnavailable, TimeoutError):
            async with asyncio.timeout(SHOWN_WITHIN_S):
                earlier = await self._store.earlier_calls(
                    contact.number, call_id, EARLIER_SHOWN
                )
        return Card(
            call_id=call_id,
            contact_id=contact.contact_id,
            campaign_id=campaign.campaign_id,
            title_hi=campaign.title_hi,
            title_en=campaign.title_en,
            name=contact.name,
            number=number_shown(contact),
            village=village_of(contact),
            district=district,
            constituency=contact.constituency,
            schemes=contact.schemes,
            facts=facts_of(contact),
            answers=(),
            earlier=tuple(earlier),
            script=paragraphs(campaign.script, values),
            questions=campaign.questions,
        )

    async def keep_answer(
        self, telecaller_id: TelecallerId, call_id: CallId, question: str, value: str
    ) -> None:
        """Keep what was answered to a question of the form. Raises BadInput."""
        campaign = self.campaign_of(telecaller_id, call_id)
        for place, asked in enumerate(campaign.questions):
            if asked.question_id != question:
                continue
            words = {option.value for option in asked.options}
            if words and value not in words:
                raise BadInput(f"{value!r} is no answer", where=question)
            await self._store.keep_form_answer(
                call_id, place, question, value[:2000], self._clock.now()
            )
            return
        raise BadInput("the form has no such question", where=question)

    def callback_days(
        self, telecaller_id: TelecallerId, call_id: CallId
    ) -> tuple[CallbackDay, ...]:
        """Return when this person may be called back."""
        _, campaign, live = self._present(telecaller_id, call_id)
        zone = live.due.contact.timezone if live else "Asia/Kolkata"
        return callback_days(campaign, zone, self._law_of(campaign), self._clock.now())

    async def call_back(
        self, telecaller_id: TelecallerId, call_id: CallId, due_at: datetime
    ) -> None:
        """Keep that the person is to be called then. Raises BadInput outside hours."""
        _, campaign, live = self._present(telecaller_id, call_id)
        zone = zone_of(live.due.contact.timezone if live else "Asia/Kolkata")
        now = self._clock.now()
        why_not = closed(campaign, due_at.astimezone(zone), self._law_of(campaign))
        if due_at <= now:
            raise BadInput("that time is over", where="due_at")
        if why_not is not None:
            raise BadInput(why_not.rule, where="due_at")
        if live is not None and not live.ended.is_set():
            live.callback_at = due_at
            live.note(callback=True)
        await self._store.keep_callback(call_id, due_at, now)

    async def own_day(self, telecaller_id: TelecallerId, zone_name: str) -> OwnDay:
        """Return a telecaller's own figures since midnight in that zone.

        Without the store they are those that were asked for last.
        """
        now = self._clock.now()
        midnight = now.astimezone(zone_of(zone_name)).replace(
            hour=0, minute=0, second=0, microsecond=0
        )
        with contextlib.suppress(StoreUnavailable, TimeoutError):
            async with asyncio.timeout(SHOWN_WITHIN_S):
                day = await self._store.own_day(telecaller_id, midnight, now)
            self._days[telecaller_id] = midnight, day
        known = self._days.get(telecaller_id)
        return known[1] if known and known[0] == midnight else OwnDay(0, 0.0, {})
