"""People of the virtual carrier who are offered a telecaller, by the shipped audio."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from ivr.asterisk.line import AgiLine
from ivr.core.flow_model import Clip
from ivr.core.model import NodeId, PhoneNumber
from ivr.prompts.lookup import AudioLibrary
from ivr.settings.config import PROJECT
from ivr.settings.flows import load_flow
from ivr.simulation.population import Character, Fixed, KeyMode, Kind, Rates, Spread
from ivr.simulation.population import fate as fate_of
from ivr.simulation.truth import Happening, read_truth
from ivr.simulation.understanding import OFFER, load_understanding
from tests.acceptance.exchange import SEED, Exchange, running
from tests.polling import until

pytestmark = [pytest.mark.acceptance, pytest.mark.asyncio(loop_scope="module")]

FLOW = load_flow(PROJECT / "config/flows/survey-and-person.yaml")
NODE = FLOW.nodes[NodeId("offer_1")]
OFFERED = Clip("hi", NODE.offer_say["hi"])
RATES = Rates(
    pick_up=Spread(0.2, 0.1, 0.3),
    accepts=0.5,
    characters={"patient": Character(1, early=0.0)},
)
PATIENT = Fixed(Kind.PERSON, "patient", KeyMode.RFC4733)
PEOPLE = {f"+9198270002{n:02d}": PATIENT for n in range(12)}


def _accepts(number: str) -> bool:
    person = fate_of(PhoneNumber(number), 1, SEED, RATES, PEOPLE[number]).person
    assert person is not None
    return person.accepts


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def exchange(
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[Exchange]:
    home = tmp_path_factory.mktemp("offers")
    ear = load_understanding(
        [PROJECT / "config/flows"], [PROJECT / "audio"], FLOW.flow_id
    )
    async with running(home, PEOPLE, RATES, ear) as both:
        file = AudioLibrary(PROJECT / "audio").path(OFFERED)
        assert file is not None
        both.sounds[OFFERED.text] = file
        yield both


@pytest.mark.parametrize("accepts", [True, False])
async def test_who_would_accept_presses_zero_and_who_would_not_nothing(
    exchange: Exchange, accepts: bool
) -> None:
    number = next(n for n in PEOPLE if _accepts(n) is accepts)
    heard = []

    async def offer(line: AgiLine) -> None:
        await asyncio.sleep(1)  # in a flow something was said before
        answer = await line.ask(
            (OFFERED,),
            max_digits=1,
            first_timeout_s=NODE.timeout_s,
            between_timeout_s=1,
            terminator="",
        )
        heard.append(answer.keys)

    exchange.flow = offer
    await exchange.ended(await exchange.dial(number))
    assert heard == ["0" if accepts else ""]
    truth = exchange.carrier.truth_file
    await until(
        lambda: any(
            t.number == number and t.event is Happening.ENDED for t in read_truth(truth)
        )
    )
    understood = [
        t.facts["kind"]
        for t in read_truth(truth)
        if t.number == number and t.event is Happening.SENTENCE
    ]
    assert understood == [OFFER]
