"""People of the virtual carrier: their keys, words and telecallers, by real audio."""

from __future__ import annotations

import asyncio
import io
import time
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta

import numpy as np
import pytest
import pytest_asyncio

from ivr.asterisk.line import AgiLine
from ivr.controller.ports import Recorded
from ivr.core.events import LegDown, LegUp
from ivr.core.flow_model import Clip
from ivr.simulation.carrier import bench_key, bench_number
from ivr.simulation.population import Character, Do, Fixed, KeyMode, Kind, Rates, Spread
from ivr.simulation.sounds import read_wav, write_wav
from ivr.simulation.tones import sine
from ivr.simulation.truth import Happening, TruthLine, read_truth
from ivr.vault.recordings import SETTLED_S
from tests.acceptance.exchange import TELECALLERS, Exchange, running
from tests.polling import until

pytestmark = [pytest.mark.acceptance, pytest.mark.asyncio(loop_scope="module")]

SOON = Spread(0.2, 0.1, 0.3)
RATES = Rates(
    pick_up=SOON,
    early=Spread(0.8, 0.7, 0.9),
    hang_up=Spread(1.0, 0.9, 1.1),
    reaction=Spread(0.5, 0.4, 0.8),
    talk=Spread(3.0, 2.9, 3.1),
    speaks=1.0,
    ends_talk=1.0,
    wants_callback=1.0,
    prompts=3,
    characters={
        "patient": Character(1, early=0.0),
        "hasty": Character(0, early=1.0),
        "mute": Character(0, press=0, silent=1),
        "quitter": Character(0, once=Do.HANG_UP, at_prompts=(2, 2)),
        "asks": Character(0, once=Do.ASK_PERSON, at_prompts=(1, 1)),
    },
)
MODES = {f"+91982700010{n}": mode for n, mode in enumerate(KeyMode)}
HASTY = {f"+91982700011{n}": mode for n, mode in enumerate(KeyMode)}
QUITTER, SPEAKER, ASKER, UNLUCKY = (f"+91982700012{n}" for n in range(4))
FIXED = {
    **{n: Fixed(Kind.PERSON, "patient", mode) for n, mode in MODES.items()},
    **{n: Fixed(Kind.PERSON, "hasty", mode) for n, mode in HASTY.items()},
    QUITTER: Fixed(Kind.PERSON, "quitter"),
    SPEAKER: Fixed(Kind.PERSON, "mute", KeyMode.RFC4733),
    ASKER: Fixed(Kind.PERSON, "asks", KeyMode.RFC4733),
    UNLUCKY: Fixed(Kind.PERSON, "asks", KeyMode.RFC4733),
}
PROMPT_S = 2.5
PROMPT = (Clip("hi", "prompt"),)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def exchange(
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[Exchange]:
    home = tmp_path_factory.mktemp("people")
    async with running(home, FIXED, RATES) as both:
        write_wav(home / "prompt.wav", _speechlike(PROMPT_S))
        both.sounds["prompt"] = str(home / "prompt")
        yield both


def _speechlike(seconds: float) -> np.ndarray:
    voice = sum(sine(130 * n, seconds, 0.15 / n) for n in (1, 2, 3, 4))
    return np.asarray(voice).astype(np.int16)


async def _ask(line: AgiLine) -> str:
    heard = await line.ask(
        PROMPT,
        max_digits=1,
        first_timeout_s=4,
        between_timeout_s=1,
        terminator="",
    )
    return heard.keys


def _truth(exchange: Exchange, number: str) -> list[TruthLine]:
    return [t for t in read_truth(exchange.carrier.truth_file) if t.number == number]


def _happened(exchange: Exchange, number: str) -> set[Happening]:
    return {t.event for t in _truth(exchange, number)}


def _keys(lines: Sequence[TruthLine]) -> list[str]:
    return [str(t.facts["key"]) for t in lines if t.event is Happening.KEY]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def pressed(exchange: Exchange) -> dict[str, list[str]]:
    """The keys that came from each number: all are called at once, and asked thrice."""
    got: dict[str, list[str]] = {}

    async def three_questions(line: AgiLine) -> None:
        for _ in range(3):
            got.setdefault(line.call_id, []).append(await _ask(line))
        await asyncio.sleep(0.7)  # not to end the call in the same breath

    exchange.flow = three_questions
    calls = {number: await exchange.dial(number) for number in [*MODES, *HASTY]}
    for number, call_id in calls.items():
        await exchange.ended(call_id)
        await until(lambda: Happening.ENDED in _happened(exchange, number))  # noqa: B023
    return {number: got[call_id] for number, call_id in calls.items()}


@pytest.mark.parametrize(("number", "mode"), [*MODES.items(), *HASTY.items()])
async def test_every_key_arrives_in_every_mode(
    exchange: Exchange, pressed: dict[str, list[str]], number: str, mode: KeyMode
) -> None:
    lines = _truth(exchange, number)
    assert _keys(lines) == pressed[number]
    assert len(pressed[number]) == 3
    assert {t.facts["mode"] for t in lines if t.event is Happening.KEY} == {mode}
    assert all(t.facts["sure"] for t in lines if t.event is Happening.KEY)


@pytest.mark.parametrize("number", HASTY)
async def test_a_hasty_person_presses_before_the_prompt_ends(
    exchange: Exchange, pressed: dict[str, list[str]], number: str
) -> None:
    lines = _truth(exchange, number)
    prompts = [t.at for t in lines if t.event is Happening.PROMPT]
    keys = [t.at for t in lines if t.event is Happening.KEY]
    assert len(keys) == len(pressed[number])
    for prompt, key in zip(prompts, keys, strict=True):
        assert (key - prompt).total_seconds() < PROMPT_S - 0.5


async def test_a_quitter_hangs_up_in_the_middle_of_a_prompt(
    exchange: Exchange,
) -> None:
    async def two_questions(line: AgiLine) -> None:
        await _ask(line)
        await _ask(line)

    exchange.flow = two_questions
    await exchange.ended(await exchange.dial(QUITTER))
    await until(lambda: _truth(exchange, QUITTER)[-1].event is Happening.ENDED)
    lines = _truth(exchange, QUITTER)
    assert [t.event for t in lines][-2:] == [Happening.HUNG_UP, Happening.ENDED]
    prompts = [t.at for t in lines if t.event is Happening.PROMPT]
    hung_up = next(t.at for t in lines if t.event is Happening.HUNG_UP)
    assert len(prompts) == 2
    assert 0.8 < (hung_up - prompts[1]).total_seconds() < 1.6


async def test_words_are_spoken_after_the_beep_and_recorded(
    exchange: Exchange,
) -> None:
    got: list[Recorded] = []

    async def record(line: AgiLine) -> None:
        got.append(
            await line.record(PROMPT, name="words", max_s=20, silence_s=2, beep=True)
        )

    exchange.flow = record
    await exchange.ended(await exchange.dial(SPEAKER))
    await until(lambda: _truth(exchange, SPEAKER)[-1].event is Happening.ENDED)
    spoken = next(t for t in _truth(exchange, SPEAKER) if t.event is Happening.SPEECH)
    recordings = exchange.recordings
    assert got[0].stopped_by == "silence"
    clear = recordings.new / got[0].file
    await until(lambda: recordings.waiting(time.time() + SETTLED_S) == [clear])
    recordings.seal([clear])
    assert not clear.exists()
    samples = read_wav(io.BytesIO(recordings.read(got[0].file))).astype(float)
    loud = np.abs(samples) > 500
    length_s = (loud.nonzero()[0][-1] - loud.nonzero()[0][0]) / 8000
    assert length_s == pytest.approx(float(spoken.facts["duration_s"] or 0), abs=0.4)


async def test_who_asks_for_a_person_hears_exactly_that_telecaller(
    exchange: Exchange,
) -> None:
    for place, address in enumerate(TELECALLERS):
        await _ring_until_up(exchange, f"d-{address}-{place}", address)

    async def connect(line: AgiLine) -> None:
        assert await _ask(line) == "0"
        await line.join("d-tc-102-1")

    exchange.flow = connect
    await exchange.ended(await exchange.dial(ASKER))
    await until(lambda: _truth(exchange, ASKER)[-1].event is Happening.ENDED)
    lines = _truth(exchange, ASKER)
    heard = [t.facts["telecaller"] for t in lines if t.event is Happening.TELECALLER]
    assert heard == ["tc-102"]
    assert _keys(lines) == ["0"]
    assert Happening.HUNG_UP in {t.event for t in lines}


async def test_who_is_not_connected_in_time_asks_to_be_called_back(
    exchange: Exchange,
) -> None:
    got: list[str] = []

    async def apologise(line: AgiLine) -> None:
        got.append(await _ask(line))
        await line.hold()
        await asyncio.sleep(1.5)
        await line.unhold()
        got.append(await _ask(line))
        await asyncio.sleep(0.7)

    exchange.flow = apologise
    await exchange.ended(await exchange.dial(UNLUCKY))
    await until(lambda: _truth(exchange, UNLUCKY)[-1].event is Happening.ENDED)
    assert got == ["0", "1"]
    assert _keys(_truth(exchange, UNLUCKY)) == got


async def test_load_numbers_press_the_key_that_their_number_says(
    exchange: Exchange,
) -> None:
    got: dict[str, str] = {}

    async def one_question(line: AgiLine) -> None:
        got[line.call_id] = await _ask(line)

    exchange.flow = one_question
    numbers = [bench_number(n) for n in range(12)]
    calls = [await exchange.dial(number) for number in numbers]
    for call_id in calls:
        await exchange.ended(call_id)
    assert [got[c] for c in calls] == [bench_key(number) for number in numbers]
    assert exchange.carrier.bench_counts() == {"answered": 12, "keys": 12}


async def _ring_until_up(exchange: Exchange, leg_id: str, address: str) -> None:
    """The softphone registers by itself, soon; then it can be rung."""

    def came_of_it() -> list[LegUp | LegDown]:
        return [
            e
            for e in exchange.events[seen:]
            if isinstance(e, LegUp | LegDown) and e.leg_id == leg_id
        ]

    for _ in range(10):
        seen = len(exchange.events)
        await exchange.switch.ring_desk(leg_id, address, timedelta(seconds=5))
        await until(came_of_it)
        if isinstance(came_of_it()[-1], LegUp):
            return
    raise AssertionError(f"{address} never registered")
