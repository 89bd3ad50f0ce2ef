"""No screen holds a word that has no Hindi, and no Hindi has a place too few."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from ivr.web.texts import LOCALE, Catalogues

WEB = LOCALE.parent
PLACES = re.compile(r"%\((\w+)\)s")
TS_CALL = re.compile(r'\bt\(\s*"((?:[^"\\]|\\.)*)"')


def _in_source() -> dict[str, str]:
    """Return every message and one place where it is used."""
    found: dict[str, str] = {}
    methods = [("**.py", "python"), ("templates/**.html", "jinja2")]
    keywords = {"_": None, "N_": None, "gettext": None}
    for file, line, message, _comments, _context in extract_from_dir(
        WEB, methods, keywords=keywords
    ):
        if isinstance(message, str):
            found.setdefault(message, f"{file}:{line}")
    for file in (WEB / "browser" / "src").rglob("*.ts"):
        for message in TS_CALL.findall(file.read_text("utf-8")):
            found.setdefault(message.replace('\\"', '"'), str(file.relative_to(WEB)))
    return found


MESSAGES = _in_source()
HINDI = Catalogues().of("hi")


def test_messages_are_found_in_templates_python_and_typescript() -> None:
    assert {"Sign in", "My desk", "Connected"} <= MESSAGES.keys()


def test_every_message_has_its_hindi() -> None:
    missing = {m: where for m, where in MESSAGES.items() if m not in HINDI.messages}
    assert not missing, f"write their Hindi into {LOCALE}: {missing}"


def test_no_hindi_is_left_over() -> None:
    assert not HINDI.messages.keys() - MESSAGES.keys()


@pytest.mark.parametrize("message", sorted(MESSAGES))
def test_both_languages_have_the_same_places(message: str) -> None:
    hindi = HINDI.messages.get(message, message)
    assert set(PLACES.findall(hindi)) == set(PLACES.findall(message))


def test_no_message_is_put_into_hindi_in_two_ways() -> None:
    found: dict[str, str] = {}
    for file in sorted(Path(LOCALE).rglob("*.po")):
        with file.open("rb") as source:
            for entry in read_po(source, locale="hi"):
                text = str(entry.string)
                assert found.setdefault(str(entry.id), text) == text or not entry.id
