"""Numbers, dates and lengths as they are read in India. Never a decision."""

from __future__ import annotations

from datetime import date, datetime

from ivr.core.shares import Share

MONTHS_HI = "जन फ़र मार्च अप्रैल मई जून जुला अग सितं अक्टू नवं दिसं".split()
MONTHS_EN = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()
NOTHING = "–"


def grouped(number: int) -> str:
    """Return 1234567 as 12,34,567: thousands, then lakhs and crores."""
    digits = str(abs(number))
    head, tail = digits[:-3], digits[-3:]
    parts = [tail]
    while head:
        parts.insert(0, head[-2:])
        head = head[:-2]
    return ("-" if number < 0 else "") + ",".join(parts)


def percent(value: float | None, places: int = 0) -> str:
    """Return 0.123 as 12%. Never 0% or 100% for what is only nearly so."""
    if value is None:
        return NOTHING
    shown = f"{100 * value:.{places}f}"
    least = 10.0**-places
    if value > 0 and float(shown) == 0:
        return f"<{least:g}%"
    if value < 1 and float(shown) == 100:
        return f">{100 - least:g}%"
    return f"{shown}%"


def margin(share: Share) -> str:
    """Return the 95 % interval: 31–39%."""
    if share.low is None or share.high is None:
        return NOTHING
    return f"{100 * share.low:.0f}–{100 * share.high:.0f}%"


def day_hi(day: date) -> str:
    """24 नवं 2026"""
    return f"{day.day} {MONTHS_HI[day.month - 1]} {day.year}"


def day_en(day: date) -> str:
    """24 Nov 2026"""
    return f"{day.day} {MONTHS_EN[day.month - 1]} {day.year}"


def moment_hi(at: datetime) -> str:
    return f"{day_hi(at)}, {at:%H:%M}"


def moment_en(at: datetime) -> str:
    return f"{day_en(at)}, {at:%H:%M}"


def length(seconds: float | None) -> str:
    """Return 3725 as 1:02:05 and 65 as 1:05."""
    if seconds is None:
        return NOTHING
    whole = round(seconds)
    minutes, second = divmod(whole, 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours}:{minute:02}:{second:02}" if hours else f"{minute}:{second:02}"
