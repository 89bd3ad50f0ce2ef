"""The journal's rules: what an entry is, how entries are chained, and what breaks.

An entry says of one row of one table: at this time its content had this hash, or it
was gone. Each entry's hash covers the one before it, so that none can be changed, left
out or moved unless all that follow change. Knows no database. See docs/journal.md.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

INDIA = ZoneInfo("Asia/Kolkata")
SHOWN_AS = "%Y-%m-%dT%H:%M:%S.%fZ"
SUM_BYTES = 64
_SUM_OF = 1 << (8 * SUM_BYTES)


@dataclass(frozen=True, slots=True)
class Entry:
    """One link of the chain. `digest` None: the row is gone. `at`: UTC, as text."""

    seq: int
    at: str
    kind: str  # the table
    key: str
    digest: bytes | None
    hash: bytes


@dataclass(frozen=True, slots=True)
class Head:
    """The last link: how far the chain goes, and what stands for all of it."""

    seq: int = 0
    at: str = ""
    hash: bytes = bytes(32)


def digest_of(content: str) -> bytes:
    """Return the SHA-256 of a row as the database writes it down.

    Where a row tells of a person it has random bytes in a column `salt`: without them
    nobody can try which number or answer a hash belongs to.
    """
    return hashlib.sha256(content.encode("utf-8", "surrogatepass")).digest()


def name_for(salt: str) -> str:
    """Return the key of a row whose own key must not be told: the hash of its salt."""
    return hashlib.sha256(salt.encode()).hexdigest()[:32]


def written(moment: datetime) -> str:
    """Return a moment as entries have it; such texts sort by time."""
    return moment.astimezone(UTC).strftime(SHOWN_AS)


def link(before: bytes, at: str, what: tuple[int, str, str, bytes | None]) -> bytes:
    """Return the hash of the entry `what` (seq, kind, key, digest) after `before`."""
    seq, kind, key, digest = what
    # The key comes last: it alone may have a bar in it.
    told = f"{seq}|{at}|{kind}|{'' if digest is None else digest.hex()}|{key}"
    return hashlib.sha256(before + told.encode("utf-8", "surrogatepass")).digest()


def chained(
    head: Head, now: datetime, facts: Iterable[tuple[str, str, bytes | None]]
) -> list[Entry]:
    """Return the entries for `facts` (kind, key, digest) that follow `head`.

    Time never runs back in the chain: a clock that was set back waits.
    """
    at = max(head.at, written(now))
    seq, before, entries = head.seq, head.hash, []
    for kind, key, digest in facts:
        seq += 1
        before = link(before, at, (seq, kind, key, digest))
        entries.append(Entry(seq, at, kind, key, digest, before))
    return entries


def head_after(entries: list[Entry]) -> Head:
    """Return the head that the last of `entries` makes."""
    last = entries[-1]
    return Head(last.seq, last.at, last.hash)


class Wrong(StrEnum):
    """What can be found."""

    LINK = "link"  # an entry is not what its hash and the one before it say
    GAP = "gap"  # entries are missing
    CHANGED = "changed"  # a row is not as it was journaled
    MISSING = "missing"  # a journaled row is not there
    ADDED = "added"  # a row that was never journaled
    PEOPLE = "people"  # a list's people are not those that were counted
    HEAD = "head"  # the head is not the last entry
    CUT = "cut"  # a root that was kept elsewhere is not in the chain
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong: which row or entry, and since when it may be so."""

    wrong: Wrong
    table: str
    key: str
    says: str
    seq: int | None = None
    since: str = ""  # when it was right for the last time


@dataclass(frozen=True, slots=True)
class Root:
    """What stands for all that was journaled until the end of `day` (Indian time)."""

    day: date
    seq: int
    hash: bytes


def end_of(day: date) -> str:
    """Return the moment, as entries have it, before which an entry is of `day`."""
    midnight = datetime(day.year, day.month, day.day, tzinfo=INDIA)
    return written(midnight + timedelta(days=1))


def day_of(at: str) -> date | None:
    """Return the Indian day of an entry's time; None: that is no time."""
    try:
        moment = datetime.strptime(at, SHOWN_AS).replace(tzinfo=UTC)
    except ValueError:
        return None
    return moment.astimezone(INDIA).date()


