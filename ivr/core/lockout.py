"""Whom the switch lets in no more: failed tries to be a phone, counted. Pure.

Told of every try (`saw`), it answers whose address is to be shut out, and until when.
A lock-out ends by itself; each one of the same address is twice as long.

An address can be lied about until a challenge sent to it was answered. Where good
phones are, only wrong answers to challenges count, and only for many names: an office
behind one address must not lose its desks by one phone's old password, nor by a
stranger who writes its address on his packets.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import NewType

Source = NewType("Source", str)  # an IPv4 address, or an IPv6 network of 64 bits
Network = IPv4Network | IPv6Network

MOST_SOURCES = 10_000  # remembered; of invented senders the oldest are forgotten
MOST_STRAYS = 99  # counted of one phone
MOST_LOCKED = 1_000  # the switch looks through them all at every packet


class Sign(StrEnum):
    """What a try said of who made it."""

    GOOD = "good"  # proved to be the phone
    ASKED = "asked"  # was challenged: every phone's first step
    WRONG_PASSWORD = "wrong_password"  # the answer to a challenge was wrong
    UNKNOWN_NAME = "unknown_name"  # there is no such phone
    FROM_ELSEWHERE = "from_elsewhere"  # the phone may not come from that address


SIGNS_OF_FAILURE = frozenset(
    {Sign.WRONG_PASSWORD, Sign.UNKNOWN_NAME, Sign.FROM_ELSEWHERE}
)


@dataclass(frozen=True, slots=True)
class Knock:
    """One try to be a phone of ours."""

    address: str
    account: str
    sign: Sign
    at: datetime


@dataclass(frozen=True, slots=True)
class Limits:
    failures: int = 8  # so many within the window
    names: int = 5  # with wrong passwords, where good phones are
    strays: int = 3  # calls that a phone began: a key pressed by mistake is fewer
    asked: int = 200  # challenged and never answered: a flood
    window: timedelta = timedelta(minutes=10)
    good_for: timedelta = timedelta(minutes=15)  # phones say every 5 who they are
    first: timedelta = timedelta(minutes=10)
    longest: timedelta = timedelta(hours=24)
    remembered: timedelta = timedelta(hours=24)  # after its end, for the next one


@dataclass(frozen=True, slots=True)
class Lockout:
    source: Source
    since: datetime
    until: datetime
    times: int  # the how manieth of this address
    because: str

    def is_on(self, now: datetime) -> bool:
        return now < self.until


@dataclass(frozen=True, slots=True)
class Trouble:
    """A phone that is refused again and again where good phones are."""

    source: Source
    account: str
    failures: int


@dataclass(frozen=True, slots=True)
class Stray:
    """A phone that tries to call somebody, which no telecaller's phone may."""

    account: str
    calls: int


@dataclass(frozen=True, slots=True)
class _Tries:
    """What is remembered of one address."""

    failures: tuple[Knock, ...] = ()
    asked: tuple[datetime, ...] = ()
    good_at: datetime | None = None


def source_of(address: str) -> Source | None:
    """Return what is shut out for an address; None: it is no address."""
    try:
        ip = ip_address(address)
    except ValueError:
        return None
    if isinstance(ip, IPv6Address):
        if ip.ipv4_mapped is not None:
            return Source(str(ip.ipv4_mapped))
        # Whoever has one address of a /64 has them all.
        return Source(str(ip_network((ip, 64), strict=False)))
    return Source(str(ip))


