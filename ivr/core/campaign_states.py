"""What people may do with a campaign, and in which of its states. Pure.

The whole decision is in VERBS; a verb that finds the campaign where it leads to
already changes nothing.
"""

from __future__ import annotations

from ivr.core.model import CampaignId, CampaignState
from ivr.errors import BadInput

S = CampaignState

VERBS: dict[str, tuple[CampaignState, frozenset[CampaignState]]] = {
    "start": (S.RUNNING, frozenset({S.DRAFT, S.STOPPED, S.FINISHED})),
    "pause": (S.PAUSED, frozenset({S.RUNNING})),
    "resume": (S.RUNNING, frozenset({S.PAUSED})),
    "stop": (S.STOPPED, frozenset({S.RUNNING, S.PAUSED})),
}


def after(verb: str, present: CampaignState, campaign_id: CampaignId) -> CampaignState:
    """Return the state that `verb` brings the campaign to. Raises BadInput."""
    leads_to, allowed_from = VERBS[verb]
    if present is not leads_to and present not in allowed_from:
        possible = ", ".join(
            word
            for word, (state, before) in VERBS.items()
            if present in before and state is not present
        )
        raise BadInput(
            f"{campaign_id} is {present}: it cannot become {leads_to}",
            remedy=f"possible now: {possible}",
        )
    return leads_to
