"""What may be done with a campaign in which state."""

from __future__ import annotations

import pytest

from ivr.core.campaign_states import VERBS, after
from ivr.core.model import CampaignId, CampaignState
from ivr.errors import BadInput

DEMO = CampaignId("demo")


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("present", CampaignState)
def test_every_verb_is_allowed_in_its_states_and_refused_in_all_others(
    verb: str, present: CampaignState
) -> None:
    leads_to, allowed_from = VERBS[verb]
    if present in allowed_from or present is leads_to:
        assert after(verb, present, DEMO) is leads_to
    else:
        with pytest.raises(BadInput, match=f"demo is {present}"):
            after(verb, present, DEMO)


def test_a_refusal_says_what_is_possible_instead() -> None:
    with pytest.raises(BadInput, match=r"possible now: start\)"):
        after("resume", CampaignState.DRAFT, DEMO)


def test_no_state_is_a_dead_end() -> None:
    for present in CampaignState:
        assert any(present in before for _, before in VERBS.values())
