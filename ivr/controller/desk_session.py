"""One telecaller's session as the controller holds it, and what goes on at it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from ivr.controller.live_call import LiveCall
from ivr.core.desk import Desk
from ivr.core.model import CallId, DeskPhone, Telecaller


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
