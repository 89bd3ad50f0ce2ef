"""Links that open once, for a few minutes: for a softphone that cannot sign in.

In memory: a restart ends them all. The link's token is kept as its hash only.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from ivr.controller.users import WebSession
from ivr.core.model import TelecallerId

LASTS = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Ticket:
    """Whose settings a link gives, and by which session it was made."""

    telecaller_id: TelecallerId
    session: WebSession
    until: datetime


class Tickets:
    """At most one for each telecaller: a new one ends the one before."""

    def __init__(self) -> None:
        self._open: dict[str, Ticket] = {}

    def give(
        self, telecaller_id: TelecallerId, session: WebSession, now: datetime
    ) -> str:
        """Return the token of a new ticket."""
        self._open = {
            key: one
            for key, one in self._open.items()
            if one.until > now and one.telecaller_id != telecaller_id
        }
        token = secrets.token_urlsafe(32)
        self._open[_key(token)] = Ticket(telecaller_id, session, now + LASTS)
        return token

    def take(self, token: str, now: datetime) -> Ticket | None:
        """Return the ticket and end it; None when unknown, used or too old."""
        found = self._open.pop(_key(token), None)
        return found if found is not None and now < found.until else None


def _key(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).hexdigest()
