"""One abandonment account for each campaign, centre and level: the strictest wins."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lawful_values import CAMPAIGN, NOON

from ivr.core.abandonment import allowed_mode
from ivr.core.accounts import of_place, place_refuses, strictest
from ivr.core.law import NOBODY_ABANDONED, Abandoned, AbandonmentCounts
from ivr.core.model import Centre, CentreCode, Mode, Refused

CODES = ["MP", "MP.BPL", "MP.BPL.SEH", "MP.BPL.BHO", "MP.IND", "MP.IND.DHR"]
TREE = {
    CentreCode(code): Centre(
        CentreCode(code), code, code, CentreCode(code.rpartition(".")[0]) or None
    )
    for code in CODES
}
MP, BPL, SEH, BHO, IND, DHR = (CentreCode(code) for code in CODES)
WIDE = replace(CAMPAIGN, mode=Mode.PREDICTIVE, centres=())
OF_BPL = replace(WIDE, centres=(BPL,))


def gone(abandoned: int, answered: int = 1000) -> Abandoned:
    return Abandoned(answered, abandoned)


def test_a_place_has_the_people_of_all_its_centres() -> None:
    by_centre = {SEH: gone(3), BHO: gone(4, 500), DHR: gone(50)}
    assert of_place(BPL, by_centre, TREE) == gone(7, 1500)
    assert of_place(MP, by_centre, TREE) == gone(57, 2500)
    assert of_place(SEH, by_centre, TREE) == gone(3)


def test_a_campaigns_own_account_counts_while_no_place_is_worse() -> None:
    account = strictest(OF_BPL, gone(5), {SEH: gone(4)}, TREE)
    assert str(account) == (
        f"0.5% abandoned in the account of campaign {CAMPAIGN.campaign_id}"
    )


@pytest.mark.parametrize(
    ("abandoned", "mode"), [(9, Mode.PREDICTIVE), (12, Mode.PROGRESSIVE)]
)
def test_a_division_that_is_worse_than_the_campaign_decides(
    abandoned: int, mode: Mode
) -> None:
    account = strictest(OF_BPL, gone(2), {SEH: gone(abandoned)}, TREE)
    assert account.name == "division MP.BPL"
    assert allowed_mode(OF_BPL, account.counts) is mode


def test_the_state_decides_when_it_is_the_worst() -> None:
    account = strictest(OF_BPL, gone(2), {SEH: gone(3), DHR: gone(40)}, TREE)
    assert account.name == "state MP"


def test_one_bad_centre_of_many_stops_its_own_people_and_no_others() -> None:
    by_centre = {SEH: gone(30), BHO: gone(2), DHR: gone(2)}
    account = strictest(WIDE, gone(4), by_centre, TREE)
    assert not isinstance(allowed_mode(WIDE, account.counts), Refused)
    refused = place_refuses(WIDE, SEH, by_centre, TREE, NOON)
    assert refused is not None
    assert refused.rule.startswith("centre MP.BPL.SEH: 3.0% of the people")
    assert refused.retry_at == NOON + timedelta(hours=1)
    for other in (BHO, DHR, None, CentreCode("XX")):
        assert place_refuses(WIDE, other, by_centre, TREE, NOON) is None


def test_a_place_that_holds_the_whole_campaign_is_the_campaigns_own_affair() -> None:
    by_centre = {SEH: gone(50), BHO: gone(50)}
    assert place_refuses(OF_BPL, BHO, {SEH: gone(90)}, TREE, NOON) is None
    account = strictest(OF_BPL, gone(2), by_centre, TREE)
    assert isinstance(allowed_mode(OF_BPL, account.counts), Refused)


def test_campaigns_of_two_divisions_share_the_states_account() -> None:
    both = replace(WIDE, centres=(SEH, DHR))
    assert strictest(both, gone(0), {SEH: gone(25)}, TREE).name == "state MP"


def test_a_tree_without_centres_leaves_the_campaigns_account() -> None:
    assert strictest(WIDE, NOBODY_ABANDONED, {}, {}).name.startswith("campaign")


counts = st.builds(gone, st.integers(0, 60), st.integers(60, 3000))


@given(counts, st.dictionaries(st.sampled_from([SEH, BHO, DHR]), counts))
def test_no_account_of_all_the_people_is_stricter_than_the_one_found(
    own: Abandoned, by_centre: dict[CentreCode, Abandoned]
) -> None:
    order = [Mode.PREDICTIVE, Mode.PROGRESSIVE, Mode.PREVIEW]

    def rank(one: AbandonmentCounts) -> int:
        mode = allowed_mode(OF_BPL, one)
        return len(order) if isinstance(mode, Refused) else order.index(mode)

    found = strictest(OF_BPL, own, by_centre, TREE)
    places = [of_place(code, by_centre, TREE) for code in (BPL, MP)]
    assert rank(found.counts) == max(rank(one) for one in (own, *places))
