"""The report as one HTML file: no script, no link to the outside, fonts inside.

Whatever came from people goes through Jinja's escaping; nothing is marked safe but
our own style sheet and fonts.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from ivr.core.results import Report
from ivr.core.withholding import LEAST_OPINIONS
from ivr.report import numbers, words

_ROOM = Path(__file__).parent
_FONT = "noto-sans-devanagari-{subset}-{weight}-normal.woff2"
_RANGES = {
    "devanagari": "U+0900-097F,U+1CD0-1CF9,U+200C-200D,U+20B9,U+25CC,U+A8E0-A8FF",
    "latin": "U+0000-00FF,U+2000-206F,U+20AC,U+2190-2193,U+2212",
}


def as_html(report: Report) -> str:
    """Return the page. It is safe to mail, print or put on any web server."""
    page = _environment().get_template("report.html.j2")
    return page.render(
        report=report,
        bands=words.BANDS,
        style=Markup(_style()),  # ours, no word of it from outside
        least=LEAST_OPINIONS,
    )


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_ROOM / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        grouped=numbers.grouped,
        percent=numbers.percent,
        margin=numbers.margin,
        lasting=numbers.length,
        day_hi=numbers.day_hi,
        day_en=numbers.day_en,
        moment_hi=numbers.moment_hi,
        moment_en=numbers.moment_en,
        sentence=words.sentence,
        wide=wide,
        most=most,
    )
    environment.globals.update(
        named=words.named,
        in_hindi=lambda said: said.hi,
        OUTCOMES=words.OUTCOMES,
        STEPS=words.STEPS,
        STATES=words.STATES,
        MODES=words.MODES,
        LENGTHS=words.LENGTHS,
        VERDICTS=words.VERDICTS,
        OPT_OUT_SOURCES=words.OPT_OUT_SOURCES,
        TALK_OUTCOMES=words.TALK_OUTCOMES,
    )
    return environment


def wide(share: float | None) -> str:
    """Return a share of a chart's width, as SVG writes it."""
    return f"{100 * max(0.0, min(1.0, share or 0.0)):.2f}%"


def most(values: Iterable[float | None]) -> float:
    """Return the largest, to which a chart is scaled; 1 where there is none."""
    return max((value or 0.0 for value in values), default=0.0) or 1.0


@cache
def _style() -> str:
    return f"{faces()}\n{(_ROOM / 'templates/report.css').read_text('utf-8')}"


def faces() -> str:
    """Return the style that brings our fonts along, as 'Samvad Noto'."""
    return "\n".join(
        _face(subset, weight) for subset in _RANGES for weight in (400, 700)
    )


def _face(subset: str, weight: int) -> str:
    file = _ROOM / "fonts" / _FONT.format(subset=subset, weight=weight)
    data = base64.b64encode(file.read_bytes()).decode()
    return (
        "@font-face{font-family:'Samvad Noto';font-style:normal;"
        f"font-weight:{weight};unicode-range:{_RANGES[subset]};"
        f"src:url(data:font/woff2;base64,{data}) format('woff2')}}"
    )
