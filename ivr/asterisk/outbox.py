"""What fallback.agi heard while the controller was away.

One file per call. `take` reads them; the caller stores each and then calls
`done`, so that a crash in between loses nothing.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import structlog

from ivr.core.model import CallId

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class LeftKey:
    """A voter's key that nobody was there to take: 1 call me back, 9 never again."""

    call_id: CallId
    key: str
    at: datetime
    file: Path

    def done(self) -> None:
        """Forget it: it is stored elsewhere now."""
        self.file.unlink(missing_ok=True)


def take(outbox: Path) -> list[LeftKey]:
    """Return what was left, oldest first. A damaged file is set aside, not lost."""
    found: list[LeftKey] = []
    for file in sorted(outbox.glob("*.json")):
        try:
            line = json.loads(file.read_text("ascii"))
            at = datetime.fromisoformat(line["at"])
            found.append(LeftKey(CallId(line["call_id"]), line["key"], at, file))
        except (ValueError, KeyError, TypeError) as exc:
            log.warning("Unreadable fallback record", file=file.name, error=str(exc))
            file.replace(file.with_suffix(".damaged"))
    return sorted(found, key=lambda left: left.at)
