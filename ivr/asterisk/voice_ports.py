"""Which ports Asterisk's next start takes for sound: the half that the last did not.

When Asterisk dies, the other sides of its calls go on sending for a while. On the same
ports a new call would take a stranger's voice, and a stranger's keys, for its own.
"""

from __future__ import annotations

from pathlib import Path

from ivr.files import write_whole

FILE = "voice-ports.conf"  # in Asterisk's folder; rtp.conf includes it


def begin(folder: Path, first: int, last: int) -> None:
    """Write one of the halves of `first` to `last`, unless one is written."""
    if _read(folder) not in _halves(first, last):
        turn(folder, first, last)


def turn(folder: Path, first: int, last: int) -> None:
    """Write the other half. A call takes two ports, from an even one on."""
    one, other = _halves(first, last)
    write_whole(folder / FILE, other if _read(folder) == one else one)


def _halves(first: int, last: int) -> tuple[str, str]:
    middle = (first + last + 1) // 4 * 2
    return _conf(first, middle - 1), _conf(middle, last)


def _conf(first: int, last: int) -> str:
    return f"rtpstart = {first}\nrtpend = {last}\n"


def _read(folder: Path) -> str:
    try:
        return (folder / FILE).read_text("ascii")
    except FileNotFoundError:
        return ""
