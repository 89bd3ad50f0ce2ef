"""Whose phone may be rung with a flow, and how often; and who is in it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from ivr.core.compliance import LawFacts, never
from ivr.core.flow_facts import facts_for
from ivr.core.flow_trial import TRIAL_FIELDS
from ivr.core.model import DeskPhone
from ivr.core.trial_call import MOST_IN_AN_HOUR, invented, left, next_at, phones_of
from tests.fakes.flow_files import ORGANISATION, flow, hang_up, play
from tests.fakes.switch import BEGIN
from tests.fakes.trials import CALLER_ID, IC_1, MOBILE, TRUNK

FLOW = flow(play(), hang_up())


def test_only_phones_that_the_settings_know_are_rung():
    assert phones_of(None, in_page=True, way_out=True) == ()
    bare = replace(IC_1, mobile=None)
    assert phones_of(bare, in_page=False, way_out=True) == (DeskPhone.SOFTPHONE,)
    assert phones_of(IC_1, in_page=True, way_out=True) == (
        DeskPhone.BROWSER,
        DeskPhone.SOFTPHONE,
        DeskPhone.MOBILE,
    )
    assert DeskPhone.MOBILE not in phones_of(IC_1, in_page=True, way_out=False)


def test_an_hour_has_a_few_trial_calls_and_each_comes_back_an_hour_later():
    begun = [BEGIN + timedelta(minutes=n) for n in range(MOST_IN_AN_HOUR)]
    now = BEGIN + timedelta(minutes=30)
    assert left([], now) == MOST_IN_AN_HOUR and next_at([], now) is None
    assert left(begun, now) == 0
    assert next_at(begun, now) == BEGIN + timedelta(hours=1)
    assert next_at(begun, BEGIN + timedelta(hours=1)) is None
    assert left(begun, BEGIN + timedelta(hours=1)) == 1


def test_the_invented_person_is_the_keypads_and_nobody_of_a_list():
    due, campaign = invented(FLOW, ORGANISATION, IC_1, None)
    facts = facts_for(
        due.contact,
        campaign,
        now=BEGIN,
        district_name=TRIAL_FIELDS["district_name"],
    )
    told = {**TRIAL_FIELDS, "organisation": ORGANISATION}
    assert told.items() <= facts.fields.items()
    assert (due.contact.list_name, campaign.campaign_id) == ("", "")
    assert (due.contact.number, due.contact.centre) == (MOBILE, IC_1.centre)


def test_what_no_hour_makes_right_is_refused_for_a_trial_too():
    due, campaign = invented(FLOW, ORGANISATION, IC_1, CALLER_ID)
    law = LawFacts()
    assert never(due, campaign, TRUNK, law, BEGIN) is None
    barred = never(replace(due, on_do_not_call=True), campaign, TRUNK, law, BEGIN)
    assert barred is not None and barred.reason == "do_not_call"
    law = LawFacts(never_dial=frozenset({MOBILE}))
    barred = never(due, campaign, TRUNK, law, BEGIN)
    assert barred is not None and barred.reason == "never_dial"
