"""What becomes of a call, as Samvad's Asterisk sees it on the wire."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from ivr.asterisk.line import AgiLine
from ivr.core.events import CallAnswered, CallRinging
from ivr.simulation.population import Fixed, Kind, Rates, Spread
from ivr.simulation.truth import Happening, read_truth
from tests.acceptance.exchange import Exchange, running

pytestmark = [pytest.mark.acceptance, pytest.mark.asyncio(loop_scope="module")]

SOON = Spread(0.3, 0.1, 0.5)
RATES = Rates(pick_up=SOON, refusal=SOON, voicemail=SOON)
REFUSED = {
    ("+919827000001", Kind.UNALLOCATED, False): 404,
    ("+919827000002", Kind.UNALLOCATED, True): 404,
    ("+919827000003", Kind.SWITCHED_OFF, False): 480,
    ("+919827000004", Kind.SWITCHED_OFF, True): 480,
    ("+919827000005", Kind.INCOMPLETE, False): 484,
    ("+919827000006", Kind.NETWORK_FULL, False): 503,
    ("+919827000007", Kind.NETWORK_FULL, True): 503,
    ("+919827000008", Kind.BUSY, False): 486,
    ("+919827000009", Kind.DECLINED, False): 403,
}
RINGS_OUT = "+919827000010"
VOICEMAIL = "+919827000011"
FIXED = {
    **{number: Fixed(kind, announcement=a) for number, kind, a in REFUSED},
    RINGS_OUT: Fixed(Kind.RINGS_OUT),
    VOICEMAIL: Fixed(Kind.VOICEMAIL),
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def exchange(
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[Exchange]:
    async with running(tmp_path_factory.mktemp("fates"), FIXED, RATES) as both:
        yield both


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def codes(exchange: Exchange) -> dict[str, int | None]:
    """How each number's call ended: all are called at once."""
    calls = {number: await exchange.dial(number) for number, _, _ in REFUSED}
    ends = {number: await exchange.ended(call) for number, call in calls.items()}
    return {number: end.sip_code for number, end in ends.items()}


@pytest.mark.parametrize(("fate", "code"), REFUSED.items())
async def test_a_refusal_arrives_as_its_sip_code(
    codes: dict[str, int | None], fate: tuple[str, Kind, bool], code: int
) -> None:
    assert codes[fate[0]] == code


async def test_ringing_out_ends_with_our_own_patience(exchange: Exchange) -> None:
    call_id = await exchange.dial(RINGS_OUT, ring_s=1.5)
    await exchange.ended(call_id)
    kinds = {type(e) for e in exchange.events if getattr(e, "call_id", "") == call_id}
    assert CallRinging in kinds
    assert CallAnswered not in kinds


async def test_voicemail_answers_speaks_and_hangs_up(exchange: Exchange) -> None:
    async def listen(line: AgiLine) -> None:
        await line.ask(
            [],
            max_digits=1,
            first_timeout_s=60,
            between_timeout_s=1,
            terminator="#",
        )

    exchange.flow = listen
    call_id = await exchange.dial(VOICEMAIL)
    await exchange.ended(call_id)
    events = _of(exchange.carrier.truth_file, VOICEMAIL)
    assert events == [
        Happening.INVITED,
        Happening.RANG,
        Happening.ANSWERED,
        Happening.HUNG_UP,
        Happening.ENDED,
    ]


def _of(file: Path, number: str) -> list[Happening]:
    return [line.event for line in read_truth(file) if line.number == number]
