"""A list's name and origin, by the same rule for the command and the pages."""

from __future__ import annotations

import pytest

from ivr.core.new_list import MAX_ORIGIN, new_list
from ivr.core.origin import OriginKind
from ivr.errors import BadInput

OWN, ORIGIN = OriginKind.OWN_MEMBERS, "Members of the November camps"


def test_a_list_has_one_line_of_a_name() -> None:
    made = new_list(" सीहोर   नवंबर ", f" {ORIGIN}  ", OWN, is_government=False)
    assert (made.name, made.origin) == ("सीहोर नवंबर", ORIGIN)
    for name in ("", "  ", "a\x07b", "x" * 61):
        with pytest.raises(BadInput, match="no name") as refused:
            new_list(name, ORIGIN, OWN, is_government=False)
        assert refused.value.where == "--list"


def test_where_a_list_comes_from_must_be_lawful_and_said() -> None:
    for origin, kind in (
        ("list", OWN),
        (ORIGIN, OriginKind.PURCHASED),
        (ORIGIN, OriginKind.GOVERNMENT_BENEFICIARY),
    ):
        with pytest.raises(BadInput) as refused:
            new_list("nov", origin, kind, is_government=False)
        assert refused.value.where == "--origin"
    kind = OriginKind.GOVERNMENT_BENEFICIARY
    assert new_list("nov", ORIGIN, kind, is_government=True).kind is kind
    assert len(new_list("nov", "x" * 999, OWN, is_government=True).origin) == MAX_ORIGIN
