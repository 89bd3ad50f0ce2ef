"""One telecaller's session as the controller holds it, and what goes on at it."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from ivr.controller.live_call import LiveCall
from ivr.core.desk import Desk
from ivr.core.model import CallId, DeskPhone, Telecaller

# In a leg's id, so that a new controller knows which telephone it is.
LETTERS = {DeskPhone.SOFTPHONE: "s", DeskPhone.BROWSER: "b", DeskPhone.MOBILE: "m"}
_LEG_ID = re.compile(r"d-(.+)-[0-9a-f]+-[0-9]+([a-z])")


@dataclass(slots=True)
class DeskSession:
    telecaller: Telecaller
    desk: Desk
    phone: DeskPhone = DeskPhone.SOFTPHONE  # rung when they logged in, and again
    rings: int = 0
    leg_count: int = 0
    talk_call: LiveCall | None = None
    last_call_id: CallId | None = None  # joined last: its outcome may still be noted
    joined_at: datetime | None = None
    has_outcome: bool = False
    wrap_up: timedelta = timedelta(seconds=15)
    # Of the wrap-up, or of the time for which the desk is promised.
    timer: asyncio.Task[None] | None = None
    changed: asyncio.Condition = field(default_factory=asyncio.Condition)


def new_leg_id(session: DeskSession, stamp: int) -> str:
    """Return an id that names telecaller and telephone; `stamp` makes it unique."""
    whose, count = session.telecaller.telecaller_id, session.leg_count
    return f"d-{whose}-{stamp:x}-{count}{LETTERS[session.phone]}"


def read_leg_id(leg_id: str) -> tuple[str, DeskPhone | None]:
    """Return whose leg it is and at which telephone; None: no telecaller's."""
    parts = _LEG_ID.fullmatch(leg_id)
    if parts is None:
        return "", None
    phones = {letter: phone for phone, letter in LETTERS.items()}
    return parts[1], phones.get(parts[2])
