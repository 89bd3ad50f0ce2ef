"""The ladder: how a campaign may dial, by the share of people it abandoned. Pure.

Abandoned: a person who answered, wanted a telecaller, and had none within 2 s.
The FCC allows 3 % of live answers over 30 days (47 CFR 64.1200(a)(7)); Ofcom has
held no share acceptable since 2017. Hence 1 % is aimed at and 3 % is the end:
predictive -> progressive -> preview -> stop.
"""

from __future__ import annotations

from ivr.core.law import AbandonmentCounts
from ivr.core.model import Campaign, Mode, Refused

HARD_STOP = 0.03
# One person of thirty is not yet a rate. Fewer answers count as this many, and below
# FEW_ANSWERS the first few people count for the first step only (predictive ->
# progressive). So at most nine people are ever abandoned before all stops.
LEAST_ANSWERS = 200
FEW_ANSWERS = 500
FIRST_FEW = 3


def allowed_mode(campaign: Campaign, abandonment: AbandonmentCounts) -> Mode | Refused:
    """Return the mode the campaign may dial in now, or why it must stop.

    Preview and broadcast stay what they are until the stop: broadcast joins people
    to telecallers only through its flow.
    """
    caps = campaign.caps
    stop = min(caps.abandonment_stop, HARD_STOP)
    target = min(caps.abandonment_target, stop)
    if share(abandonment, forgive=FIRST_FEW) >= stop:
        rule = f"{stop:.1%} of the people who answered were abandoned: all stops"
        return Refused("abandonment_stop", f"{rule} (FCC 47 CFR 64.1200(a)(7))", None)
    if campaign.mode not in {Mode.PREDICTIVE, Mode.PROGRESSIVE}:
        return campaign.mode
    if share(abandonment, forgive=FIRST_FEW) >= (target + stop) / 2:
        return Mode.PREVIEW
    if share(abandonment) >= target:
        return Mode.PROGRESSIVE
    return campaign.mode


def share(abandonment: AbandonmentCounts, *, forgive: int = 0) -> float:
    """Return the share abandoned: the worse of 30 days and the last answers.

    Fewer than LEAST_ANSWERS answers count as so many; with fewer than FEW_ANSWERS,
    `forgive` people are left out.
    """
    return max(
        _share(abandonment.abandoned_30d, abandonment.answered_30d, forgive),
        _share(abandonment.abandoned_last, abandonment.answered_last, forgive),
    )


def _share(abandoned: int, answered: int, forgive: int) -> float:
    if answered < FEW_ANSWERS:
        abandoned = max(0, abandoned - forgive)
    return abandoned / max(answered, LEAST_ANSWERS)
