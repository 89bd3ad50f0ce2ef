"""The HTML report: whole, harmless, and without any link to the outside."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from ivr.core.flow_model import NodeKind, Option
from ivr.core.model import Disposition, NodeId
from ivr.core.summary import summarise
from ivr.core.tallies import KeyCount, Names, PlaceName, SpokenCount, SpokenFile
from ivr.report.as_html import as_html
from tests.fakes.counted import (
    CAMPAIGN,
    CENTRE,
    FLOW,
    NAMES,
    NOON,
    calls,
    counted,
    node,
    people,
    said,
    talks,
)

INDIA = ZoneInfo("Asia/Kolkata")
EVIL = "\"'><script>alert(1)</script>{{ 7*7 }}<img src=x onerror=alert(1)>"
WITHOUT_END = {"meta", "link", "img", "br", "hr", "input"}


class Page(HTMLParser):
    """The tags that were opened, and whether each was closed in turn."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.open: list[str] = []
        self.wrong: list[str] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in WITHOUT_END:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.wrong.append(tag)

    def handle_data(self, data: str) -> None:
        if self.open[-1:] != ["style"]:
            self.text += data


def html_of(names: Names = NAMES, **changes: Any) -> str:
    return as_html(summarise(counted(**changes), names, NOON, INDIA))


@pytest.fixture(scope="module")
def evil_page() -> str:
    """Every word that may come from people or files is an attack."""
    menu = node(
        "need",
        NodeKind.MENU,
        question_hi=EVIL,
        question_en=EVIL,
        options=(Option("1", EVIL, EVIL, EVIL),),
    )
    flow = replace(
        FLOW, title_hi=EVIL, title_en=EVIL, version=EVIL, nodes={NodeId("need"): menu}
    )
    campaign = replace(CAMPAIGN, title_hi=EVIL, title_en=EVIL, organisation=EVIL)
    place = PlaceName(EVIL, EVIL, EVIL, EVIL)
    names = Names({EVIL: place}, {EVIL: place}, {"tag": place}, {CENTRE.code: CENTRE})
    return html_of(
        names,
        campaign=campaign,
        flow=flow,
        first_at=NOON,
        last_at=NOON,
        attempts=(calls(Disposition.PARTIAL, 50),),
        by_district=(people(EVIL, Disposition.PARTIAL, 50),),
        by_schemes=(people("tag other", Disposition.PARTIAL, 50),),
        answers_by_district=(said(EVIL, EVIL, 30), said("<b>", EVIL, 3)),
        answers_by_schemes=(said("tag", EVIL, 30),),
        hung_up_at={EVIL: 2, "need": 3},
        keys=(KeyCount(EVIL, "key", EVIL, "", False, 1, 1),),
        spoken=(SpokenCount("need", "1.0 s", 1),),
        spoken_files=(SpokenFile(EVIL, EVIL, EVIL, NOON),),
        opt_outs={EVIL: 1},
        talks=(talks(EVIL, EVIL, 2),),
    )


def test_nothing_that_people_wrote_becomes_a_tag(evil_page: str):
    page = Page(evil_page)
    assert "script" not in page.tags
    assert "img" not in page.tags
    assert not [name for name, _ in page.attributes if name.startswith("on")]


def test_what_they_wrote_is_shown_as_they_wrote_it(evil_page: str):
    assert Page(evil_page).text.count(EVIL) > 10


def test_tags_are_closed_in_turn(evil_page: str):
    page = Page(evil_page)
    assert (page.open, page.wrong) == ([], [])


def test_the_page_asks_nobody_for_anything(evil_page: str):
    page = Page(evil_page)
    assert not {"script", "link", "img", "iframe", "form", "object"} & set(page.tags)
    links = [v for n, v in page.attributes if n in ("href", "src", "action")]
    assert all(link and link.startswith("#") for link in links)
    urls = re.findall(r"url\(([^)]{0,30})", evil_page)
    assert urls
    assert all(url.startswith("data:font/woff2;base64,") for url in urls)
    assert "@import" not in evil_page
    assert "default-src 'none'" in evil_page


def test_every_link_leads_to_a_place_on_the_page(evil_page: str):
    page = Page(evil_page)
    places = {value for name, value in page.attributes if name == "id"}
    links = {v.removeprefix("#") for n, v in page.attributes if n == "href" and v}
    assert links
    assert links <= places


def test_hindi_comes_with_its_font():
    html = html_of()
    assert html.count("@font-face") == 4
    assert "U+0900-097F" in html
    assert '<html lang="hi">' in html


def test_a_small_group_is_named_and_its_opinion_is_not():
    html = html_of(
        attempts=(calls(Disposition.PARTIAL, 50),),
        by_district=(people("SEH", Disposition.PARTIAL, 50),),
        answers_by_district=(
            said("INR", "water", 40),
            said("RSN", "water", 30),
            said("SEH", "roads", 15),
            said("VID", "roads", 7),
        ),
    )
    annex = html[html.index('id="annex"') :]
    row = annex[annex.index("&lt; 20") :].partition("</tr>")[0]
    assert "विदिशा" in row
    assert "%" not in row


def test_numbers_are_masked():
    html = html_of(campaign=replace(CAMPAIGN, caller_id="+919827112345"))
    assert "9827112345" not in html
    assert "98•••••345" in html


def test_a_campaign_that_never_dialled_has_a_page_that_says_so():
    html = html_of()
    page = Page(html)
    assert (page.open, page.wrong) == ([], [])
    assert "अभी तक कोई कॉल नहीं हुई" in html


def test_the_report_says_that_machine_detection_is_off():
    assert "AMD" in html_of(attempts=(calls(Disposition.BUSY, 1),))
