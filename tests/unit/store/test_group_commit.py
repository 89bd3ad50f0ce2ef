"""The queue in front of the writer, with a writer whose pace the test sets."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from ivr.errors import OurBug, SamvadError, StoreUnavailable
from ivr.store.group_commit import GroupCommit, Waiting, Write, grouped
from tests.polling import until

INSERT, UPDATE, NOTE = text("INSERT"), text("UPDATE"), text("NOTE")


def write(n: int) -> Write:
    return Write(keys=(n,), steps=((INSERT, {"n": n}),))


class Writer:
    """Commits a batch when the test says so, and with the fates it says."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.fates: dict[int, SamvadError] = {}
        self.may_commit = asyncio.Event()
        self.may_commit.set()

    async def commit(self, writes: Sequence[Write]) -> list[SamvadError | None]:
        numbers = [int(str(w.steps[0][1]["n"])) for w in writes]
        self.batches.append(numbers)
        await self.may_commit.wait()
        return [self.fates.get(n) for n in numbers]


def group_commit(
    writer: Writer, *, timeout_s: float = 60, most_waiting: int = 100
) -> GroupCommit:
    return GroupCommit(
        writer, timeout_s=timeout_s, most_waiting=most_waiting, most_at_once=10
    )


async def test_an_idle_writer_commits_at_once():
    writer = Writer()
    await group_commit(writer).submit(write(1))
    assert writer.batches == [[1]]


async def test_what_waits_during_a_commit_goes_together_in_order():
    writer, tasks = Writer(), []
    commits = group_commit(writer)
    writer.may_commit.clear()
    for n in range(5):
        tasks.append(asyncio.create_task(commits.submit(write(n))))
        await until(lambda n=n: commits.waiting > n and writer.batches)
    writer.may_commit.set()
    await asyncio.gather(*tasks)
    assert writer.batches == [[0], [1, 2, 3, 4]]


async def test_a_batch_has_a_limit():
    writer = Writer()
    commits = group_commit(writer)
    await asyncio.gather(*(commits.submit(write(n)) for n in range(25)))
    assert [len(batch) for batch in writer.batches] == [10, 10, 5]
    assert [n for batch in writer.batches for n in batch] == list(range(25))


async def test_each_caller_learns_the_fate_of_its_own_write():
    writer = Writer()
    writer.fates[1] = OurBug("this one")
    commits = group_commit(writer)
    fates = await asyncio.gather(
        *(commits.submit(write(n)) for n in range(3)), return_exceptions=True
    )
    assert fates == [None, writer.fates[1], None]


async def test_a_write_that_waits_too_long_is_given_up_and_not_written_later():
    writer = Writer()
    commits = group_commit(writer, timeout_s=0.02)
    writer.may_commit.clear()
    underway = asyncio.create_task(commits.submit(write(1)))
    await until(lambda: writer.batches)
    with pytest.raises(StoreUnavailable, match=r"not written within 0\.02 s"):
        await commits.submit(write(2))
    with pytest.raises(StoreUnavailable):
        await underway
    writer.may_commit.set()
    await commits.submit(write(3))
    assert writer.batches == [[1], [3]]


async def test_a_full_queue_refuses_at_once():
    writer = Writer()
    commits = group_commit(writer, most_waiting=2)
    writer.may_commit.clear()
    tasks = [asyncio.create_task(commits.submit(write(n))) for n in range(3)]
    await until(lambda: commits.waiting == 2)
    with pytest.raises(StoreUnavailable, match="2 writes wait already"):
        await tasks[2]
    writer.may_commit.set()
    await asyncio.gather(*tasks[:2])


async def test_a_cancelled_caller_does_not_take_its_answer_back():
    writer = Writer()
    commits = group_commit(writer)
    writer.may_commit.clear()
    first = asyncio.create_task(commits.submit(write(1)))
    await until(lambda: writer.batches)
    hung_up = asyncio.create_task(commits.submit(write(2)))
    await until(lambda: commits.waiting == 2)
    hung_up.cancel()
    writer.may_commit.set()
    await first
    await commits.close()
    assert writer.batches == [[1], [2]]


async def test_closing_waits_for_what_was_submitted_and_refuses_the_rest():
    writer = Writer()
    commits = group_commit(writer)
    waiting = asyncio.create_task(commits.submit(write(1)))
    await asyncio.sleep(0)
    await commits.close()
    assert waiting.done() and writer.batches == [[1]]
    with pytest.raises(StoreUnavailable):
        await commits.submit(write(2))


async def test_a_writer_that_breaks_leaves_nobody_waiting(
    caplog: pytest.LogCaptureFixture,
):
    class Broken(Writer):
        async def commit(self, writes: Sequence[Write]) -> list[SamvadError | None]:
            raise ZeroDivisionError

    commits = group_commit(Broken())
    fates = await asyncio.gather(
        *(commits.submit(write(n)) for n in range(15)), return_exceptions=True
    )
    assert {type(fate) for fate in fates} == {StoreUnavailable}
    await commits.close()
    assert "ZeroDivisionError" in caplog.text  # asyncio's own log of the lost task


# Grouping: one execution for each statement where order allows it


def test_steps_of_one_statement_go_together():
    writes = [
        Write(("a",), ((INSERT, {"n": 1}), (UPDATE, {"n": 1}))),
        Write(("b",), ((INSERT, {"n": 2}), (UPDATE, {"n": 2}))),
    ]
    assert grouped(writes) == [
        (INSERT, [{"n": 1}, {"n": 2}]),
        (UPDATE, [{"n": 1}, {"n": 2}]),
    ]


