"""The dial loop obeys the strictest abandonment account, and says which it is."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from ivr.controller.ports import Abandonment
from ivr.core.model import CampaignId, CentreCode, Due, Mode
from tests.polling import until
from tests.unit.controller.conftest import CAMPAIGN, MP, CallCentre

DEMO = CampaignId("demo")
PREDICTIVE = replace(CAMPAIGN, mode=Mode.PREDICTIVE)


def people_of(centre: CallCentre, code: CentreCode, abandoned: int) -> None:
    """Of a thousand people there, so many were abandoned."""

    async def by_centre(*_: object) -> dict[CentreCode, Abandonment]:
        return {code: Abandonment(1000, abandoned, 0, 0)}

    centre.store.abandonment_by_centre = by_centre  # type: ignore[method-assign,assignment]


@pytest.mark.parametrize(
    ("abandoned", "said"),
    [
        (12, ["progressive", "1.2% abandoned in the account of state MP"]),
        (35, ["abandonment_stop", "3.5% abandoned in the account of state MP"]),
        (2, ["predictive", "account of state MP"]),
    ],
)
async def test_the_strictest_account_decides_and_is_named(
    centre: CallCentre, abandoned: int, said: list[str]
) -> None:
    people_of(centre, MP, abandoned)
    await centre.log_in("tc-1")
    await centre.people(1, PREDICTIVE)
    [decision, *_] = await centre.running.decisions(0, timeout_s=1)
    for part in said:
        assert part in decision.because


async def test_of_a_spent_centre_nobody_is_called_while_the_campaign_goes_on(
    centre: CallCentre,
) -> None:
    people_of(centre, MP, 35)
    claim_due = centre.store.claim_due

    async def of_mp(*args: object) -> list[Due]:
        found = await claim_due(*args)  # type: ignore[arg-type]
        return [replace(d, contact=replace(d.contact, centre=MP)) for d in found]

    centre.store.claim_due = of_mp  # type: ignore[method-assign]
    elsewhere = replace(CAMPAIGN, centres=(CentreCode("UP"),))
    await centre.people(1, elsewhere)
    now = centre.clock.now()
    run_of = centre.running.dial_loop.run_of
    await until(lambda: "next at" in getattr(run_of(DEMO), "because", ""))
    assert await centre.store.next_due_at(DEMO, now) == now + timedelta(hours=1)
    assert centre.switch.dials == []
