"""Utilisation against team size, all policies, as one SVG picture. Writes no file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

from ivr.simulation.lab.fates import Change, Talk
from ivr.simulation.lab.registry import BOUND, GATED, OURS
from ivr.simulation.lab.scoring import Figures
from ivr.simulation.lab.verdict import CAP, Cell, keeps_cap

Found = Mapping[Cell, Mapping[str, Figures]]

WIDTH, HEIGHT = 960, 470
LEFT, TOP, PANEL_W, PANEL_H, GAP = 56, 64, 400, 290, 64
PER_ROW, ROW_H = 5, 22  # of the legend
# Told apart by those who see no colours too: by their dashes. After Okabe and Ito.
STYLES: Mapping[str, tuple[str, str]] = {
    OURS: ("#d55e00", ""),
    GATED: ("#cc79a7", ""),
    BOUND: ("#6b7280", "2 4"),
    "progressive": ("#000000", "6 3"),
    "ratio2": ("#000000", "1 3"),
    "vicidial-hard": ("#0072b2", ""),
    "vicidial-average": ("#0072b2", "6 3"),
    "vicidial-tapered": ("#0072b2", "2 3"),
    "vicidial-1.5": ("#56b4e9", "8 3"),
    "vicidial-2": ("#56b4e9", "4 3"),
    "vicidial-3": ("#56b4e9", "1 3"),
    "issabel": ("#009e73", "5 2 1 2"),
}
OTHER = ("#9ca3af", "")
TITLES = {
    Talk.SHORT: "short talks (25 s + 5 s)",
    Talk.HEAVY: "heavy-tailed talks (90 s + 10 s)",
    Talk.EXPONENTIAL: "exponential talks (60 s + 10 s)",
}
ANSWER_RATE = 0.35  # what is drawn, if it ran


def chart(found: Found) -> str:
    """Return the picture: a panel for each of the first two kinds of talk.

    A hollow mark says that more than the cap was abandoned: busy at a price. Drawn is
    the answer rate of 0.35, changing, or what comes nearest among the cells.
    """
    rate = min({cell.rate for cell in found}, key=lambda one: abs(one - ANSWER_RATE))
    changes = {cell.change for cell in found}
    change = Change.CHANGING if Change.CHANGING in changes else Change.STEADY
    talks = list(dict.fromkeys(cell.talk for cell in found))[:2]
    names = list(dict.fromkeys(name for row in found.values() for name in row))
    parts = [_head(rate, change)]
    for place, talk in enumerate(talks):
        cells = sorted(
            (c for c in found if (c.rate, c.change, c.talk) == (rate, change, talk)),
            key=lambda cell: cell.telecallers,
        )
        parts += _panel(LEFT + place * (PANEL_W + GAP), talk, cells, names, found)
    parts += _legend(names)
    return "\n".join([*parts, "</svg>", ""])


def _head(rate: float, change: Change) -> str:
    words = (
        f"Utilisation by team size: {rate:.0%} of calls reach a person, {change}. "
        f"Hollow: more than {CAP:.0%} of them abandoned."
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        f'role="img" font-family="sans-serif" font-size="12" fill="#111827">\n'
        f"<title>{escape(words)}</title>\n"
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>\n'
        f'<text x="{LEFT}" y="24" font-size="15">{escape(words)}</text>'
    )


def _panel(
    left: float, talk: Talk, cells: Sequence[Cell], names: Sequence[str], found: Found
) -> list[str]:
    xs = [
        left + 20 + n * (PANEL_W - 40) / max(1, len(cells) - 1)
        for n in range(len(cells))
    ]
    parts = [f'<text x="{left}" y="{TOP - 12}">{escape(TITLES[talk])}</text>']
    for percent in range(0, 101, 20):
        y = _y(percent / 100)
        parts.append(
            f'<line x1="{left}" x2="{left + PANEL_W}" y1="{y:.1f}" y2="{y:.1f}" '
            f'stroke="#e5e7eb"/><text x="{left - 6}" y="{y + 4:.1f}" '
            f'text-anchor="end">{percent}%</text>'
        )
    for x, cell in zip(xs, cells, strict=True):
        parts.append(
            f'<text x="{x:.1f}" y="{TOP + PANEL_H + 18}" text-anchor="middle">'
            f"{cell.telecallers}</text>"
        )
    parts.append(
        f'<text x="{left + PANEL_W / 2}" y="{TOP + PANEL_H + 36}" '
        f'text-anchor="middle">telecallers</text>'
    )
    for name in names:
        points = [
            (x, found[cell][name])
            for x, cell in zip(xs, cells, strict=True)
            if name in found[cell]
        ]
        parts += _line(name, points)
    return parts


def _line(name: str, points: Sequence[tuple[float, Figures]]) -> list[str]:
    colour, dashes = STYLES.get(name, OTHER)
    width = 3 if name in (OURS, GATED) else 1.6
    path = " ".join(f"{x:.1f},{_y(one.utilisation):.1f}" for x, one in points)
    parts = [
        f'<polyline points="{path}" fill="none" stroke="{colour}" '
        f'stroke-width="{width}" stroke-dasharray="{dashes}"/>'
    ]
    for x, one in points:
        fill = colour if keeps_cap(one) else "#ffffff"
        parts.append(
            f'<circle cx="{x:.1f}" cy="{_y(one.utilisation):.1f}" r="3.5" '
            f'fill="{fill}" stroke="{colour}" stroke-width="1.5"><title>'
            f"{escape(name)}: {one.utilisation:.0%} busy, {one.abandonment:.1%} "
            f"abandoned</title></circle>"
        )
    return parts


def _legend(names: Sequence[str]) -> list[str]:
    parts = []
    for n, name in enumerate(names):
        colour, dashes = STYLES.get(name, OTHER)
        x = LEFT + (n % PER_ROW) * 176
        y = TOP + PANEL_H + 62 + (n // PER_ROW) * ROW_H
        parts.append(
            f'<line x1="{x}" x2="{x + 30}" y1="{y - 4}" y2="{y - 4}" '
            f'stroke="{colour}" stroke-width="2" stroke-dasharray="{dashes}"/>'
            f'<text x="{x + 36}" y="{y}">{escape(name)}</text>'
        )
    return parts


def _y(share: float) -> float:
    return TOP + PANEL_H * (1 - min(max(share, 0.0), 1.0))
