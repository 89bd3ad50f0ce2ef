"""A campaign that is not yet begun as a Scenario: its own rules, guessed people. Pure.

`base` holds the guesses (who answers, how long talks last); the campaign says how it
is dialled, the trunk how fast, the tree who serves.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from ivr.core.flow_graph import gated
from ivr.core.flow_model import Flow, NodeKind
from ivr.core.flow_questions import nodes_by_name
from ivr.core.hours import DEFAULT_WINDOWS
from ivr.core.law import Calendar
from ivr.core.model import Campaign, CentreCode, Mode, Telecaller, Trunk
from ivr.core.organisation import Tree
from ivr.core.routing import serves
from ivr.simulation.forecast.scenario import Scenario, Survey, mean_s

ASKS = frozenset({NodeKind.MENU, NodeKind.RATING, NodeKind.COLLECT, NodeKind.RECORD})


def scenario_of(
    campaign: Campaign,
    base: Scenario,
    *,
    people: int,
    today: date,
    trunk: Trunk,
    team: dict[CentreCode, int],
    tree: Tree,
    calendar: Calendar,
) -> Scenario:
    """Return how the campaign would be played with `people` and `team`."""
    alone = campaign.mode is Mode.BROADCAST or not team
    begins = max(campaign.starts_on or today, today)
    root = next(code for code, one in tree.items() if one.parent is None)
    return replace(
        base,
        name=campaign.campaign_id,
        title_hi=campaign.title_hi,
        title_en=campaign.title_en,
        people=max(1, people),
        centres={root: 0} if alone else dict(team),
        weights={},
        pooled=True,
        mode=campaign.mode,
        starts_on=begins,
        windows=campaign.windows or DEFAULT_WINDOWS[campaign.mode],
        off_days=campaign.off_days,
        lines=min(trunk.channels, campaign.caps.channels or trunk.channels),
        calls_per_s=min(
            trunk.calls_per_s, campaign.caps.calls_per_s or trunk.calls_per_s
        ),
        ring_timeout_s=campaign.ring_timeout.total_seconds(),
        wants=0.0 if alone else base.wants,
        survey=None if alone else base.survey,
        caps=campaign.caps,
        retry=campaign.retry,
        routing=campaign.routing,
        tree=tree,
        calendar=calendar,
    )


def with_flow(base: Scenario, flow: Flow, *, alone: bool) -> Scenario:
    """Return the guesses with what the flow asks: so many questions, offers or none."""
    asks = sum(node.kind in ASKS for node in nodes_by_name(flow).values())
    question = (base.survey or Survey()).question
    if alone or not asks:
        return replace(base, survey=None, flow_s=asks * mean_s(question))
    return replace(base, survey=Survey(asks) if gated(flow) else None)


def team_of(
    campaign: Campaign, telecallers: Sequence[Telecaller], tree: Tree
) -> dict[CentreCode, int]:
    """Return how many telecallers of each centre would serve the campaign."""
    return dict(
        Counter(
            one.centre
            for one in telecallers
            if one.centre in tree and serves(one, campaign, tree)
        )
    )
