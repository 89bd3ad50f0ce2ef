"""The report on the terminal. Every word from people is plain text, never markup."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rich.console import Group, JustifyMethod, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from ivr.core.results import QuestionResult, Report, Words
from ivr.core.shares import Share
from ivr.report.numbers import (
    NOTHING,
    grouped,
    length,
    margin,
    moment_en,
    percent,
)
from ivr.report.words import (
    BANDS,
    LENGTHS,
    OUTCOMES,
    STATES,
    STEPS,
    TALK_OUTCOMES,
    VERDICTS,
    named,
    sentence,
)

BAR = 24
MOST_GROUPS = 15


def as_tables(report: Report) -> Group:
    """Return everything to print, in the order of the HTML report."""
    parts: list[RenderableType] = [_title(report), _funnel(report), _outcomes(report)]
    parts.append(_hours(report))
    parts += [_question(question) for question in report.questions]
    parts += [
        _drops(report),
        _places("ज़िला", "district", report),
        _telecallers(report),
        _abandonment(report),
        _rest(report),
        _notes(report),
    ]
    return Group(*parts)


def _title(report: Report) -> Panel:
    title = report.title
    period = NOTHING
    if title.first_at and title.last_at:
        period = f"{moment_en(title.first_at)} – {moment_en(title.last_at)}"
    state = named(STATES, title.state)
    lines = (
        f"{title.campaign.hi} · {title.campaign.en} ({title.campaign_id})",
        f"{title.organisation} · {state.hi} / {state.en}",
        f"{period} ({title.zone})",
        f"flow {title.flow_id}, version {title.flow_version}",
    )
    return Panel(Text("\n".join(lines)), title="परिणाम · results", expand=False)


def _table(title: str, *columns: str, right: Iterable[int] = ()) -> Table:
    table = Table(title=Text(title), title_justify="left")
    numbers = set(right)
    for place, column in enumerate(columns):
        justify: JustifyMethod = "right" if place in numbers else "left"
        table.add_column(Text(column), justify=justify, overflow="fold")
    return table


def _add(table: Table, *cells: str) -> None:
    table.add_row(*(Text(cell) for cell in cells))


def _both(words: Words) -> str:
    return words.hi if words.hi == words.en else f"{words.hi} · {words.en}"


def _bar(share: float | None) -> str:
    return "█" * round(BAR * share) if share else ""


def _shares(
    title: str, rows: Iterable[tuple[str, Share]], *, margins: bool = False
) -> Table:
    columns = ("", "n", "%", "95 %") if margins else ("", "n", "%")
    table = _table(title, *columns, "", right=range(1, len(columns)))
    for name, share in rows:
        cells = [name, grouped(share.count), percent(share.value, 1)]
        if margins:
            cells.append(margin(share))
        _add(table, *cells, _bar(share.value))
    return table


def _funnel(report: Report) -> Table:
    table = _table(
        "कितने लोगों तक पहुँचे · reach, in people",
        "",
        "n",
        "% of previous",
        "",
        right=(1, 2),
    )
    most = max((step.count for step in report.funnel), default=0) or 1
    for step in report.funnel:
        before = step.of_previous.value if step.of_previous else None
        _add(
            table,
            _both(named(STEPS, step.code)),
            grouped(step.count),
            percent(before, 1),
            _bar(step.count / most),
        )
    for held in report.held:
        _add(table, f"  ↳ {_both(held.words)}", grouped(held.count), "", "")
    return table


def _outcomes(report: Report) -> Table:
    rows = ((_both(named(OUTCOMES, one.code)), one.share) for one in report.outcomes)
    return _shares("कॉलों के परिणाम · outcomes of calls", rows)


def _hours(report: Report) -> Table:
    names = [words.en for _, words, _ in BANDS]
    table = _table(
        f"घंटे के अनुसार · by hour ({report.title.zone})",
        "",
        "calls",
        "person %",
        *names,
        right=range(1, 3 + len(names)),
    )
    for hour in report.hours:
        bands = (
            sum(hour.outcomes.get(code, 0) for code in codes) for _, _, codes in BANDS
        )
        _add(
            table,
            f"{hour.hour:02}–{hour.hour + 1:02}",
            grouped(hour.calls),
            percent(hour.answered.value),
            *(grouped(count) if count else "" for count in bands),
        )
    return table


def _question(question: QuestionResult) -> Table:
    title = f"{_both(question.words)}  (n = {grouped(question.of)})"
    if question.mean and question.mean.value is not None:
        title += f"  औसत · mean {question.mean.value:.2f}"
    rows = ((_both(choice.words), choice.share) for choice in question.choices)
    return _shares(title, rows, margins=True)


def _drops(report: Report) -> Table:
    rows = ((f"{d.node}: {_short(d.words.hi)}", d.share) for d in report.drops)
    return _shares("कहाँ कॉल छोड़ी · drop-off, of answered calls", rows)


def _short(text: str, letters: int = 44) -> str:
    return text if len(text) <= letters else f"{text[: letters - 1]}…"


def _places(hi: str, en: str, report: Report) -> Table:
    table = _table(
        f"{hi} · by {en}", "", "tried", "person", "%", "to the end", right=(1, 2, 3, 4)
    )
    for group in report.districts[:MOST_GROUPS]:
        _add(
            table,
            _both(group.words),
            grouped(group.tried),
            grouped(group.spoke.count),
            percent(group.spoke.value),
            grouped(group.to_the_end),
        )
    more = len(report.districts) - MOST_GROUPS
    if more > 0:
        _add(table, f"… {more} more: --format html, csv or json", "", "", "", "")
    return table


def _telecallers(report: Report) -> Table:
    table = _table(
        "साथी · telecallers",
        "",
        "talks",
        "talk",
        "wrap-up",
        "ready",
        "paused",
        "outcomes",
        right=(1, 2, 3, 4, 5),
    )
    for row in report.telecallers:
        outcomes = (
            f"{named(TALK_OUTCOMES, code).hi} {count}"
            for code, count in row.outcomes.items()
        )
        _add(
            table,
            f"{row.name} ({row.telecaller_id})",
            grouped(row.conversations),
            *(
                length(seconds)
                for seconds in (row.talk_s, row.wrap_up_s, row.ready_s, row.paused_s)
            ),
            ", ".join(outcomes),
        )
    return table


def _abandonment(report: Report) -> Table:
    found = report.abandonment
    verdict = _both(named(VERDICTS, found.verdict))
    rows = (
        ("FCC 47 CFR 64.1200(a)(7), 30 days", found.fcc),
        ("Ofcom, whole campaign", found.ofcom),
        *(
            [(f"Ofcom, worst day: {found.worst_day.day}", found.worst_day.abandonment)]
            if found.worst_day
            else []
        ),
    )
    table = _table(
        f"छूटी कॉलें · abandonment: {verdict}", "", "n", "of", "%", right=(1, 2, 3)
    )
    for name, share in rows:
        _add(
            table,
            name,
            grouped(share.count),
            grouped(share.of),
            percent(share.value, 2),
        )
    _add(
        table,
        "लक्ष्य · target / रोक · stop",
        "",
        "",
        f"{percent(found.target, 1)} / {percent(found.stop, 1)}",
    )
    return table


def _rest(report: Report) -> Table:
    table = _table("और · more", "", "", right=(1,))
    for name, value in _rest_rows(report):
        _add(table, name, value)
    return table


def _rest_rows(report: Report) -> Iterator[tuple[str, str]]:
    calls = report.callbacks
    opted_out = sum(one.share.count for one in report.opt_outs)
    yield "आगे कॉल नहीं · opted out", grouped(opted_out)
    yield (
        "वापस कॉल · call-backs: asked / done / due / later / given up",
        " / ".join(
            grouped(n)
            for n in (calls.asked, calls.done, calls.due, calls.later, calls.given_up)
        ),
    )
    yield (
        "बोले गए सुझाव · spoken answers",
        f"{grouped(report.spoken.count)} ({length(report.spoken.total_s)})",
    )
    for row in report.lengths:
        yield (
            f"{_both(named(LENGTHS, row.code))}: median / 90 %",
            f"{length(row.median_s)} / {length(row.p90_s)}",
        )
    for network in report.network:
        code = network.sip_code or NOTHING
        cause = network.cause or NOTHING
        yield (
            f"SIP {code}, cause {cause}: {named(OUTCOMES, network.disposition).en}",
            grouped(network.share.count),
        )
    for wrong in report.wrong_keys:
        yield f"गलत बटन · wrong keys at {wrong.node}", grouped(wrong.presses)


def _notes(report: Report) -> Text:
    lines = []
    for note in report.notes:
        words = sentence(note)
        lines.append(f"• {words.hi}\n  {words.en}")
    return Text("\n".join(lines))
