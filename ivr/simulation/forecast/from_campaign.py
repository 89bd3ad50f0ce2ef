"""A scenario's figures from a campaign that was: counts in, a Scenario out. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace

from ivr.core.model import DeskState, Disposition
from ivr.core.shares import Spans
from ivr.core.tallies import Tallies
from ivr.errors import BadInput
from ivr.simulation.forecast.scenario import Lasts, Scenario, Seen
from ivr.simulation.population import Kind, Spread

LEAST_CALLS, LEAST_TALKS = 30, 10  # fewer teach nothing that could be counted on
WRAP_UP_SIGMA = 0.4
D = Disposition
# What became of an attempt, as a forecast's kind. Answered ones are persons but for
# the silent, which may be machines; what we dropped ourselves tells nothing.
KINDS: Mapping[Disposition, Kind] = {
    D.NO_ANSWER: Kind.RINGS_OUT,
    D.BUSY: Kind.BUSY,
    D.REJECTED: Kind.DECLINED,
    D.UNREACHABLE: Kind.SWITCHED_OFF,
    D.INVALID_NUMBER: Kind.UNALLOCATED,
    D.CONGESTION: Kind.NETWORK_FULL,
    D.SILENT: Kind.VOICEMAIL,
    D.COMPLETED: Kind.PERSON,
    D.PARTIAL: Kind.PERSON,
    D.TALKED: Kind.PERSON,
    D.ABANDONED: Kind.PERSON,
    D.OPTED_OUT: Kind.PERSON,
    D.CALLBACK: Kind.PERSON,
}


def learned_from(base: Scenario, tallies: Tallies) -> Scenario:
    """Return `base` with the outcomes, lengths and rules of the campaign that was.

    People, telecallers, lines and windows stay the scenario's: they are the question.
    Raises BadInput when too few calls were made to learn from.
    """
    campaign = tallies.campaign
    outcomes: Counter[Kind] = Counter()
    for row in tallies.attempts:
        kind = KINDS.get(row.disposition) if row.disposition else None
        if kind is not None:
            outcomes[kind] += row.count
    calls = sum(outcomes.values())
    if calls < LEAST_CALLS:
        raise BadInput(
            f"only {calls} calls of it have ended: too few to learn from",
            where=f"campaign {campaign.campaign_id}",
            remedy=f"{LEAST_CALLS} are the least; until then, guess in a scenario file",
        )
    persons = outcomes[Kind.PERSON]
    alone_ms = tallies.calls.total_ms - tallies.talk_spans.total_ms
    alone_s = alone_ms / 1000 / tallies.calls.count if tallies.calls.count else 0.0
    wanted = sum(row.count for row in tallies.wanted)
    return replace(
        base,
        outcomes={kind: count / calls for kind, count in outcomes.items()},
        wants=min(1.0, wanted / persons) if persons else base.wants,
        pick_up=_seen(tallies.rings, base.pick_up),
        flow_s=max(0.0, alone_s - base.greeting_s),
        talk=_seen(tallies.talk_spans, base.talk),
        wrap_up=_wrap_up(tallies, base.wrap_up),
        ring_timeout_s=campaign.ring_timeout.total_seconds(),
        caps=replace(base.caps, abandonment_target=campaign.caps.abandonment_target),
        retry=campaign.retry or base.retry,
    )


def _wrap_up(tallies: Tallies, otherwise: Lasts) -> Lasts:
    """Return wrap-ups around their mean: their sum alone is kept."""
    state = DeskState.WRAP_UP.value
    total_ms = sum(row.ms for row in tallies.desks if row.state == state)
    talks = tallies.talk_spans.count
    if talks < LEAST_TALKS or total_ms <= 0:
        return otherwise
    mean_s = total_ms / 1000 / talks
    return Spread(mean_s, 0.3 * mean_s, 3 * mean_s, WRAP_UP_SIGMA)


def _seen(spans: Spans, otherwise: Lasts) -> Lasts:
    if spans.count < LEAST_TALKS:
        return otherwise
    return Seen(tuple(sorted(spans.by_second.items())))
