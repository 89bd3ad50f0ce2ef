"""What is known of the time after a backup, from the installation that it replaces.

Reads; changes nothing. A database that cannot be read any more is no error: then only
the ledger speaks.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from ivr.core.model import CallId, PhoneNumber
from ivr.errors import SamvadError
from ivr.settings.config import Settings
from ivr.store.after_restore import calls_since, numbers_of
from ivr.store.opt_out_ledger import ErasedNumber, OptOut, read, read_erased
from ivr.store.opt_outs import all_opt_outs, put_in_erased
from ivr.store.place import Place, as_it_is

NEVER_AGAIN = "9"  # the key, in what fallback.agi leaves


@dataclass(frozen=True, slots=True)
class Present:
    opt_outs: tuple[OptOut, ...] = ()
    calls_since: int | None = None  # None: nobody knows
    why_unknown: str = ""
    erased: tuple[ErasedNumber, ...] = ()  # whom no list and no backup brings back


async def look_at(settings: Settings, place: Place, since: datetime) -> Present:
    """Return the opt-outs that are known here, and how many calls will be lost."""
    noted = tuple(read(settings.opt_out_ledger))
    erased = tuple(read_erased(settings.opt_out_ledger))
    if place.file is not None and not place.file.exists():
        return Present(noted, None, "there is no database", erased)
    left = tuple(_left_keys(settings.home / "asterisk" / "outbox"))
    try:
        async with as_it_is(place) as database:
            kept = await database.read(all_opt_outs)
            calls = await database.read(calls_since, since)
            numbers = await database.read(numbers_of, [call for call, _ in left])
            gone = [*erased, *await database.read(put_in_erased, ())]
    except SamvadError as exc:
        why = f"the present database cannot be read: {exc}"
        return Present(noted, None, why, erased)
    spoken = (
        OptOut(PhoneNumber(numbers[call]), at, "key 9", CallId(call))
        for call, at in left
        if call in numbers
    )
    return Present((*noted, *kept, *spoken), calls, erased=tuple(gone))


def _left_keys(outbox: Path) -> Iterator[tuple[str, datetime]]:
    """Yield the calls in which the dialplan took a 9, and nobody has stored it yet."""
    for file in sorted(outbox.glob("*.json")):
        try:
            row = json.loads(file.read_text("ascii"))
            if row["key"] == NEVER_AGAIN:
                yield str(row["call_id"]), datetime.fromisoformat(row["at"])
        except (OSError, ValueError, KeyError, TypeError):
            continue
