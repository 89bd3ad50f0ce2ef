"""Nothing that goes into a file of Asterisk's can become more than a value."""

from __future__ import annotations

from pathlib import Path

import pytest

from ivr.asterisk.conf_file import ConfText, conf_value, dialplan_word
from ivr.errors import BadInput


@pytest.mark.parametrize(
    "attack",
    [
        "secret\n[intruder]\ntype=endpoint",
        "a\rb",
        "a\x00b",
        "a\u2028b",
        "a\x85b",
        "${SHELL(id)}",
        "$[1+1]",
        " leading",
        "trailing ",
    ],
)
def test_a_value_that_could_become_another_line_or_expression_is_refused(
    attack: str,
) -> None:
    with pytest.raises(BadInput):
        conf_value(attack)


def test_a_semicolon_is_kept_and_starts_no_comment() -> None:
    assert conf_value("pa;ss") == "pa\\;ss"


def test_hindi_names_numbers_and_folders_stay_as_they_are() -> None:
    assert conf_value("संवाद कॉल सेंटर") == "संवाद कॉल सेंटर"
    assert conf_value("विद्\u200dया") == "विद्\u200dया"
    assert conf_value(5060) == "5060"
    assert conf_value(Path("/srv/samvad")) == "/srv/samvad"
    assert conf_value(True) == "yes"
    assert conf_value(False) == "no"


def test_a_value_of_no_known_kind_is_refused() -> None:
    with pytest.raises(BadInput):
        conf_value(None)
    with pytest.raises(BadInput):
        conf_value(["a"])


def test_text_that_was_made_for_a_file_passes() -> None:
    assert conf_value(ConfText("a;b")) == "a;b"


@pytest.mark.parametrize("letter", ",()[]{}|&\"'\\`;")
def test_a_letter_that_the_dialplan_reads_is_refused_in_a_dialplan(
    letter: str,
) -> None:
    with pytest.raises(BadInput) as refused:
        dialplan_word(f"/srv/sam{letter}vad")
    assert refused.value.remedy or "expression" in str(refused.value)
