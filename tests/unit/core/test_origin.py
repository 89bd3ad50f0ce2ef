"""Where a list comes from decides whether it may come in."""

from __future__ import annotations

import pytest

from ivr.core.origin import OriginKind, origin_refusal

WORDS = "members who signed up at the 2026 camps"


@pytest.mark.parametrize("kind", [OriginKind.PURCHASED, OriginKind.SCRAPED])
@pytest.mark.parametrize("is_government", [True, False])
def test_bought_and_scraped_lists_are_refused_to_everybody(
    kind: OriginKind, is_government: bool
) -> None:
    refused = origin_refusal(kind, WORDS, tenant_is_government=is_government)
    assert refused is not None
    assert (refused.reason, refused.retry_at) == ("origin_purchased", None)


def test_lists_of_beneficiaries_are_for_government_bodies_only() -> None:
    kind = OriginKind.GOVERNMENT_BENEFICIARY
    refused = origin_refusal(kind, WORDS, tenant_is_government=False)
    assert refused is not None
    assert refused.reason == "origin_government"
    assert origin_refusal(kind, WORDS, tenant_is_government=True) is None


@pytest.mark.parametrize("words", ["", "   ", "list", "   x    "])
def test_an_origin_that_says_nothing_is_refused(words: str) -> None:
    refused = origin_refusal(OriginKind.OWN_MEMBERS, words, tenant_is_government=True)
    assert refused is not None
    assert refused.reason == "origin_missing"


@pytest.mark.parametrize(
    "kind",
    [
        OriginKind.OWN_MEMBERS,
        OriginKind.RECORDED_CONSENT,
        OriginKind.ROLL_PLUS_LAWFUL_PHONE,
    ],
)
def test_lists_with_a_lawful_ground_come_in(kind: OriginKind) -> None:
    assert origin_refusal(kind, WORDS, tenant_is_government=False) is None
