"""A forecast as one SVG picture: who is done when, and how busy for what. No file.

Colours after Okabe and Ito, and dashes for those who see none. Whatever came from a
file is escaped.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from ivr.simulation.forecast.outlook import Guess, Outlook

COLOURS = ("#d55e00", "#0072b2", "#009e73", "#cc79a7", "#56b4e9", "#000000")
DASHES = ("", "6 3", "2 3", "8 3 2 3")
WIDTH, LEFT, RIGHT, TOP = 900, 60, 24, 56
CURVE_H, ROW_H, BARS_W = 240, 30, 250
NAME_W = 230
FONT = "Samvad Noto, sans-serif"  # the first, if the page brings it along
SHORT = 1.5  # days: shorter forecasts are drawn by the hour


def chart(found: Sequence[Outlook]) -> str:
    """Return the picture: curves of people done, then a row of bars for each case."""
    rows_top = TOP + CURVE_H + 84
    height = rows_top + ROW_H * len(found) + 24
    words = f"{found[0].scenario.title_hi} · {found[0].scenario.title_en}"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" '
        f'role="img" font-family="{FONT}" font-size="13" '
        'fill="#111827">',
        f"<title>{escape(words)}</title>",
        f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>',
        _text(LEFT, 24, words, size=16),
        _text(LEFT, TOP - 12, "कितने लोग पूरे हुए · people done"),
        *_curves(found),
        *_bars(found, rows_top),
        "</svg>",
    ]
    return "\n".join([*parts, ""])


def style(index: int) -> tuple[str, str]:
    return COLOURS[index % len(COLOURS)], DASHES[index // len(COLOURS) % len(DASHES)]


def _text(x: float, y: float, words: str, *, size: int = 13, end: str = "start") -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" text-anchor="{end}">'
        f"{escape(words)}</text>"
    )


def _curves(found: Sequence[Outlook]) -> list[str]:
    curves = [one.curve() for one in found]
    last = max((points[-1][0] for points in curves), default=0.0) or 1.0
    each, unit = (1.0, "दिन · days") if last > SHORT else (24.0, "घंटे · hours")
    width = WIDTH - LEFT - RIGHT

    def x(day: float) -> float:
        return LEFT + width * day / last

    def y(share: float) -> float:
        return TOP + CURVE_H * (1 - min(1.0, share))

    parts = []
    for percent in range(0, 101, 25):
        at = y(percent / 100)
        parts.append(
            f'<line x1="{LEFT}" x2="{LEFT + width}" y1="{at:.1f}" y2="{at:.1f}" '
            f'stroke="#e5e7eb"/>'
        )
        parts.append(_text(LEFT - 6, at + 4, f"{percent}%", end="end"))
    for n in range(6):
        day = last * n / 5
        shown = f"{each * day:.1f}"
        parts.append(_text(x(day), TOP + CURVE_H + 18, shown, end="middle"))
    middle = LEFT + width / 2
    parts.append(_text(middle, TOP + CURVE_H + 36, unit, end="middle"))
    for index, (one, points) in enumerate(zip(found, curves, strict=True)):
        colour, dashes = style(index)
        path = " ".join(f"{x(day):.1f},{y(share):.1f}" for day, share in points)
        parts.append(
            f'<polyline points="{path}" fill="none" stroke="{colour}" '
            f'stroke-width="2" stroke-dasharray="{dashes}"><title>'
            f"{escape(one.case)}</title></polyline>"
        )
    return parts


def _bars(found: Sequence[Outlook], top: float) -> list[str]:
    busy_x, gone_x = LEFT + NAME_W, LEFT + NAME_W + BARS_W + 70
    most = max([0.03, *(one.abandonment.between.high for one in found)])
    parts = [
        _text(busy_x, top - 10, "व्यस्त · busy"),
        _text(gone_x, top - 10, "साथी नहीं मिला · abandoned"),
    ]
    for index, one in enumerate(found):
        colour, dashes = style(index)
        y = top + index * ROW_H
        parts.append(
            f'<line x1="{LEFT}" x2="{LEFT + 24}" y1="{y + 8}" y2="{y + 8}" '
            f'stroke="{colour}" stroke-width="3" stroke-dasharray="{dashes}"/>'
        )
        parts.append(_text(LEFT + 30, y + 12, one.case))
        parts += _bar(busy_x, y, one.utilisation, 1.0, colour, 0)
        parts += _bar(gone_x, y, one.abandonment, most, colour, 1)
    return parts


def _bar(
    x: float, y: float, guess: Guess, most: float, colour: str, digits: int
) -> list[str]:
    def wide(share: float) -> float:
        return (BARS_W - 60) * min(1.0, max(0.0, share / most))

    low, high = x + wide(guess.between.low), x + wide(guess.between.high)
    return [
        f'<rect x="{x}" y="{y}" width="{wide(guess.value):.1f}" height="16" '
        f'fill="{colour}" fill-opacity="0.75"/>',
        f'<line x1="{low:.1f}" x2="{high:.1f}" y1="{y + 8}" y2="{y + 8}" '
        f'stroke="#111827" stroke-width="2"/>',
        _text(max(high, x) + 6, y + 12, f"{100 * guess.value:.{digits}f} %"),
    ]
