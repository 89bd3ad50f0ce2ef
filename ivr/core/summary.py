"""Makes a campaign's `Report` of what the database counted. Pure.

Opinions and places are in core.summary_answers and core.summary_groups.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta, tzinfo
from itertools import pairwise

from ivr.core.abandonment import HARD_STOP
from ivr.core.funnel import BY_NAME, GATES, gate_of
from ivr.core.model import Disposition, masked
from ivr.core.results import (
    AbandonmentReport,
    Counted,
    DayRow,
    Figures,
    Held,
    HourRow,
    Lengths,
    NetworkRow,
    Report,
    Step,
    TelecallerRow,
    Title,
    Words,
)
from ivr.core.shares import Spans, fcc_abandonment, ofcom_abandonment, share_of
from ivr.core.summary_answers import (
    drops,
    languages,
    opt_out_prompts,
    questions,
    spoken,
    wrong_keys,
)
from ivr.core.summary_groups import districts, divisions, schemes
from ivr.core.summary_notes import notes
from ivr.core.tallies import (
    FURTHEST,
    NOT_REACHED,
    ON_THE_LINE,
    AttemptCount,
    Names,
    Tallies,
)

LIVE = "live"  # stands for the disposition of a call that is not over
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_RANK = {rank: str(ended) for ended, rank in FURTHEST.items()} | {ON_THE_LINE: LIVE}
_TO_THE_END = frozenset({Disposition.COMPLETED, Disposition.TALKED})


def summarise(tallies: Tallies, names: Names, now: datetime, zone: tzinfo) -> Report:
    """Return the report; times are told in `zone`."""
    title = _title(tallies, now, zone)
    result = questions(tallies, names)
    days = _days(tallies, zone)
    return Report(
        title=title,
        figures=_figures(tallies),
        funnel=_funnel(tallies),
        furthest=_furthest(tallies),
        held=_held(tallies),
        outcomes=_outcomes(tallies),
        hours=_hours(tallies, zone),
        days=days,
        questions=result,
        languages=languages(tallies),
        spoken=spoken(tallies, zone),
        drops=drops(tallies),
        divisions=divisions(tallies, names),
        districts=districts(tallies, names),
        schemes=schemes(tallies, names),
        opt_outs=_counted(Counter(tallies.opt_outs)),
        opt_out_prompts=opt_out_prompts(tallies),
        callbacks=tallies.callbacks,
        telecallers=_telecallers(tallies, names),
        abandonment=_abandonment(tallies, days),
        lengths=_lengths(tallies),
        network=_network(tallies),
        wrong_keys=wrong_keys(tallies),
        notes=notes(tallies, result),
    )


def _title(tallies: Tallies, now: datetime, zone: tzinfo) -> Title:
    campaign, flow = tallies.campaign, tallies.flow
    return Title(
        campaign_id=campaign.campaign_id,
        campaign=Words(campaign.title_hi, campaign.title_en),
        organisation=campaign.organisation,
        mode=campaign.mode,
        state=tallies.state,
        flow_id=flow.flow_id,
        flow=Words(flow.title_hi, flow.title_en),
        flow_version=flow.version,
        versions=tuple(sorted(version for _, version in tallies.flow_versions)),
        caller_id=masked(campaign.caller_id),
        zone=str(zone),
        first_at=tallies.first_at and tallies.first_at.astimezone(zone),
        last_at=tallies.last_at and tallies.last_at.astimezone(zone),
        made_at=now.astimezone(zone),
    )


# People


def _reached(tallies: Tallies) -> Counter[int]:
    """People who were tried, by the rank of how far they got."""
    reached: Counter[int] = Counter()
    for row in tallies.by_district:
        reached[row.furthest] += row.count
    return reached


def _above(reached: Counter[int], rank: int) -> int:
    return sum(count for furthest, count in reached.items() if furthest > rank)


def _figures(tallies: Tallies) -> Figures:
    reached = _reached(tallies)
    tried = reached.total()
    spoke = _above(reached, FURTHEST[Disposition.SILENT])
    return Figures(
        calls=sum(row.count for row in tallies.attempts),
        tried=tried,
        answered=share_of(_above(reached, NOT_REACHED), tried),
        spoke=share_of(spoke, tried),
        to_the_end=share_of(sum(reached[FURTHEST[d]] for d in _TO_THE_END), spoke),
        talked=reached[FURTHEST[Disposition.TALKED]],
        opted_out=share_of(reached[FURTHEST[Disposition.OPTED_OUT]], spoke),
        talk_minutes=tallies.talk_spans.total_ms / 60_000,
    )


def _funnel(tallies: Tallies) -> tuple[Step, ...]:
    reached = _reached(tallies)
    counts = (
        ("in_lists", tallies.funnel.get("in_lists", 0)),
        ("meant", tallies.funnel.get("meant", 0)),
        ("enrolled", tallies.funnel.get("queued", 0)),
        ("tried", reached.total()),
        ("answered", _above(reached, NOT_REACHED)),
        ("spoke", _above(reached, FURTHEST[Disposition.SILENT])),
        ("to_the_end", sum(reached[FURTHEST[d]] for d in _TO_THE_END)),
        ("talked", reached[FURTHEST[Disposition.TALKED]]),
    )
    steps = [Step(*counts[0], None)]
    for (_, before), (code, count) in pairwise(counts):
        # A list may have shrunk since: then the step is no part of the one before.
        share = share_of(count, before) if count <= before else None
        steps.append(Step(code, count, share))
    return tuple(steps)


def _furthest(tallies: Tallies) -> tuple[Counted, ...]:
    reached = _reached(tallies)
    answered = _above(reached, NOT_REACHED)
    return tuple(
        Counted(_RANK[rank], share_of(count, answered))
        for rank, count in reached.most_common()
        if rank != NOT_REACHED and count
    )


def _held(tallies: Tallies) -> tuple[Held, ...]:
    """People at a gate, in the order of the gates."""
    counts: Counter[str] = Counter()
    for key, count in tallies.funnel.items():
        kind, _, reason = key.partition(":")
        if kind in ("refused", "waiting"):
            counts[gate_of(reason).name] += count
        elif key == "due":
            counts["due_now"] += count
        elif key in ("claimed", "dialling"):
            counts[LIVE] += count
    counts["filtered_out"] = tallies.funnel.get("filtered_out", 0)
    return tuple(
        Held(gate.name, Words(gate.hi, gate.en), counts[gate.name])
        for gate in GATES
        if counts[gate.name] and gate is not BY_NAME["done"]
    )


# Calls


def _code(disposition: Disposition | None) -> str:
    return LIVE if disposition is None else str(disposition)


def _counted(counts: Counter[str]) -> tuple[Counted, ...]:
    total = counts.total()
    return tuple(
        Counted(code, share_of(count, total)) for code, count in counts.most_common()
    )


def _outcomes(tallies: Tallies) -> tuple[Counted, ...]:
    counts: Counter[str] = Counter()
    for row in tallies.attempts:
        counts[_code(row.disposition)] += row.count
    return _counted(counts)


def _local(quarter: int, zone: tzinfo) -> datetime:
    return (_EPOCH + quarter * timedelta(minutes=15)).astimezone(zone)


def _by_person(rows: Iterable[AttemptCount]) -> int:
    return sum(
        row.count
        for row in rows
        if row.answered and row.disposition is not Disposition.SILENT
    )


def _hours(tallies: Tallies, zone: tzinfo) -> tuple[HourRow, ...]:
    """Every hour from the first to the last that saw a call, the empty ones too."""
    rows: dict[int, list[AttemptCount]] = {}
    for row in tallies.attempts:
        rows.setdefault(_local(row.quarter, zone).hour, []).append(row)
    return tuple(
        _hour(hour, rows.get(hour, []))
        for hour in (range(min(rows), max(rows) + 1) if rows else ())
    )


def _hour(hour: int, rows: list[AttemptCount]) -> HourRow:
    outcomes: Counter[str] = Counter()
    for row in rows:
        outcomes[_code(row.disposition)] += row.count
    calls = outcomes.total()
    return HourRow(hour, calls, share_of(_by_person(rows), calls), dict(outcomes))


def _days(tallies: Tallies, zone: tzinfo) -> tuple[DayRow, ...]:
    rows: dict[date, list[AttemptCount]] = {}
    for row in tallies.attempts:
        rows.setdefault(_local(row.quarter, zone).date(), []).append(row)
    abandoned: Counter[date] = Counter()
    connected: Counter[date] = Counter()
    for wanted in tallies.wanted:
        day = _local(wanted.quarter, zone).date()
        rows.setdefault(day, [])  # a call may be placed before midnight
        abandoned[day] += wanted.count * wanted.abandoned
        connected[day] += wanted.count * (wanted.joined and not wanted.abandoned)
    return tuple(
        DayRow(
            day=day,
            calls=sum(row.count for row in rows[day]),
            answered=share_of(
                _by_person(rows[day]), sum(row.count for row in rows[day])
            ),
            abandonment=ofcom_abandonment(abandoned[day], connected[day]),
        )
        for day in sorted(rows)
    )


def _abandonment(tallies: Tallies, days: tuple[DayRow, ...]) -> AbandonmentReport:
    recent = [row for row in tallies.wanted if row.recent]
    abandoned = sum(row.count for row in recent if row.abandoned)
    late = sum(row.count for row in recent if row.late and not row.abandoned)
    with_calls = [day for day in days if day.abandonment.of]
    caps = tallies.campaign.caps
    stop = min(caps.abandonment_stop, HARD_STOP)
    return AbandonmentReport(
        fcc=fcc_abandonment(abandoned + late, tallies.answered_30d),
        late=late,
        ofcom=ofcom_abandonment(
            sum(day.abandonment.count for day in days),
            sum(day.abandonment.of - day.abandonment.count for day in days),
        ),
        worst_day=max(
            with_calls, key=lambda day: day.abandonment.value or 0.0, default=None
        ),
        target=min(caps.abandonment_target, stop),
        stop=stop,
    )


def _lengths(tallies: Tallies) -> tuple[Lengths, ...]:
    spans: tuple[tuple[str, Spans], ...] = (
        ("rings", tallies.rings),
        ("rings_unanswered", tallies.rings_unanswered),
        ("calls", tallies.calls),
        ("talks", tallies.talk_spans),
    )
    return tuple(
        Lengths(code, s.count, s.mean_s, s.quantile_s(0.5), s.quantile_s(0.9))
        for code, s in spans
    )


def _network(tallies: Tallies) -> tuple[NetworkRow, ...]:
    total = sum(row.count for row in tallies.network)
    return tuple(
        NetworkRow(
            row.sip_code, row.cause, str(row.disposition), share_of(row.count, total)
        )
        for row in tallies.network
    )


# Telecallers


def _telecallers(tallies: Tallies, names: Names) -> tuple[TelecallerRow, ...]:
    ms = {(row.telecaller_id, row.state): row.ms for row in tallies.desks}
    rows: dict[str, TelecallerRow] = {}
    for talk in tallies.talks:
        one = rows.get(talk.telecaller_id)
        outcomes = Counter(one.outcomes if one else {})
        outcomes[talk.outcome or "not_noted"] += talk.conversations
        centre = names.centres.get(talk.centre)
        rows[talk.telecaller_id] = TelecallerRow(
            telecaller_id=talk.telecaller_id,
            name=talk.name,
            centre=Words(centre.name_hi, centre.name_en)
            if centre
            else Words(talk.centre, talk.centre),
            conversations=talk.conversations + (one.conversations if one else 0),
            talk_s=talk.talk_ms / 1000 + (one.talk_s if one else 0.0),
            wrap_up_s=ms.get((talk.telecaller_id, "wrap_up"), 0) / 1000,
            ready_s=ms.get((talk.telecaller_id, "ready"), 0) / 1000,
            paused_s=ms.get((talk.telecaller_id, "paused"), 0) / 1000,
            outcomes=dict(outcomes),
        )
    return tuple(
        sorted(rows.values(), key=lambda row: (-row.conversations, row.telecaller_id))
    )
