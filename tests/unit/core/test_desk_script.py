"""The script that a telecaller reads, with the contact's fields in it."""

from __future__ import annotations

import pytest

from ivr.core.desk_script import NOT_KNOWN, paragraphs, placeholders
from ivr.errors import BadInput

SCRIPT = "नमस्ते {name} जी।\nकैसे हैं?\n \n\n{district} से {name}, {scheme}।\n"


def test_fields_are_put_in_and_paragraphs_kept() -> None:
    values = {"name": "सीता देवी", "district": "सीहोर", "scheme": " पेंशन "}
    assert paragraphs(SCRIPT, values) == (
        "नमस्ते सीता देवी जी।\nकैसे हैं?",
        "सीहोर से सीता देवी, पेंशन।",
    )


def test_what_the_list_does_not_say_is_left_for_the_telecaller() -> None:
    assert paragraphs("{name} जी", {"name": " "}) == (f"{NOT_KNOWN} जी",)
    assert paragraphs("", {}) == ()


def test_a_name_with_braces_or_markup_is_text_and_nothing_more() -> None:
    values = {"name": "{district}<script>", "district": "सीहोर"}
    assert paragraphs("{name}", values) == ("{district}<script>",)


def test_the_fields_a_script_needs_are_named_once() -> None:
    assert placeholders(SCRIPT) == ("name", "district", "scheme")


@pytest.mark.parametrize("wrong", ["{", "नमस्ते {Name}", "{name}}", "{a b}"])
def test_a_brace_that_is_no_placeholder_is_refused(wrong: str) -> None:
    with pytest.raises(BadInput, match="placeholder"):
        placeholders(wrong)
