"""A flow tried at a keypad: what is heard, and that nothing is kept in between."""

from __future__ import annotations

import pytest

from ivr.core.flow_model import KeysPressed, SpeechRecorded
from ivr.core.flow_trial import Given, tried
from ivr.errors import BadInput
from tests.fakes.flow_files import FACTS, flow, hang_up, menu, play

WATER = flow(
    play(to="q"),
    menu("q", {"1": "yes", "2": "no"}, next="bye", retries=1),
    hang_up(say="धन्यवाद।"),
)


def test_a_trial_begins_with_the_first_words():
    trial = tried(WATER, FACTS, [])
    assert [one.node for one in trial.heard] == ["hello"]
    assert trial.waits == "keys"
    assert trial.path == ("hello",)


def test_a_key_is_an_answer_and_leads_on():
    trial = tried(WATER, FACTS, [KeysPressed(""), KeysPressed("2")])
    assert [one.node for one in trial.heard] == ["bye"]
    assert trial.answers == (Given("q", "key", "2", True, "no"),)
    assert trial.path == ("hello", "q", "bye")


def test_a_trial_ends_where_the_call_would():
    keys = [KeysPressed(""), KeysPressed("1"), KeysPressed("")]
    trial = tried(WATER, FACTS, keys)
    assert (trial.waits, trial.completed) == ("nothing", True)


def test_what_does_not_fit_is_refused():
    with pytest.raises(BadInput):
        tried(WATER, FACTS, [SpeechRecorded("x.wav", 1.0)])
    with pytest.raises(BadInput):
        tried(WATER, FACTS, [KeysPressed("")] * 200)


def test_a_part_is_tried_by_itself_and_ends_where_it_returns():
    part = flow(play(to="return"), name="part-of-others", is_part=True)
    trial = tried(part, FACTS, [])
    assert trial.path == ("hello",)
    trial = tried(part, FACTS, [KeysPressed("")])
    assert (trial.waits, trial.completed, trial.stopped) == ("nothing", True, "")


def test_an_unfinished_flow_is_heard_as_far_as_it_leads():
    unfinished = flow(play(to=None))
    trial = tried(unfinished, FACTS, [KeysPressed("")])
    assert trial.waits == "nothing"
    assert "leads nowhere" in trial.stopped
