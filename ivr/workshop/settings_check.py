"""What is right and wrong with the files of config/: asked by `check` and the pages."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from ivr.core.findings import Finding, note, ok, wrong
from ivr.core.hours import DEFAULT_WINDOWS, shown
from ivr.core.model import Telecaller
from ivr.errors import BadInput
from ivr.settings.calendar import load_law, load_permissions
from ivr.settings.people import (
    load_centres,
    load_geography,
    load_in_charges,
    load_telecallers,
)

SOON_DAYS = 14  # before a paper ends, or the listed holidays do


def check_people(config: Path) -> tuple[list[Telecaller], Finding]:
    """Return the telecallers, and whether a start would take them and in-charges.

    Each must be of a centre that is there, and no two may share a phone.
    """
    try:
        centres = load_centres(config / "centres.yaml")
        telecallers = load_telecallers(config / "telecallers.yaml")
        in_charges = load_in_charges(config / "telecallers.yaml")
    except BadInput as exc:
        return [], wrong("people", str(exc), "see the message")
    known = {centre.code for centre in centres}
    everybody = [*telecallers, *in_charges]
    lost = [one.telecaller_id for one in everybody if one.centre not in known]
    if lost:
        said = f"centre of {', '.join(lost)} is not in centres.yaml"
        return telecallers, wrong("people", said, "correct config/telecallers.yaml")
    said = f"{len(centres)} centres, {len(telecallers)} telecallers"
    said += f", {len(in_charges)} in-charges" if in_charges else ""
    return telecallers, ok("people", said)


def check_places(config: Path) -> Finding:
    """Say whether every district has a centre that serves it."""
    try:
        centres = {
            c.code.rpartition(".")[2] for c in load_centres(config / "centres.yaml")
        }
        districts = load_geography(config / "geography.yaml").districts
    except BadInput as exc:
        return wrong("places", str(exc), "see the message")
    lost = [one.code for one in districts if one.code not in centres]
    if lost:
        return note("places", f"no centre serves {', '.join(lost)}")
    return ok("places", f"each of {len(districts)} districts has its centre")


def check_hours() -> list[Finding]:
    return [ok(str(mode), shown(spans)) for mode, spans in DEFAULT_WINDOWS.items()]


def check_calendar(config: Path, today: date) -> list[Finding]:
    """Say what of holidays, elections, papers and barred numbers is wrong or old."""
    try:
        law = load_law(config, ())
    except BadInput as exc:
        return [wrong("calendar", str(exc), "see the message")]
    holidays = law.calendar.holidays
    last = max(holidays, default=None)
    remedy = "add those of the state's gazette to the calendar"
    found = []
    if last is None or (last - today).days < SOON_DAYS:
        found.append(wrong("calendar", f"holidays are listed until {last}", remedy))
    else:
        found.append(ok("calendar", f"{len(holidays)} holidays, until {last}"))
    areas = law.calendar.areas
    found.append(ok("elections", f"{len(areas)} polling areas"))
    found.append(ok("never_dial", f"{len(law.never_dial)} protected numbers"))
    return found + _papers(config, today)


def _papers(config: Path, today: date) -> list[Finding]:
    held = load_permissions(config / "permissions.yaml")
    found = []
    for campaign, until in sorted(
        [*held.certified_until.items(), *held.authority_until.items()]
    ):
        said = f"{campaign}: until {until}"
        if until < today:
            found.append(wrong("papers", said, "it has ended: ask for a new one"))
        elif (until - today).days < SOON_DAYS:
            found.append(note("papers", said, "it ends soon"))
        else:
            found.append(ok("papers", said))
    return found
