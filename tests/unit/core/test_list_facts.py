"""Segments as addresses ask for them."""

from __future__ import annotations

from ivr.core.list_facts import Segment


def test_an_address_asks_for_a_segment() -> None:
    asked = Segment.asked({"district": " SEH ", "scheme": "ujjwala", "odd": "x"})
    assert asked == Segment(district="SEH", scheme="ujjwala")


def test_a_field_is_a_name_as_the_import_makes_them() -> None:
    asked = Segment.asked({"field": "ग्राम_1", "value": "रामपुर"})
    assert asked == Segment(field="ग्राम_1", value="रामपुर")
    for odd in ('a"b', "a.b", "$", "x" * 41):
        assert Segment.asked({"field": odd, "value": "रामपुर"}) == Segment()


def test_a_long_value_is_cut() -> None:
    assert len(Segment.asked({"district": "x" * 999}).district) == 200
