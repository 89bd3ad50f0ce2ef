"""For how long a recording is in view, and whose it is then. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from ivr.core.access import User


@dataclass(frozen=True, slots=True)
class Hearing:
    """After `view` a recording is the grievance officer's alone."""

    view: timedelta = timedelta(days=90)
    officer: str = ""  # a user's id

    def allows(self, user: User, said_at: datetime | None, now: datetime) -> bool:
        """Say whether the user may hear what was said then. What has no time is old.

        A program in the officer's name is not the officer.
        """
        is_officer = bool(self.officer) and user.user_id == self.officer
        in_view = said_at is not None and now - said_at < self.view
        return in_view or (is_officer and user.only is None)
