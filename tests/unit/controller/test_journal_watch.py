"""The journal's head is kept each minute, a day's root is told when it is over."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta

from ivr.controller.journal_watch import JournalWatch
from ivr.core.happenings import Happening, HappeningKind
from ivr.core.journal import INDIA, Head, Root, written
from ivr.errors import StoreUnavailable
from tests.fakes.switch import BEGIN, FakeClock

YESTERDAY = BEGIN.astimezone(INDIA).date() - timedelta(days=1)


@dataclass
class FakeJournal:
    """One entry an hour, for ten days."""

    is_away: bool = False
    entries: list[Head] = field(
        default_factory=lambda: [
            Head(n, written(BEGIN - timedelta(hours=240 - n)), bytes([n] * 32))
            for n in range(1, 241)
        ]
    )

    async def head(self) -> Head | None:
        if self.is_away:
            raise StoreUnavailable("away")
        return self.entries[-1] if self.entries else None

    async def before(self, moment: str) -> Head | None:
        earlier = [one for one in self.entries if one.at < moment]
        return earlier[-1] if earlier else None


@dataclass
class FakeHeads:
    heads: list[Head] = field(default_factory=list)
    roots: list[Root] = field(default_factory=list)

    def last_day(self) -> date | None:
        return max((one.day for one in self.roots), default=None)

    def keep(self, head: Head, roots: list[Root]) -> None:
        self.heads.append(head)
        self.roots += roots


class Scene:
    def __init__(self) -> None:
        self.journal, self.heads, self.clock = FakeJournal(), FakeHeads(), FakeClock()
        self.told: list[Happening] = []
        self.watch = JournalWatch(
            self.journal, self.heads, self.clock, self.told.append
        )


async def test_the_head_is_kept_and_yesterdays_root_told_once():
    scene = Scene()
    await scene.watch.look()
    await scene.watch.look()
    assert [head.seq for head in scene.heads.heads] == [240, 240]
    [root] = scene.heads.roots
    assert root.day == YESTERDAY
    [told] = scene.told
    assert told.kind is HappeningKind.JOURNAL_ROOT
    assert told.centres == ()
    assert dict(told.facts) == {
        "day": YESTERDAY.isoformat(),
        "root": root.hash.hex(),
        "entries": root.seq,
    }


async def test_days_on_which_nobody_looked_are_made_up_for():
    scene = Scene()
    three_ago = YESTERDAY - timedelta(days=3)
    scene.heads.roots.append(Root(three_ago, 1, bytes(32)))
    await scene.watch.look()
    days = [told.facts["day"] for told in scene.told]
    assert days == [(YESTERDAY - timedelta(days=n)).isoformat() for n in (2, 1, 0)]


async def test_a_journal_without_entries_has_nothing_to_keep():
    scene = Scene()
    scene.journal.entries.clear()
    await scene.watch.look()
    assert not scene.heads.heads and not scene.told


async def test_a_store_that_is_away_is_asked_again_later():
    scene = Scene()
    scene.journal.is_away = True
    await scene.watch.look()
    scene.journal.is_away = False
    await scene.watch.look()
    assert len(scene.heads.heads) == 1
