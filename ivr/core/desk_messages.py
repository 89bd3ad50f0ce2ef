"""A message from an in-charge to a telecaller. A pure value."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from ivr.core.model import TelecallerId

LONGEST = 500  # letters


@dataclass(frozen=True, slots=True)
class DeskMessage:
    message_id: str
    telecaller_id: TelecallerId
    by: str
    text: str
    at: datetime
    seen_at: datetime | None = None
