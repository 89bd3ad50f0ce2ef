"""What `bench web` reckons: how late the pages were within a span of time."""

from __future__ import annotations

import bisect
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from ivr.cli.bench_web_browsers import Seen


@dataclass(slots=True)
class Span:
    """What this process did in a span of time."""

    began: float = 0.0  # seconds since 1970
    ended: float = 0.0
    cpu_s: float = 0.0
    rss_mb: float = 0.0  # at the end
    lags_ms: list[float] = field(default_factory=list)
    calls: int = 0  # that ended
    idle: float = 0.0  # the share of all cores that nobody wanted

    def holds(self, at: float) -> bool:
        return self.began <= at <= self.ended

    @property
    def cores(self) -> float:
        return self.cpu_s / (self.ended - self.began)


class Delays:
    """How late the pages were, in milliseconds, by what their browsers saw."""

    def __init__(
        self,
        seen: Seen,
        span: Span,
        *,
        desks: Collection[str],
        snapshots: Sequence[datetime],
        shift: timedelta,
    ) -> None:
        """`desks`: the keys of feeds that are desks; the others are floors.

        `snapshots`: when each of the floors was taken, in order. Like the pages'
        times, they are the controller's, `shift` ahead of the machine's clock.
        """
        self.desks: list[float] = []
        self.floors: list[float] = []
        self.events = sum(span.holds(at) for at, _, _ in seen.events)
        self.letters = sum(size for at, _, size in seen.events if span.holds(at))
        self.ended = len(seen.ended)
        for arrived, key, said in seen.changes:
            since = datetime.fromisoformat(said)
            if not span.holds((since - shift).timestamp()):
                continue
            if key in desks:
                self.desks.append(1000 * (arrived - (since - shift).timestamp()))
                continue
            place = bisect.bisect_left(snapshots, since)
            if place < len(snapshots):
                taken = (snapshots[place] - shift).timestamp()
                self.floors.append(1000 * (arrived - taken))
