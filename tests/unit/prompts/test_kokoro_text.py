"""Texts are put into the spelling that the phonemizer reads rightly."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from ivr.prompts.kokoro import (
    RATE,
    KokoroEngine,
    KokoroVoice,
    Spoken,
    cut_out,
    prepared,
    with_durations,
)


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


def test_a_piece_of_a_sentence_is_cut_out_where_it_is_most_quiet() -> None:
    # Three phonemes of 100 ms each, a pause before and after the middle one.
    samples = np.full(7 * RATE // 10, 0.5, np.float32)
    samples[2 * RATE // 10 : 3 * RATE // 10] = 0.0
    samples[4 * RATE // 10 : 5 * RATE // 10] = 0.0
    begins = [n * RATE // 10 for n in range(8)]
    piece = cut_out(Spoken(samples, begins), 3, 4)
    assert 0.1 <= len(piece) / RATE <= 0.21
    assert np.abs(piece[:100]).max() == 0.0
    assert piece[-1] == 0.0


def test_the_model_is_asked_for_its_durations_by_adding_to_its_file() -> None:
    changed = with_durations(b"model")
    assert changed.startswith(b"model")
    assert changed.endswith(b"/encoder/Clip_output_0\x12\x04\x0a\x02\x08\x01")


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
