"""Texts are put into the spelling that the phonemizer reads rightly."""

from __future__ import annotations

from pathlib import Path

import pytest

from ivr.prompts.kokoro import KokoroEngine, KokoroVoice, closed, prepared


@pytest.mark.parametrize(
    ("text", "spoken"),
    [
        ("नमस्ते। धन्यवाद।", "नमस्ते. धन्यवाद."),
        ("नौ दबाएँ।", "नौ दबाएं."),
        ("योजनाओं की जानकारी", "योजनावों की जानकारी"),
        ("सीखो-कमाओ योजना", "सीखो कमाओ योजना"),
        ("आवास योजना (ग्रामीण)", "आवास योजना, ग्रामीण"),
        ("जन कल्याण (संबल) योजना", "जन कल्याण, संबल, योजना"),
        ("पाँच माँ हूँ", "पाँच माँ हूँ"),
        ("  दो   शब्द ", "दो शब्द"),
        ("PM-KISAN", "PM-KISAN"),
    ],
)
def test_what_would_be_misread_is_respelled(text: str, spoken: str) -> None:
    assert prepared(text, {}) == spoken


def test_a_word_is_respelled_only_where_it_stands_alone() -> None:
    respell = {"पीएम": "पी एम"}
    assert prepared("पीएम किसान, पीएम।", respell) == "पी एम किसान, पी एम."
    assert prepared("पीएमओ पीएमा", respell) == "पीएमओ पीएमा"


def test_a_word_is_respelled_however_its_letters_are_encoded() -> None:
    composed, decomposed = "सड़सठ", "सड\u093cसठ"
    assert prepared(composed, {decomposed: "सड़ सठ"}) == prepared("सड़ सठ", {})


@pytest.mark.parametrize(("given", "ended"), [("eːk", "eːk."), ("kːjaː?", "kːjaː?")])
def test_every_text_ends_with_a_stop_of_some_kind(given: str, ended: str) -> None:
    assert closed(given) == ended


def test_a_respelling_that_concerns_the_text_changes_its_settings() -> None:
    engine = KokoroEngine(Path("nowhere"))
    plain = KokoroVoice(engine, {"hi": "hf_alpha"})
    respelled = KokoroVoice(engine, {"hi": "hf_alpha"}, respell={"hi": {"छह": "छै"}})
    assert plain.settings("छह", "hi") != respelled.settings("छह", "hi")
    assert plain.settings("सात", "hi") == respelled.settings("सात", "hi")


def test_it_says_what_is_missing_and_how_to_get_it() -> None:
    voice = KokoroVoice(KokoroEngine(Path("nowhere")), {"hi": "hf_alpha"})
    assert "get_kokoro" in str(voice.why_not("नमस्ते", "hi"))
    assert "no Kokoro speaker" in str(voice.why_not("hello", "en"))
