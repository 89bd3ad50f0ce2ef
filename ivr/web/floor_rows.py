"""Desks' rows on floors: each made once, for all floors that show it alike.

A floor of the whole state has hundreds of rows, and few of them change in a second.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from aiohttp import web
from markupsafe import Markup

from ivr.core.floor import FloorDesk
from ivr.core.model import DeskState, ListenMode
from ivr.core.pauses import REASONS, PauseReason
from ivr.web.page import part
from ivr.web.texts import N_, Catalogues, Texts

DESK_STATES = {
    DeskState.TALKING: N_("In conversation"),
    DeskState.HOLDING: N_("Voter on hold"),
    DeskState.CONSULTING: N_("Asking a partner"),
    DeskState.RESERVED: N_("Being connected"),
    DeskState.READY: N_("Free"),
    DeskState.WRAP_UP: N_("Noting"),
    DeskState.PAUSED: N_("Paused"),
    DeskState.RECONNECTING: N_("Phone lost"),
    DeskState.CALLING: N_("Phone is ringing"),
    DeskState.OFFLINE: N_("Not logged in"),
}
LISTEN_MODES = {
    ListenMode.LISTEN: N_("Listen: nobody hears me"),
    ListenMode.WHISPER: N_("Whisper: only the telecaller hears me"),
    ListenMode.BARGE: N_("Barge in: both hear me"),
}
MOST_KEPT = 4096


@dataclass(frozen=True, slots=True)
class Row:
    """All that a desk's row shows."""

    one: FloorDesk
    place: str  # its centre's name; "": all rows are of one centre
    can_control: bool
    can_listen: bool
    is_overlong: bool
    listeners: tuple[tuple[str, str, str], ...]  # id, name, mode


MakeRow = Callable[[str, Row], Markup]  # of a language
ROWS: web.AppKey[MakeRow] = web.AppKey("floor_rows")


def maker(catalogues: Catalogues) -> MakeRow:
    """Return what makes rows, and keeps those that it made last."""
    return lru_cache(MOST_KEPT)(lambda lang, row: _made(catalogues.of(lang), row))


def _made(texts: Texts, row: Row) -> Markup:
    text = part(
        texts,
        "floor_desk_row.html",
        one=row.one,
        place=row.place,
        can_control=row.can_control,
        can_listen=row.can_listen,
        is_overlong=row.is_overlong,
        listeners=row.listeners,
        states=DESK_STATES,
        modes=LISTEN_MODES,
        reasons={one.word: word(one, texts.language) for one in REASONS},
    )
    return Markup(text)  # of our own template


def word(reason: PauseReason, lang: str) -> str:
    return reason.hi if lang == "hi" else reason.en
