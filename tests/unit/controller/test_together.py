"""Who asks in one moment is answered by one question."""

from __future__ import annotations

import asyncio
from collections.abc import Collection

from ivr.controller.together import Together
from ivr.errors import StoreUnavailable


async def test_one_question_answers_all_of_a_moment_and_the_next_asks_again() -> None:
    asked: list[Collection[str]] = []

    async def ask(keys: Collection[str]) -> dict[str, str]:
        asked.append(sorted(keys))
        return {key: key.upper() for key in keys if key != "c"}

    together = Together(ask)
    found = await asyncio.gather(*(together.of(key) for key in "aabc"))
    assert found == ["A", "A", "B", None]
    assert await together.of("d") == "D"
    assert asked == [["a", "b", "c"], ["d"]]


async def test_who_stops_waiting_takes_the_answer_from_nobody_else() -> None:
    async def ask(keys: Collection[str]) -> dict[str, str]:
        return dict.fromkeys(keys, "here")

    together = Together(ask)
    first = asyncio.create_task(together.of("a"))
    second = asyncio.create_task(together.of("b"))
    await asyncio.sleep(0)
    first.cancel()
    assert await second == "here"


async def test_a_failure_is_told_to_all_who_asked_and_the_next_is_asked_anew() -> None:
    answers: list[dict[str, str] | StoreUnavailable] = [StoreUnavailable(), {"a": "A"}]

    async def ask(_keys: Collection[str]) -> dict[str, str]:
        answer = answers.pop(0)
        if isinstance(answer, StoreUnavailable):
            raise answer
        return answer

    together = Together(ask)
    said = await asyncio.gather(
        together.of("a"), together.of("b"), return_exceptions=True
    )
    assert all(isinstance(one, StoreUnavailable) for one in said)
    assert await together.of("a") == "A"
    assert not answers  # one question for the two, and one for the next
