"""How often results are counted, and for whom. The store is a script."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from ivr.controller import results as module
from ivr.controller.recordings import Recordings
from ivr.controller.results import IN_VIEW, Listed, Results
from ivr.core.access import May, Role, User, UserId
from ivr.core.model import CampaignId, CampaignState
from ivr.core.opinion_blocks import CaughtUp
from ivr.core.retention import Hearing
from ivr.core.selection import EVERYWHERE, CentreScope, Selection, Slice
from ivr.core.spoken import SpokenAnswer
from ivr.core.tallies import PartTallies
from ivr.errors import BadInput, StoreUnavailable
from tests.fakes.counted import CAMPAIGN, NAMES, part
from tests.fakes.recordings import NONE, FakeRecordings
from tests.fakes.results import NoResults
from tests.fakes.site import INDIA, SEHORE, TREE
from tests.fakes.switch import BEGIN, FakeClock
from tests.polling import until

MEERA = User(UserId("meera"), "मीरा", Role.ADMIN, next(iter(TREE)))
ANIL = User(UserId("anil"), "अनिल", Role.IN_CHARGE, SEHORE)
LISTED = Listed(CAMPAIGN, CampaignState.RUNNING)


@dataclass
class Script(NoResults):
    """Counts what it is asked; `steps` is how often `catch_up` is not done."""

    asked: list[tuple[CentreScope, Slice]] = field(default_factory=list)
    steps: int = 0
    caught: int = 0
    is_away: bool = False
    go: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.go.set()

    async def part(
        self, campaign_id: CampaignId, scope: CentreScope, part_: Slice
    ) -> PartTallies:
        self.asked.append((scope, part_))
        await self.go.wait()
        if self.is_away:
            raise StoreUnavailable
        return part()

    async def catch_up(
        self,
        campaign_id: CampaignId,
        zone: ZoneInfo,
        now: datetime,
        seen_to: datetime | None,
    ) -> CaughtUp:
        self.caught += 1
        return CaughtUp(now, is_done=self.caught > self.steps)


def of(
    store: Script,
    clock: FakeClock | None = None,
    recordings: Recordings = NONE,
    hearing: Hearing = IN_VIEW,
) -> Results:
    return Results(store, NAMES, TREE, clock or FakeClock(), INDIA, recordings, hearing)


async def test_readers_of_one_part_share_one_count():
    store = Script()
    results = of(store)
    await asyncio.gather(
        *(results.look(MEERA, LISTED, Selection()) for _ in range(5)),
        results.look(MEERA, LISTED, Selection(question="need", choice="roads")),
    )
    assert store.asked == [(EVERYWHERE, Slice(EVERYWHERE))]


async def test_another_centre_or_filter_is_another_count():
    store = Script()
    results = of(store)
    await results.look(MEERA, LISTED, Selection())
    await results.look(ANIL, LISTED, Selection())
    await results.look(ANIL, LISTED, Selection(district="SEH"))
    scopes = [scope for scope, _ in store.asked]
    assert scopes == [EVERYWHERE, *[CentreScope(frozenset({SEHORE}))] * 2]


async def test_old_figures_are_shown_at_once_while_new_ones_are_counted(
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(module, "FRESH_S", 0.0)
    monkeypatch.setattr(module, "FRESH_COUNTS", 1e-9)
    monkeypatch.setattr(module, "SLOW_S", 0.0)
    store, clock = Script(), FakeClock()
    results = of(store, clock=clock)
    first = await results.look(MEERA, LISTED, Selection())
    assert first.counted_at == clock.now()
    store.go.clear()
    clock.move(minutes=1)
    second = await results.look(MEERA, LISTED, Selection())
    assert second.counted_at == first.counted_at
    await until(lambda: len(store.asked) == 2)  # is being counted
    assert (await results.look(MEERA, LISTED, Selection())) == second
    assert len(store.asked) == 2
    store.go.set()
    await until(lambda: not results._counting)
    third = await results.look(MEERA, LISTED, Selection())
    assert third.counted_at == clock.now() > first.counted_at
    await results.close()


async def test_opinions_are_brought_up_to_date_before_counting():
    store = Script(steps=3)
    look = await of(store).look(MEERA, LISTED, Selection())
    assert (store.caught, look.is_behind) == (4, False)


async def test_a_database_that_is_away_is_asked_again_the_next_time():
    store = Script(is_away=True)
    results = of(store)
    with pytest.raises(StoreUnavailable):
        await results.look(MEERA, LISTED, Selection())
    store.is_away = False
    assert await results.look(MEERA, LISTED, Selection())


async def test_a_recording_is_asked_for_by_the_name_in_its_answer():
    recordings = FakeRecordings({"c1-1.wav": b"RIFF"})
    results = of(Script(), recordings=recordings)

    def answer(file: str) -> SpokenAnswer:
        return SpokenAnswer("c1", 1, "need", file, "1.0 s", BEGIN, None, "", "")

    assert results.has_sound(MEERA, answer("c1-1.wav"))
    sound = await results.sound(MEERA, answer("c1-1.wav"))
    assert sound is not None and b"".join(sound.read(1, 2)) == b"IF"
    assert not results.has_sound(MEERA, answer("c1-2.wav"))
    assert await results.sound(MEERA, answer("c1-2.wav")) is None


@pytest.mark.parametrize(
    ("days", "who", "heard"),
    [(89, MEERA, True), (90, MEERA, False), (399, ANIL, True), (1, ANIL, True)],
)
async def test_after_ninety_days_a_recording_is_the_officers_alone(
    days: int, who: User, heard: bool
):
    results = of(
        Script(),
        recordings=FakeRecordings({"c1-1.wav": b"RIFF"}),
        hearing=Hearing(officer=str(ANIL.user_id)),
    )
    said_at = FakeClock().now() - timedelta(days=days)
    one = SpokenAnswer("c1", 1, "need", "c1-1.wav", "1 s", said_at, None, "", "")
    assert results.has_sound(who, one) is heard
    assert (await results.sound(who, one) is not None) is heard
    program = replace(ANIL, only=frozenset({May.LISTEN}))
    assert results.has_sound(program, one) is (days < 90)


async def test_an_empty_note_is_refused_before_it_is_stored():
    answer = SpokenAnswer("c1", 1, "need", "x.wav", "1.0 s", None, None, "", "")
    with pytest.raises(BadInput, match="empty"):
        await of(Script()).note(ANIL, answer, " ")