class Lockouts:
    """Every address that tried lately, and those that are shut out."""

    def __init__(self, trusted: Iterable[Network], limits: Limits | None = None):
        """`trusted`: never shut out; the trunks are there."""
        self._trusted = tuple(trusted)
        self._limits = limits or Limits()
        self._tries: dict[Source, _Tries] = {}  # the last to try comes last
        self._locked: dict[Source, Lockout] = {}  # also over, while remembered
        self._strays: dict[str, tuple[datetime, ...]] = {}  # calls, by phone of ours

    def saw(self, knock: Knock) -> Lockout | None:
        """Count a try; return the lock-out that it brings about."""
        source = source_of(knock.address)
        if source is None or self._is_trusted(source):
            return None
        was = self._locked.get(source)
        if was is not None and was.is_on(knock.at):
            return None  # sent before the gate was shut
        tries = self._counted(self._tries.pop(source, _Tries()), knock)
        self._tries[source] = tries
        if len(self._tries) > MOST_SOURCES:
            del self._tries[next(iter(self._tries))]
        because = self._why(tries, knock.at)
        if not because:
            return None
        del self._tries[source]
        times = was.times + 1 if was is not None else 1
        length = min(self._limits.first * 2 ** (times - 1), self._limits.longest)
        made = Lockout(source, knock.at, knock.at + length, times, because)
        self._locked[source] = made
        return made

    def on(self, now: datetime) -> list[Lockout]:
        """Return those that are shut out, the next to be free last; forget old ones."""
        for source, one in list(self._locked.items()):
            if now >= one.until + self._limits.remembered:
                del self._locked[source]
        shut = [one for one in self._locked.values() if one.is_on(now)]
        shut.sort(key=lambda one: one.until, reverse=True)
        return shut[:MOST_LOCKED]

    def take_up(self, kept: Iterable[Lockout]) -> None:
        """Let what was kept hold in place of what is remembered of its addresses."""
        for one in kept:
            self._locked[one.source] = one

    def troubles(self, now: datetime) -> list[Trouble]:
        """Return phones that are refused where others are good."""
        found: list[Trouble] = []
        for source, tries in self._tries.items():
            if not self._has_good(tries, now):
                continue
            counts = Counter(
                one.account
                for one in tries.failures
                if now - one.at <= self._limits.window
            )
            found += (
                Trouble(source, account, count)
                for account, count in sorted(counts.items())
                if count >= self._limits.failures
            )
        return found

    def called_out(self, account: str, at: datetime) -> None:
        """Count a call that a phone of ours began by itself. It reached nobody."""
        calls = self._strays.get(account, ())[-MOST_STRAYS:]
        self._strays[account] = (*calls, at)

    def strays(self, now: datetime) -> list[Stray]:
        """Return phones that lately began calls more than once or twice."""
        found = []
        for account, calls in sorted(self._strays.items()):
            lately = [at for at in calls if now - at <= self._limits.window]
            if len(lately) >= self._limits.strays:
                found.append(Stray(account, len(lately)))
        return found

    def _is_trusted(self, source: Source) -> bool:
        network = ip_network(source)
        return any(
            network.version == one.version and one.overlaps(network)
            for one in self._trusted
        )

    def _counted(self, tries: _Tries, knock: Knock) -> _Tries:
        since = knock.at - self._limits.window
        # No more than decide: a flood must not fill the memory.
        failures = tuple(f for f in tries.failures if f.at > since)
        asked = tuple(at for at in tries.asked if at > since)
        if knock.sign is Sign.GOOD:
            failures = tuple(f for f in failures if f.account != knock.account)
            return _Tries(failures, asked[:-1], knock.at)
        if knock.sign is Sign.ASKED:
            return replace(
                tries,
                failures=failures,
                asked=(*asked, knock.at)[-self._limits.asked :],
            )
        most = self._limits.failures * self._limits.names
        return replace(tries, failures=(*failures, knock)[-most:], asked=asked)

    def _has_good(self, tries: _Tries, now: datetime) -> bool:
        return tries.good_at is not None and now - tries.good_at < self._limits.good_for

    def _why(self, tries: _Tries, now: datetime) -> str:
        """Return why the address is to be shut out now, or ""."""
        limits = self._limits
        if self._has_good(tries, now):
            wrong = {f.account for f in tries.failures if f.sign is Sign.WRONG_PASSWORD}
            if len(wrong) >= limits.names:
                return f"wrong passwords for {len(wrong)} phones"
            return ""
        if len(tries.failures) >= limits.failures:
            names = len({f.account for f in tries.failures})
            return f"{len(tries.failures)} failed tries, {names} names"
        if len(tries.asked) >= limits.asked:
            return f"{len(tries.asked)} requests without a password"
        return ""
