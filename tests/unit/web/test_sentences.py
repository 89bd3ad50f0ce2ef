"""Whatever a room refuses, a reader of Hindi reads it in Hindi."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from pydantic_core._pydantic_core import list_all_errors

from ivr.core.flow_drafts import DraftState
from ivr.core.model import CampaignState, DeskState
from ivr.core.talk import TalkState
from ivr.errors import BadInput
from ivr.web.sentences import Sentences, Template
from ivr.web.texts import LOCALE, REFUSALS, Catalogues, Said, parts_of
from tests.unit.web.sentences_in_source import Found, found, shape

ROOMS = (
    "web",
    "controller",
    "workshop",
    "settings",
    "core",
    "intake",
    "prompts",
    "store",
)
# Functions of which every text that they give back is shown: "*" is the whole file.
WHOLE = (
    ("controller/dial_loop.py", "_forbidden"),
    ("core/accounts.py", "*"),
    ("core/brake.py", "*"),
    ("core/compliance.py", "_never_dial"),
    ("core/dial_stops.py", "__str__"),
    ("core/flow_check.py", "_check_edges"),
    ("core/flow_check.py", "_unknown"),
    ("core/flow_check_nodes.py", "*"),
    ("core/pacing.py", "*"),
    ("core/trunk_day.py", "refusal"),
    ("settings/checked.py", "_remedy"),
    ("settings/flows.py", "_explained"),
    ("settings/flows.py", "_latin"),
    ("settings/flows.py", "_nearest"),
    ("settings/located.py", "*"),
)
STATES = (CampaignState, DeskState, DraftState, TalkState)
# Chosen from a table, where the source cannot be read; in core/accounts.py.
LEVELS = {"state {code}", "division {code}"}
HINDI, ENGLISH = Catalogues().of("hi"), Catalogues().of("en")


def _entries(*, wheres: bool = False) -> dict[str, tuple[str, str]]:
    """Return every sentence with its Hindi and its file."""
    entries: dict[str, tuple[str, str]] = {}
    for file in sorted(Path(LOCALE).rglob(f"{REFUSALS}*.po")):
        with file.open("rb") as source:
            for entry in read_po(source, locale="hi"):
                if entry.id and bool(entry.context) == wheres:
                    entries[str(entry.id)] = (str(entry.string), file.name)
    return entries


ENTRIES = _entries()
BY_SHAPE = {shape(english): english for english in ENTRIES}


def _of(room: str) -> Found:
    return found(room, WHOLE)


def _all_shapes() -> Iterator[str]:
    for room in ROOMS:
        yield from map(shape, _of(room).sentences)
    for error in list_all_errors():
        said = error["message_template_python"]
        yield from (shape(said.replace("{expected_plural}", end)) for end in ("", "s"))
        yield shape(error.get("message_template_json", ""))
    yield from map(shape, LEVELS)
    for states in STATES:
        yield from map(str, states)


def test_the_source_is_read_with_its_places() -> None:
    core, web = _of("core").sentences, _of("web").sentences
    assert "choose a centre" in web
    assert "{key} leads to {target}, which is no node" in core
    assert "the flow has {nodes} nodes; {max_nodes} are allowed" in core
    assert "{district} is a code".replace("{", "{{").replace("}", "}}") in core


@pytest.mark.parametrize("room", ROOMS)
def test_every_sentence_of_a_room_has_its_hindi(room: str) -> None:
    missing = {
        sentence: file
        for sentence, file in _of(room).sentences.items()
        if shape(sentence) not in BY_SHAPE and sentence not in HINDI.messages
    }
    assert not missing, f"write their Hindi into refusals_{room}.po: {missing}"


@pytest.mark.parametrize("room", ROOMS)
def test_every_field_that_a_refusal_names_has_its_hindi(room: str) -> None:
    missing = _of(room).wheres.keys() - HINDI.wheres.keys()
    assert not missing, f"write their Hindi into refusals_wheres.po: {missing}"


def test_no_sentence_is_left_over() -> None:
    said = set(_all_shapes())
    assert not {e: file for e, (_, file) in ENTRIES.items() if shape(e) not in said}
    wheres = set().union(*(_of(room).wheres for room in ROOMS))
    assert not HINDI.wheres.keys() - wheres


def test_no_sentence_is_put_into_hindi_twice() -> None:
    places: dict[str, list[str]] = defaultdict(list)
    for english in ENTRIES:
        places[shape(english)].append(english)
    assert not [twice for twice in places.values() if len(twice) > 1]
    assert not ENTRIES.keys() & HINDI.messages.keys()


def test_the_hindi_has_just_the_places_of_the_english() -> None:
    for english, (hindi, _) in ENTRIES.items():
        there = sorted(Template(hindi, "").places)
        assert there == sorted(Template(english, "").places), english


def test_no_sentence_is_taken_for_another() -> None:
    for english, (hindi, _) in ENTRIES.items():
        values = {place: f"<{place}>" for place in Template(english, "").places}
        sample = english.format(**values)
        assert HINDI.sentences.find(sample) == hindi.format(**values), english
        if values:  # one without places is itself, whatever else would fit
            (first, _), *others = HINDI.sentences.fitting(sample)
            assert first.english == english
            assert all(one.size < first.size for one, _ in others), english


def test_what_fills_a_place_is_kept_and_a_sentence_in_it_is_told_too() -> None:
    texts = Sentences(
        {"no {what}": "{what} नहीं", "a dog": "कुत्ता", "all: {x}": "सब: {x}"}
    )
    assert texts.find("no cat") == "cat नहीं"
    assert texts.find("all: a dog") == "सब: कुत्ता"
    assert texts.find("no cat here") is None  # too little text for a place of two words


def test_of_two_that_fit_the_one_that_says_more_is_taken() -> None:
    texts = Sentences(
        {
            "there is no {what}": "{what} नहीं है",
            "there is no flow {flow}": "फ़्लो {flow} नहीं है",
        }
    )
    assert texts.find("there is no flow 'camps'") == "फ़्लो 'camps' नहीं है"


def test_sentences_beside_each_other_are_told_one_by_one() -> None:
    texts = Sentences({"add it": "इसे भरिए", "this is missing": "यह भरा नहीं गया"})
    told = texts.find("flows/x.yaml:7: this is missing (add it)")
    assert told == "flows/x.yaml:7: यह भरा नहीं गया (इसे भरिए)"
    assert texts.find("add it; wait") == "इसे भरिए; wait"


def test_what_nobody_knows_has_no_hindi() -> None:
    assert HINDI.known("some library's own words") is None
    assert HINDI.known("x" * 100_000) is None
    assert HINDI.told("some library's own words") == ("some library's own words", "en")


def test_braces_in_a_name_are_no_places() -> None:
    assert HINDI.known("there is no flow '{x}'") == "'{x}' नाम का कोई फ़्लो नहीं है"


def test_a_refusal_is_told_with_its_place_and_remedy() -> None:
    exc = BadInput("choose a voice", where="voice", remedy="ask your admin")
    assert HINDI.told(parts_of(exc)) == ("आवाज़: कोई आवाज़ चुनिए (अपने एडमिन से कहें)", "hi")
    assert ENGLISH.told(parts_of(exc)) == (str(exc), "en")
    assert HINDI.told(Said("who knows", remedy="add it")) == (
        "who knows (इसे भरिए)",
        "en",
    )


def test_a_pacing_decision_is_told_with_its_account() -> None:
    because = (
        "progressive: 3 telecallers free, 1 calls may want one, but 2 trunk channels "
        "are free; 1.2% abandoned in the account of campaign sehore"
    )
    assert HINDI.known(because) == (
        "एक-एक करके: 3 टेलीकॉलर ख़ाली, 1 कॉलों को टेलीकॉलर चाहिए हो सकता है, पर ट्रंक के 2 "
        "चैनल ख़ाली हैं; अभियान sehore के हिसाब में छूटी कॉलें 1.2%"
    )


@pytest.mark.parametrize("said", ["a: " * 900, "x; y (b: c) " * 80, "a is (" * 150])
def test_what_could_be_read_in_many_ways_is_soon_given_up(said: str) -> None:
    began = time.process_time()
    HINDI.known(said[:999])
    assert time.process_time() - began < 0.5
