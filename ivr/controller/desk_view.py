"""A desk as its telecaller's page, and the floor, are shown it."""

from __future__ import annotations

from typing import Any

from ivr.controller.desk_session import DeskSession
from ivr.controller.operations import DeskView
from ivr.controller.rooms import Rooms
from ivr.controller.talk_control import TalkControl
from ivr.core.model import DeskState, masked
from ivr.core.talk import PartyId


def desk_view(session: DeskSession, rooms: Rooms) -> DeskView:
    """Return the desk, its voter or the person it is shown, and who is in the talk."""
    desk, live = session.desk, session.talk_call
    preview = rooms.previews.contact(desk.telecaller_id)
    contact = live.due.contact if live else preview
    return DeskView(
        telecaller_id=desk.telecaller_id,
        name=session.telecaller.name,
        centre=desk.centre,
        state=desk.state,
        since=desk.since,
        reason=desk.reason,
        call_id=desk.call_id,
        contact_name=contact.name if contact else "",
        contact_number=masked(contact.number) if contact else "",
        district=contact.district if contact else "",
        schemes=contact.schemes if contact else (),
        answers=tuple(live.heard) if live else (),
        **_talk_view(PartyId(desk.telecaller_id), rooms.talks),
        preview_contact_id=preview.contact_id if preview else None,
        ends_at=(
            desk.since + session.wrap_up if desk.state is DeskState.WRAP_UP else None
        ),
        messages=rooms.floor.desk_messages.unseen(desk.telecaller_id),
        phone=session.phone,
    )


def _talk_view(party: PartyId, talks: TalkControl) -> dict[str, Any]:
    live = talks.talk_of(party)
    if live is None or live.talk is None:
        return {}
    talk = live.talk.talk
    others = [one for one in (talk.party, talk.partner) if one and one != party]
    with_whom = talks.name_of(others[0]) if others else ""
    return {
        "talk": talk.state,
        "with_whom": with_whom,
        "is_partner": talk.partner == party,
    }