@dataclass(slots=True)
class Chain:
    """Walks the entries in the order of their numbers and says what is wrong.

    `wanted`: roots kept elsewhere, hexadecimal; those met are in `met`.
    """

    wanted: frozenset[str] = frozenset()
    head: Head = field(default_factory=Head)
    met: dict[str, int] = field(default_factory=dict)
    roots: list[Root] = field(default_factory=list)
    _day: date | None = None
    _day_ends: str = ""

    def take(self, entry: Entry) -> Finding | None:
        """Take the next entry. What follows a wrong one is judged by what it says."""
        before = self.head
        self._note_day(entry.at, before)
        self.head = Head(entry.seq, entry.at, entry.hash)
        if self.wanted and entry.hash.hex() in self.wanted:
            self.met[entry.hash.hex()] = entry.seq
        if entry.seq != before.seq + 1:
            missing = f"{before.seq + 1} to {entry.seq - 1}"
            return self._found(entry, Wrong.GAP, f"entries {missing} are missing")
        what = (entry.seq, entry.kind, entry.key, entry.digest)
        if entry.hash != link(before.hash, entry.at, what):
            says = "was changed, or put in, or the one before it was"
            return self._found(entry, Wrong.LINK, says, before.at)
        if entry.at < before.at:
            says = "is earlier than the one before it"
            return self._found(entry, Wrong.LINK, says, before.at)
        return None

    def end(self) -> list[Finding]:
        """Return the roots that were not met, once all entries were taken."""
        if self._day is not None:
            self.roots.append(Root(self._day, self.head.seq, self.head.hash))
            self._day = None
        return [
            Finding(Wrong.CUT, "journal", root, "this root is not in the chain")
            for root in sorted(self.wanted - self.met.keys())
        ]

    def _note_day(self, at: str, before: Head) -> None:
        if at < self._day_ends:
            return
        if self._day is not None:
            self.roots.append(Root(self._day, before.seq, before.hash))
        self._day = day_of(at)
        self._day_ends = end_of(self._day) if self._day else ""

    def _found(self, entry: Entry, wrong: Wrong, says: str, since: str = "") -> Finding:
        key = f"{entry.kind} {entry.key}"
        return Finding(wrong, "journal", key, says, entry.seq, since)


class ListSum:
    """The sum of the hashes of a list's people: the same in whatever order they come.

    Who puts another person in changes it, and cannot find one that leaves it as it is
    (512 bits: AdHash). People can be added and taken away without reading the others.
    """

    def __init__(self, so_far: bytes | None = None) -> None:
        self._sum = int.from_bytes(so_far or b"", "big")

    def add(self, person: str) -> None:
        """Count a person in; `person`: their row as the database writes it."""
        self._sum += _number(person)

    def add_all(self, people: Iterable[str]) -> None:
        self._sum += sum(map(_number, people))

    def join(self, other: bytes | None) -> None:
        """Count those of another sum in."""
        self._sum += int.from_bytes(other or b"", "big")

    def take(self, person: str) -> None:
        """Count a person out."""
        self._sum -= _number(person)

    def value(self) -> bytes:
        return (self._sum % _SUM_OF).to_bytes(SUM_BYTES, "big")


def _number(person: str) -> int:
    hashed = hashlib.blake2b(person.encode("utf-8", "surrogatepass"))
    return int.from_bytes(hashed.digest(), "big")


def root_text(root: Root, entries: int) -> str:
    """Return a day's root to be printed, signed by hand, sent or read out.

    `entries`: how many the day itself had.
    """
    shown = root.hash.hex()
    groups = [shown[i : i + 8] for i in range(0, len(shown), 8)]
    return (
        f"Samvad: journal, root of {root.day:%d.%m.%Y} (Indian time)\n"
        f"संवाद: इस दिन के अंत तक के पूरे अभिलेख की मुहर\n\n"
        f"  entries  {root.seq:,} ({entries:,} of this day)\n"
        f"  root     {' '.join(groups[:4])}\n"
        f"           {' '.join(groups[4:])}\n\n"
        "  to check: dialer.py verify-journal --root '...'\n\n"
        "  printed by  ____________________    received by  ____________________\n"
    )