STATEMENTS = st.lists(st.sampled_from([INSERT, UPDATE, NOTE]), min_size=1, max_size=3)


@given(st.lists(st.tuples(st.sets(st.integers(0, 4), max_size=2), STATEMENTS)))
def test_writes_that_share_a_key_keep_their_order(
    asked: list[tuple[set[int], list[object]]],
):
    writes = [
        Write(
            keys=tuple(keys),
            steps=tuple((s, {"write": n, "step": i}) for i, s in enumerate(statements)),  # type: ignore[misc]
        )
        for n, (keys, statements) in enumerate(asked)
    ]
    done = [(row["write"], row["step"]) for _, rows in grouped(writes) for row in rows]
    wanted = [(n, i) for n, w in enumerate(writes) for i in range(len(w.steps))]
    assert sorted(done) == wanted  # every step, once
    for key in range(5):
        mine = [step for step in done if key in writes[step[0]].keys]
        assert mine == sorted(mine)
    for n in range(len(writes)):
        mine = [step for step in done if step[0] == n]
        assert all(a < b for a, b in pairwise(mine))


# What the database does not take is put aside


class Named:
    """A write that may be put aside."""

    name = "named"

    def __init__(self, n: int) -> None:
        self.n = n

    def write(self, *, again: bool = False) -> Write:
        return write(self.n)


class FakeAside:
    def __init__(self) -> None:
        self.is_on = False
        self.taken: list[int] = []
        self.after_all: list[int] = []

    def refusal(self) -> StoreUnavailable:
        return StoreUnavailable("away")

    def take(self, items: Sequence[Waiting]) -> None:
        self.is_on = True
        for item in items:
            assert isinstance(item.kept, Named)
            self.taken.append(item.kept.n)
            item.settle(None)

    def stored(self, item: Waiting) -> None:
        assert isinstance(item.kept, Named)
        self.after_all.append(item.kept.n)


def with_aside(
    writer: Writer, aside: FakeAside, *, timeout_s: float = 60
) -> GroupCommit:
    return GroupCommit(
        writer, timeout_s=timeout_s, most_waiting=100, most_at_once=3, aside=aside
    )


async def submitted(commits: GroupCommit, *numbers: int) -> list[asyncio.Task[None]]:
    """Submit writes in order; those over 100 may not be put aside."""
    tasks = []
    for n in numbers:
        kept = None if n > 100 else Named(n)
        tasks.append(asyncio.create_task(commits.submit(write(n), kept)))
    await asyncio.sleep(0)
    return tasks


async def test_what_the_database_refuses_goes_aside_with_all_that_came_after_it():
    writer, aside = Writer(), FakeAside()
    away = StoreUnavailable("the disk is full")
    writer.fates = {2: away, 101: away}
    writer.may_commit.clear()
    commits = with_aside(writer, aside)
    tasks = await submitted(commits, 1, 2, 101, 3, 102, 4)
    await until(lambda: writer.batches)
    writer.may_commit.set()
    fates = await asyncio.gather(*tasks, return_exceptions=True)
    assert [str(fate or "") for fate in fates] == [
        *("", "", "the disk is full", "", "away", "")
    ]
    assert writer.batches == [[1, 2, 101]] and aside.taken == [2, 3, 4]


async def test_while_the_aside_is_on_everything_goes_there():
    writer, aside = Writer(), FakeAside()
    commits = with_aside(writer, aside)
    aside.is_on = True
    await commits.submit(write(1), Named(1))
    with pytest.raises(StoreUnavailable, match="away"):
        await commits.submit(write(101))
    assert (writer.batches, aside.taken) == ([], [1])
    aside.is_on = False
    await commits.submit(write(2), Named(2))
    assert writer.batches == [[2]]


async def test_what_waits_too_long_goes_aside_and_is_known_if_it_is_stored_after_all():
    writer, aside = Writer(), FakeAside()
    writer.may_commit.clear()
    commits = with_aside(writer, aside, timeout_s=0.02)
    tasks = await submitted(commits, 1, 101, 2, 3)
    fates = await asyncio.gather(*tasks, return_exceptions=True)
    assert [str(fate or "") for fate in fates] == ["", "away", "", ""]
    assert aside.taken == [1, 2, 3] and aside.after_all == []
    writer.may_commit.set()
    await commits.idle(5)
    assert aside.after_all == [1, 2]  # 3 was never tried
    assert writer.batches == [[1, 101, 2]]


async def test_a_caller_who_hung_up_is_put_aside_like_all_others():
    writer, aside = Writer(), FakeAside()
    writer.may_commit.clear()
    commits = with_aside(writer, aside, timeout_s=0.02)
    [first, hung_up] = await submitted(commits, 1, 2)
    hung_up.cancel()
    await first
    assert aside.taken == [1, 2]
    writer.may_commit.set()
    await commits.close()


async def test_a_commit_that_never_ends_is_broken_off():
    writer, aside = Writer(), FakeAside()
    writer.may_commit.clear()
    commits = with_aside(writer, aside, timeout_s=0.02)
    await asyncio.gather(*await submitted(commits, 1))
    await commits.idle(0.01)
    assert commits.waiting == 0
    aside.is_on = False
    writer.may_commit.set()
    await commits.submit(write(2), Named(2))
    assert writer.batches == [[1], [2]] and aside.after_all == []
