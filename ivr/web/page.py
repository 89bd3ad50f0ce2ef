"""Templates to pages: escaped, in the user's language, with the user's menu."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, datetime
from functools import cache, partial
from pathlib import Path
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

from aiohttp import web
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from ivr.core.access import May, grants
from ivr.core.model import masked
from ivr.errors import SetupFailed
from ivr.report import as_html, numbers
from ivr.web.site import LANGUAGE, SITE, WHO
from ivr.web.texts import N_, Said, Texts

ROOM = Path(__file__).parent
CHARTS = Path(as_html.__file__).parent / "templates"  # the report's, shared
BUILT = ROOM / "static" / "built"


class Place(NamedTuple):
    """A line of the menu: shown to those who may, when the page is there."""

    path: str
    may: May
    title: str


MENU = (
    Place("/desk", May.DESK, N_("My desk")),
    Place("/floor", May.FLOOR, N_("The floor")),
    Place("/practice", May.FLOOR, N_("Practice")),
    Place("/campaigns", May.CAMPAIGNS, N_("Campaigns")),
    Place("/lists", May.LISTS, N_("Lists")),
    Place("/flows", May.FLOWS, N_("Flows")),
    Place("/prompts", May.FLOWS, N_("Prompts")),
    Place("/results", May.RESULTS, N_("Results")),
    Place("/people", May.PEOPLE, N_("People")),
    Place("/settings", May.SETTINGS, N_("Settings")),
    Place("/audit", May.AUDIT, N_("Audit log")),
    Place("/programs", May.PROGRAMS, N_("Programs")),
    Place("/api/v1/docs", May.PROGRAMS, N_("The API")),
)


def page(
    request: web.Request, template: str, *, status: int = 200, **values: Any
) -> web.Response:
    """Return a whole page."""
    text = render(request, template, **values)
    return web.Response(
        text=text,
        status=status,
        content_type="text/html",
        headers={"Cache-Control": "no-store"},  # people's names
    )


def render(request: web.Request, template: str, **values: Any) -> str:
    """Return a page, or a part of one, for whoever asks."""
    site, who = request.app[SITE], request.get(WHO)
    texts = site.texts.of(request[LANGUAGE])
    given = {
        "user": who.user if who else None,
        "csrf": who.session.csrf if who and who.session else "",
        "may": {str(one) for one in grants(who.user)} if who else set(),
        "menu": _menu(request),
        "here": request.path,
        "now": site.now(),
        "organisation": (
            site.organisation_hi if texts.language == "hi" else site.organisation_en
        ),
    }
    return part(texts, template, zone=site.zone, **given, **values)


def part(texts: Texts, template: str, **values: Any) -> str:
    """Return a part of a page without a request: for feeds."""
    return (
        _environment()
        .get_template(template)
        .render(
            _=texts.gettext,
            tell=partial(_told, texts),
            lang=texts.language,
            texts_version=texts.version,
            **values,
        )
    )


def _told(texts: Texts, said: Said | str) -> Markup:
    """Return a refusal, fault or reason for a page, marked where it stays English."""
    text, language = texts.told(said)
    if language == texts.language:
        return escape(text)
    return Markup('<span lang="{}">{}</span>').format(language, text)


def _menu(request: web.Request) -> list[Place]:
    who = request.get(WHO)
    if who is None:
        return []
    present = there(request.app)
    return [p for p in MENU if p.may in grants(who.user) and p.path in present]


def there(app: web.Application) -> frozenset[str]:
    """Return the paths that are served."""
    known = _THERE.get(app)
    if known is None:
        resources = app.router.resources()
        known = frozenset(one.canonical for one in resources if one.canonical)
        if app.frozen:  # nothing more comes
            _THERE[app] = known
    return known


# Parts of pages are made many times a second, and there are hundreds of paths.
_THERE: WeakKeyDictionary[web.Application, frozenset[str]] = WeakKeyDictionary()


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader([ROOM / "templates", CHARTS]),
        autoescape=True,
        auto_reload=False,  # feeds render all day: no look at the file each time
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        grouped=numbers.grouped,
        percent=numbers.percent,
        lasting=numbers.length,
        margin=numbers.margin,
        wide=as_html.wide,
        most=as_html.most,
        masked=masked,
        moment=moment,
        day=day,
        day_of=day_of,
        trusted=Markup,  # only for what a template of ours made
        iso=lambda at: at.isoformat(),
    )
    environment.globals.update(asset=asset)
    return environment


def moment(at: datetime, lang: str, zone: Any) -> str:
    """Return a time as it is read here: 24 नवं 2026, 14:05"""
    local = at.astimezone(zone)
    return numbers.moment_hi(local) if lang == "hi" else numbers.moment_en(local)


def day_of(one: date, lang: str) -> str:
    """Return a date as it is read here: 24 नवं 2026"""
    return numbers.day_hi(one) if lang == "hi" else numbers.day_en(one)


def day(at: datetime, lang: str, zone: Any) -> str:
    local = at.astimezone(zone)
    return numbers.day_hi(local) if lang == "hi" else numbers.day_en(local)


def asset(name: str) -> str:
    """Return the address of a built file: its name changes with what is in it."""
    names = _assets(BUILT / "manifest.json", _changed(BUILT / "manifest.json"))
    if name not in names:
        raise SetupFailed(f"the pages are not built ({name} is missing): make setup")
    return f"/static/{names[name]}"


def _changed(manifest: Path) -> int:
    return manifest.stat().st_mtime_ns if manifest.exists() else 0


@cache
def _assets(manifest: Path, _changed_at: int) -> Mapping[str, str]:
    if not manifest.exists():
        return {}
    found: dict[str, str] = json.loads(manifest.read_text("utf-8"))
    return found
