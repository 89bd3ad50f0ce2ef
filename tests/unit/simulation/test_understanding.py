from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from ivr.core.model import NodeId
from ivr.settings.config import PROJECT
from ivr.settings.flows import load_flow
from ivr.simulation.sounds import read_wav
from ivr.simulation.tones import RATE, Samples
from ivr.simulation.understanding import (
    LATE_S,
    OFFER,
    WINDOW_S,
    Sentence,
    Understanding,
    load_understanding,
)


def _babble(seed: int, seconds: float = 3.0) -> Samples:
    """A voice that says something: noise through moving formants."""
    rng = np.random.default_rng(seed)
    t = np.arange(round(seconds * RATE)) / RATE
    steps = rng.uniform(0.8, 1.4, 40)
    pitch = 130 * np.interp(t, np.linspace(0, seconds, 40), steps)
    turn = 2 * np.pi * np.cumsum(pitch) / RATE
    loud = np.interp(t, np.linspace(0, seconds, 30), rng.uniform(0.2, 1, 30))
    voice = sum(
        np.sin(n * turn) * np.interp(t, np.linspace(0, seconds, 25), rng.random(25))
        for n in range(1, 7)
    )
    return np.asarray(voice * loud * 1500, dtype=np.float64).astype(np.int16)


FLOW = "survey-and-person"
_NODES = load_flow(PROJECT / f"config/flows/{FLOW}.yaml").nodes
OFFER_SAY = _NODES[NodeId("offer_1")].offer_say["hi"]
QUESTION_SAY = _NODES[NodeId("stars")].say["hi"]
KNOWN = [(Sentence(f"s{n}", f"q{n}", "menu", "12"), _babble(n)) for n in range(30)]
EAR = Understanding(KNOWN)


def _heard(samples: Samples, late_s: float, noise: float = 40.0) -> Samples:
    rng = np.random.default_rng(99)
    quiet = np.zeros(round(late_s * RATE), np.int16)
    both = np.concatenate([quiet, samples])[: round(WINDOW_S * RATE)]
    return (both * 0.7 + rng.normal(0, noise, len(both))).astype(np.int16)


@pytest.mark.parametrize("late_s", [0.0, 0.0615, 0.2, LATE_S - 0.01])
def test_every_sentence_is_known_again_by_its_beginning(late_s: float) -> None:
    for sentence, samples in KNOWN:
        found = EAR.recognise(_heard(samples, late_s))
        assert found is not None
        assert found.sentence == sentence
        assert found.began_s == pytest.approx(late_s, abs=0.002)
        assert found.lasts_s == pytest.approx(3.0)


def test_what_was_never_learnt_is_not_understood() -> None:
    for seed in range(100, 120):
        assert EAR.recognise(_heard(_babble(seed), 0.1)) is None


def test_silence_and_the_middle_of_a_sentence_say_nothing() -> None:
    assert EAR.recognise(np.zeros(round(WINDOW_S * RATE), np.int16)) is None
    assert EAR.recognise(_babble(3)[RATE:]) is None


def test_without_a_sentence_nothing_is_understood() -> None:
    assert Understanding([]).recognise(_babble(1)) is None


def test_an_offer_before_each_question_is_known_as_one_and_by_its_key() -> None:
    ear = load_understanding([PROJECT / "config/flows"], [PROJECT / "audio"], FLOW)
    heard = ear.recognise(_heard(read_wav(_clip_of(OFFER_SAY)), 0.1))
    assert heard is not None
    told = heard.sentence
    assert (told.kind, told.keys, told.node) == (OFFER, "0", "")
    heard = ear.recognise(_heard(read_wav(_clip_of(QUESTION_SAY)), 0.1))
    assert heard is not None
    assert (heard.sentence.node, heard.sentence.keys) == ("stars", "12345")


def _clip_of(text: str) -> Path:
    clips = json.loads((PROJECT / "audio/hi/manifest.json").read_text("utf-8"))["clips"]
    [file] = [row["file"] for row in clips if row["text"] == text]
    return PROJECT / "audio" / file
