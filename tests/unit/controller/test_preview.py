"""Preview: seen first, dialled when asked, by whoever asked, if still lawful."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ivr.core.model import CampaignId, Mode, TelecallerId
from ivr.errors import BadInput
from tests.polling import until
from tests.unit.controller.conftest import CAMPAIGN, MP, CallCentre

TC1, TC2 = TelecallerId("tc-1"), TelecallerId("tc-2")
DEMO = CampaignId("demo")
PREVIEW = replace(CAMPAIGN, mode=Mode.PREVIEW)


async def looking(centre: CallCentre, people: int = 1) -> None:
    """The second telecaller looks at the first person of the list."""
    await centre.log_in("tc-1", "tc-2")
    await centre.people(people, PREVIEW)
    await until(lambda: centre.running.dial_loop.run_of(DEMO))
    await centre.running.preview_dial(TC2)


async def test_nobody_is_dialled_before_the_telecaller_asks(centre: CallCentre) -> None:
    await looking(centre)
    assert centre.running.desk(TC2).contact_name == "राम"
    assert centre.running.desk(TC1).preview_contact_id is None
    assert centre.switch.dials == []
    await centre.running.preview_dial(TC2)
    assert len(centre.switch.dials) == 1
    assert centre.running.desk(TC2).preview_contact_id is None


async def test_who_asked_for_the_dial_talks_to_the_voter(centre: CallCentre) -> None:
    await looking(centre)
    await centre.running.preview_dial(TC2)
    [live] = await centre.dialled(1)
    line = centre.pick_up(live, "0", "")
    await until(lambda: centre.state("tc-2") == "talking")
    assert centre.state("tc-1") == "ready"
    line.talk.set()
    centre.switch.end(live.call.call_id)
    await centre.over()


async def test_a_telecaller_is_shown_people_of_their_own_centre_first(
    centre: CallCentre,
) -> None:
    await centre.log_in("tc-1")
    await centre.people(2, PREVIEW, last_of=MP)
    await until(lambda: centre.running.dial_loop.run_of(DEMO))
    await centre.running.preview_dial(TC1)
    shown = centre.running.desk(TC1).preview_contact_id
    assert shown is not None
    assert (await centre.store.contact(shown)).centre == MP


async def test_whom_two_telecallers_look_at_are_two_people(centre: CallCentre) -> None:
    await looking(centre, people=2)
    await centre.running.preview_dial(TC1)
    ids = {centre.running.desk(one).preview_contact_id for one in (TC1, TC2)}
    assert len(ids - {None}) == 2


async def test_a_dial_asked_for_after_hours_is_refused_and_the_person_due_again(
    centre: CallCentre,
) -> None:
    await looking(centre)
    centre.clock.move(hours=9)  # 21:00 has passed
    with pytest.raises(BadInput, match="outside_window"):
        await centre.running.preview_dial(TC2)
    assert centre.switch.dials == []
    assert await centre.store.undone(DEMO) == 1
    assert len(await centre.store.claim_due(DEMO, 5, centre.clock.now())) == 1


async def test_who_opted_out_while_looked_at_is_not_dialled(centre: CallCentre) -> None:
    await looking(centre)
    await centre.running.opt_out("9827123400", "letter")
    with pytest.raises(BadInput, match="do_not_call"):
        await centre.running.preview_dial(TC2)
    assert centre.switch.dials == []


async def test_a_telecaller_who_leaves_gives_the_person_back(
    centre: CallCentre,
) -> None:
    await looking(centre)
    await centre.running.log_out(TC2)
    await centre.running.preview_dial(TC1)
    assert centre.running.desk(TC1).contact_name == "राम"


async def test_a_campaign_that_was_paused_meanwhile_dials_nobody(
    centre: CallCentre,
) -> None:
    await looking(centre)
    await centre.running.pause_campaign(DEMO)
    await until(lambda: centre.running.dial_loop.run_of(DEMO) is None)
    with pytest.raises(BadInput, match="no longer running"):
        await centre.running.preview_dial(TC2)
    assert centre.switch.dials == []
    await centre.running.resume(DEMO)
    await until(lambda: centre.running.dial_loop.run_of(DEMO))
    await centre.running.preview_dial(TC1)


async def test_who_is_logged_out_by_another_gives_the_person_back(
    centre: CallCentre,
) -> None:
    await looking(centre)
    await centre.running.floor.force_log_out(TC2, "पाली समाप्त", by="मीरा")
    assert centre.running.desk(TC2).preview_contact_id is None
    await centre.running.preview_dial(TC1)
    assert centre.running.desk(TC1).contact_name == "राम"
