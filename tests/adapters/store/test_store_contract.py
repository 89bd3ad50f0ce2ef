"""What every Store promises: the databases and the fake pass the same tests."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from ivr.controller.ports import DeskThen
from ivr.core.call import CallState
from ivr.core.card import EarlierCall
from ivr.core.model import (
    CampaignId,
    CampaignState,
    CentreCode,
    ContactFilter,
    ContactId,
    DeskState,
    Disposition,
    ListName,
    NodeId,
    PhoneNumber,
    Refused,
    TelecallerId,
)
from ivr.errors import BadInput, OurBug
from tests.adapters.store.scene import (
    ASHA,
    CENTRE,
    DAY,
    FLOW,
    HOUR,
    MINUTE,
    NOON,
    OTHER,
    SURVEY,
    VILLAGE,
    Kept,
    call_to,
    campaign,
    ended,
    key,
    opened,
    person,
    started,
)

INDIA = ZoneInfo("Asia/Kolkata")
FAR = CentreCode("MP.IND")


# Campaigns and flows


async def test_a_campaign_and_its_flow_come_back_as_they_were_saved(store: Kept):
    saved = await started(store)
    assert await store.campaign(SURVEY) == saved
    assert await store.campaign_flow(SURVEY) == FLOW
    assert await store.campaign_state(SURVEY) is CampaignState.DRAFT


async def test_an_older_version_of_a_flow_can_still_be_read(store: Kept):
    await started(store)
    newer = replace(FLOW, version="bbbbbbbbbbbb", title_hi="नई राय")
    await store.save_campaign(campaign(), newer, "newer", NOON)
    assert await store.campaign_flow(SURVEY) == newer
    assert await store.flow(FLOW.flow_id, FLOW.version) == FLOW


async def test_saving_a_campaign_again_keeps_its_state_and_queue(store: Kept):
    await started(store)
    await store.set_campaign_state(SURVEY, CampaignState.RUNNING, NOON)
    changed = replace(campaign(), title_hi="बदला हुआ")
    await store.save_campaign(changed, FLOW, "text", NOON)
    assert await store.campaign_state(SURVEY) is CampaignState.RUNNING
    assert await store.running_campaigns() == [changed]
    assert await store.undone(SURVEY) == 3


async def test_only_running_campaigns_are_running(store: Kept):
    await started(store)
    other = await started(store, campaign_id=OTHER)
    assert await store.running_campaigns() == []
    await store.set_campaign_state(OTHER, CampaignState.RUNNING, NOON)
    assert await store.running_campaigns() == [other]
    states = {c.campaign_id: s for c, s in await store.list_campaigns()}
    assert states == {SURVEY: CampaignState.DRAFT, OTHER: CampaignState.RUNNING}


async def test_what_is_not_known_is_bad_input(store: Kept):
    unknown = CampaignId("no-such")
    with pytest.raises(BadInput):
        await store.campaign(unknown)
    with pytest.raises(BadInput):
        await store.campaign_state(unknown)
    with pytest.raises(BadInput):
        await store.set_campaign_state(unknown, CampaignState.RUNNING, NOON)
    with pytest.raises(BadInput):
        await store.campaign_flow(unknown)
    with pytest.raises(BadInput):
        await store.flow(FLOW.flow_id, "no-such")
    with pytest.raises(BadInput):
        await store.telecaller(TelecallerId("no-such"))
    with pytest.raises(BadInput):
        await store.contact(ContactId(99))


# Enrolment


async def test_enrolling_twice_adds_only_who_is_new(store: Kept):
    the_campaign = await started(store, 3)
    assert await store.enrol(the_campaign, NOON) == 0
    await store.add_contacts(VILLAGE, "test", NOON, [person(n) for n in range(5)])
    assert await store.enrol(the_campaign, NOON) == 2
    assert await store.undone(SURVEY) == 5


async def test_a_number_in_two_lists_is_one_person(store: Kept):
    await store.add_contacts(VILLAGE, "test", NOON, [person(1), person(2)])
    await store.add_contacts(ListName("ward"), "test", NOON, [person(2), person(3)])
    both = campaign(lists=("village", "ward"))
    await store.save_campaign(both, FLOW, "text", NOON)
    assert await store.enrol(both, NOON) == 3
    funnel = await store.funnel(SURVEY, NOON)
    assert (funnel["in_lists"], funnel["same_number"], funnel["queued"]) == (4, 1, 3)


@pytest.mark.parametrize(
    ("filters", "meant"),
    [
        (ContactFilter(), {1, 2, 3}),
        (ContactFilter(districts=("SEH",)), {2, 3}),
        (ContactFilter(languages=("bns",)), {3}),
        (ContactFilter(schemes=("pm_kisan",)), {1, 2}),
        (ContactFilter(schemes=("ladli", "pm_kisan"), districts=("SEH",)), {2, 3}),
        (ContactFilter(schemes=("pm",)), set()),
        (ContactFilter(schemes=("pmxkisan",)), set()),
    ],
)
async def test_only_contacts_that_pass_the_filters_are_enrolled(
    store: Kept, filters: ContactFilter, meant: set[int]
):
    people = [
        person(1, district="BPL", schemes=("pm_kisan",)),
        person(2, district="SEH", schemes=("ladli_behna", "pm_kisan")),
        person(3, district="SEH", schemes=("ladli",), language="bns"),
    ]
    await store.add_contacts(VILLAGE, "test", NOON, people)
    chosen = campaign(filters=filters)
    await store.save_campaign(chosen, FLOW, "text", NOON)
    assert await store.enrol(chosen, NOON) == len(meant)
    due = await store.claim_due(SURVEY, 9, NOON)
    assert {int(d.contact.number[-5:]) for d in due} == meant


async def test_who_is_not_meant_any_more_leaves_the_queue(store: Kept):
    people = [person(n, district="SEH" if n < 2 else "BPL") for n in range(4)]
    await started(store, people)
    changed = campaign(filters=ContactFilter(districts=("SEH",)))
    await store.save_campaign(changed, FLOW, "text", NOON)
    assert await store.enrol(changed, NOON) == 0
    assert (await store.funnel(SURVEY, NOON))["queued"] == 2
    due = await store.claim_due(SURVEY, 9, NOON)
    assert {d.contact.district for d in due} == {"SEH"}
    assert await store.enrol(campaign(), NOON) == 2


async def test_who_was_dialled_and_is_not_meant_any_more_is_done(store: Kept):
    """Until they are meant again."""
    await started(store, [person(1, district="BPL"), person(2, district="SEH")])
    await ended(store, await opened(store), next_at=NOON + HOUR)
    changed = campaign(filters=ContactFilter(districts=("SEH",)))
    await store.save_campaign(changed, FLOW, "text", NOON)
    assert await store.enrol(changed, NOON) == 0
    later = NOON + 2 * HOUR
    [due] = await store.claim_due(SURVEY, 9, later)
    assert due.contact.district == "SEH"
    funnel = await store.funnel(SURVEY, later)
    assert (funnel["queued"], funnel["done:busy"]) == (2, 1)
    await store.save_campaign(campaign(), FLOW, "text", NOON)
    assert await store.enrol(campaign(), NOON) == 0
    [due] = await store.claim_due(SURVEY, 9, later)
    assert (due.contact.district, due.dials) == ("BPL", 1)


async def test_a_number_that_another_list_means_stays_in_the_queue(store: Kept):
    await started(store, [person(1), person(2)])
    ward = ListName("ward")
    await store.add_contacts(ward, "test", NOON, [person(1), person(2)])
    await ended(store, await opened(store), next_at=NOON)
    other = campaign(lists=(ward,))
    await store.save_campaign(other, FLOW, "text", NOON)
    assert await store.enrol(other, NOON) == 1
    assert len(await store.claim_due(SURVEY, 9, NOON)) == 2


async def test_a_contact_comes_back_with_all_its_fields(store: Kept):
    whole = person(
        7,
        alt_number=PhoneNumber("+917552551234"),
        district="SEH",
        centre=CENTRE.code,
        constituency="159",
        schemes=("pm_kisan", "ladli"),
        fields={"गाँव": "बिलकिसगंज", "note": 'a "quote", \\ and \r\n ${SHELL(x)} 🙂'},
    )
    await started(store, [whole])
    [due] = await store.claim_due(SURVEY, 1, NOON)
    assert replace(due.contact, contact_id=whole.contact_id) == whole
    assert await store.contact(due.contact.contact_id) == due.contact


# Claims


async def test_a_claimed_contact_is_not_handed_out_again(store: Kept):
    await started(store, 3)
    first = await store.claim_due(SURVEY, 2, NOON)
    second = await store.claim_due(SURVEY, 2, NOON)
    ids = [d.contact.contact_id for d in (*first, *second)]
    assert len(first) == 2 and len(second) == 1
    assert len(set(ids)) == 3
    assert await store.claim_due(SURVEY, 2, NOON) == []


async def test_each_centre_that_is_named_has_one_of_its_people_called(store: Kept):
    people = [person(n, centre=(CENTRE.code, FAR)[n % 2]) for n in range(8)]
    await started(store, people)
    due = await store.claim_due(SURVEY, 3, NOON, [FAR, CENTRE.code, FAR])
    of = [d.contact.centre for d in due]
    assert sorted(str(code) for code in of) == sorted([FAR, CENTRE.code, FAR])
    rest = await store.claim_due(SURVEY, 9, NOON, [FAR] * 9)
    assert [d.contact.centre for d in rest] == [FAR] * 2 + [CENTRE.code] * 3


async def test_where_a_centre_has_nobody_due_anybody_is_called(store: Kept):
    nowhere = CentreCode("MP.NOWHERE")
    await started(store, [person(1, centre=FAR), person(2)])
    due = await store.claim_due(SURVEY, 5, NOON, [nowhere, FAR, nowhere])
    assert [d.contact.centre for d in due] == [FAR, None]
    assert await store.claim_due(SURVEY, 5, NOON, [FAR]) == []


async def test_who_asked_to_be_called_comes_before_a_centre_s_turn(store: Kept):
    await started(store, [person(1, centre=FAR), person(2, centre=CENTRE.code)])
    [first] = await store.claim_due(SURVEY, 1, NOON, [CENTRE.code])
    assert first.contact.centre == CENTRE.code
    call = call_to(first, "call-1")
    await store.open_attempt(call)
    await store.keep_callback(call.call_id, NOON + HOUR, NOON)
    await ended(store, call, Disposition.CALLBACK, next_at=NOON + HOUR)
    due = await store.claim_due(SURVEY, 1, NOON + 4 * HOUR, [FAR])
    assert [d.contact.centre for d in due] == [CENTRE.code]


async def test_many_claims_at_once_hand_out_each_contact_once(store: Kept):
    await started(store, 60)
    claims = (store.claim_due(SURVEY, 7, NOON) for _ in range(12))
    due = [d for claimed in await asyncio.gather(*claims) for d in claimed]
    assert len(due) == 60
    assert len({d.contact.contact_id for d in due}) == 60


async def test_nobody_is_due_before_their_time(store: Kept):
    await started(store, 2, at=NOON)
    assert await store.claim_due(SURVEY, 5, NOON - MINUTE) == []
    assert len(await store.claim_due(SURVEY, 5, NOON)) == 2


async def test_who_waits_longest_is_first_but_a_promised_callback_goes_before(
    store: Kept,
):
    await started(store, 3)
    first, second, third = [await opened(store, f"call-{n}") for n in range(3)]
    await ended(store, first, next_at=NOON + 2 * HOUR)
    await ended(store, second, next_at=NOON + 1 * HOUR)
    await store.keep_callback(third.call_id, NOON + 3 * HOUR, NOON)
    await ended(store, third, Disposition.CALLBACK, next_at=NOON + 3 * HOUR)
    due = await store.claim_due(SURVEY, 3, NOON + 4 * HOUR)
    assert [d.contact.number for d in due] == [
        third.number,
        second.number,
        first.number,
    ]
    assert [d.callback_at for d in due] == [NOON + 3 * HOUR, None, None]


@pytest.mark.parametrize("next_at", [None, NOON + 9 * HOUR])
async def test_a_callback_asked_for_after_the_attempt_was_closed_makes_the_person_due(
    store: Kept, next_at: datetime | None
):
    await started(store, 1)
    call = await opened(store)
    await ended(store, call, Disposition.INTERRUPTED, next_at=next_at)
    await store.keep_callback(call.call_id, NOON + 2 * HOUR, NOON)
    assert await store.claim_due(SURVEY, 1, NOON + HOUR) == []
    [due] = await store.claim_due(SURVEY, 1, NOON + 2 * HOUR)
    assert due.callback_at == NOON + 2 * HOUR


async def test_a_kept_promise_of_a_callback_is_over_once_dialled(store: Kept):
    await started(store, 1)
    call = await opened(store)
    await store.keep_callback(call.call_id, NOON + HOUR, NOON)
    await ended(store, call, Disposition.CALLBACK, next_at=NOON + HOUR)
    again = await opened(store, "call-2", at=NOON + HOUR)
    await ended(store, again, Disposition.NO_ANSWER, next_at=NOON + 2 * HOUR)
    [due] = await store.claim_due(SURVEY, 1, NOON + 2 * HOUR)
    assert due.callback_at is None


async def test_a_number_being_dialled_is_left_alone_by_every_campaign(store: Kept):
    await started(store, 2)
    await started(store, 2, OTHER)
    call = await opened(store)
    due = await store.claim_due(OTHER, 5, NOON)
    assert len(due) == 1
    assert due[0].contact.number != call.number
    await ended(store, call)
    [freed] = await store.claim_due(OTHER, 5, NOON)
    assert freed.contact.number == call.number


async def test_release_gives_back_claims_but_not_open_attempts(store: Kept):
    await started(store, 4)
    await opened(store)
    await store.claim_due(SURVEY, 2, NOON)
    assert await store.release_claims(SURVEY) == 2
    assert await store.release_claims(SURVEY) == 0
    assert len(await store.claim_due(SURVEY, 9, NOON)) == 3


# The facts the law asks about


async def test_attempts_are_counted_by_number_over_campaigns_and_the_persons_day(
    store: Kept,
):
    await started(store, 1)
    await started(store, 1, OTHER)
    last_night = datetime(2026, 11, 23, 23, 59, tzinfo=INDIA)
    after_midnight = datetime(2026, 11, 24, 0, 1, tzinfo=INDIA)
    for n, at in enumerate((last_night, after_midnight, NOON - HOUR)):
        await started(store, 0, at=at)
        call = call_to((await _due(store, OTHER, at)), f"c{n}", at=at)
        call = replace(call, campaign_id=OTHER)
        await store.open_attempt(call)
        await ended(store, call, next_at=at)
    due = await _due(store, SURVEY, NOON)
    assert due.attempts_today == 2
    assert due.attempts_in_campaign == 0
    assert (await _due(store, OTHER, NOON)).attempts_in_campaign == 3


async def _due(store: Kept, campaign_id: CampaignId, at: datetime):
    """Claim the one contact, look at it, and give it back."""
    [due] = await store.claim_due(campaign_id, 1, max(at, NOON))
    await store.release_claims(campaign_id)
    return due


@pytest.mark.parametrize(
    "disposition",
    [Disposition.FAILED, Disposition.CONGESTION, Disposition.CANCELLED],
)
async def test_a_dial_that_reached_nobody_uses_up_no_attempt(
    store: Kept, disposition: Disposition
):
    await started(store, 1)
    await ended(store, await opened(store), disposition, next_at=NOON)
    due = await _due(store, SURVEY, NOON)
    assert due.attempts_today == 0
    assert due.attempts_in_campaign == 0
    assert due.dials == 1


async def test_conversations_of_thirty_days_are_counted_and_silence_is_none(
    store: Kept,
):
    await started(store, 1, at=NOON - 40 * DAY)
    outcomes = [
        (31, Disposition.TALKED),
        (29, Disposition.COMPLETED),
        (20, Disposition.SILENT),
        (10, Disposition.ABANDONED),
        (5, Disposition.PARTIAL),
        (1, Disposition.NO_ANSWER),
    ]
    for days, disposition in outcomes:
        at = NOON - days * DAY
        call = await opened(store, f"call-{days}", at=at)
        gone = disposition is Disposition.ABANDONED
        await ended(store, call, disposition, next_at=at, abandoned=gone)
    due = await _due(store, SURVEY, NOON)
    assert due.conversations_30d == 2
    assert due.last_abandoned_at == NOON - 10 * DAY + MINUTE


async def test_do_not_call_is_told_with_the_claim(store: Kept):
    await started(store, 2)
    number = person(0).number
    assert not await store.is_do_not_call(number)
    await store.keep_opt_out(number, NOON, "key_9", None)
    await store.keep_opt_out(number, NOON + DAY, "web", None)
    assert await store.is_do_not_call(number)
    told = {
        d.contact.number: d.on_do_not_call
        for d in await store.claim_due(SURVEY, 5, NOON)
    }
    assert told == {number: True, person(1).number: False}


# Refusals


async def test_a_refused_contact_is_asked_again_at_the_time_given(store: Kept):
    await started(store, 1)
    [due] = await store.claim_due(SURVEY, 1, NOON)
    later = NOON + 9 * HOUR
    why = Refused("outside_window", "calling hours", later)
    await store.refuse(SURVEY, due.contact.contact_id, why, NOON)
    assert await store.claim_due(SURVEY, 1, later - MINUTE) == []
    assert (await store.funnel(SURVEY, NOON))["waiting:outside_window"] == 1
    assert await store.next_due_at(SURVEY, NOON) == later
    assert len(await store.claim_due(SURVEY, 1, later)) == 1


async def test_a_contact_refused_for_good_is_done_with(store: Kept):
    await started(store, 1)
    [due] = await store.claim_due(SURVEY, 1, NOON)
    why = Refused("do_not_call", "the person's own wish", None)
    await store.refuse(SURVEY, due.contact.contact_id, why, NOON)
    assert await store.undone(SURVEY) == 0
    assert await store.next_due_at(SURVEY, NOON) is None
    assert await store.claim_due(SURVEY, 1, NOON + 99 * DAY) == []
    assert (await store.funnel(SURVEY, NOON))["refused:do_not_call"] == 1


# Attempts


async def test_an_attempt_is_open_until_it_is_closed(store: Kept):
    await started(store, 2)
    first = await opened(store, "call-1")
    second = await opened(store, "call-2", at=NOON + MINUTE)
    assert await store.open_attempts() == [first, second]
    await ended(store, first)
    assert await store.open_attempts() == [second]


async def test_everything_known_of_a_call_comes_back(store: Kept):
    await started(store, 1)
    await store.upsert_people([CENTRE], [ASHA])
    call = replace(
        await opened(store),
        state=CallState.TALKING,
        rang_at=NOON + timedelta(seconds=2, microseconds=17),
        answered_at=NOON + timedelta(seconds=9),
        wanted_at=NOON + timedelta(seconds=20),
        joined_at=NOON + timedelta(seconds=21),
        telecaller_id=ASHA.telecaller_id,
        answers=2,
        keys=3,
        node=NodeId("q2"),
    )
    await store.save_call(call)
    assert await store.open_attempts() == [call]
    over = await ended(
        store,
        call,
        Disposition.TALKED,
        opted_out=True,
        callback=True,
        completed=True,
        parted_at=NOON + MINUTE,
        cancelled="opted out elsewhere",
        cause=16,
        cause_text="Normal Clearing",
        sip_code=200,
        dial_status="ANSWER",
    )
    assert await store.calls_of(SURVEY) == [(over, Disposition.TALKED)]


async def test_opening_the_same_attempt_twice_is_once(store: Kept):
    await started(store, 2)
    call = await opened(store)
    await store.open_attempt(call)
    assert await store.open_attempts() == [call]
    await ended(store, call, next_at=NOON)
    assert (await _due_of(store, call.number)).attempts_in_campaign == 1


async def _due_of(store: Kept, number: PhoneNumber):
    due = await store.claim_due(SURVEY, 9, NOON)
    [found] = [d for d in due if d.contact.number == number]
    return found


async def test_another_attempt_with_the_same_id_is_our_bug(store: Kept):
    await started(store, 2)
    await opened(store, "call-1")
    [due] = await store.claim_due(SURVEY, 1, NOON)
    with pytest.raises(OurBug):
        await store.open_attempt(call_to(due, "call-1"))


async def test_a_closed_attempt_never_changes(store: Kept):
    await started(store, 1)
    call = await opened(store)
    over = await ended(store, call, Disposition.NO_ANSWER, next_at=NOON + HOUR)
    await store.save_call(replace(call, state=CallState.IN_FLOW))
    await ended(store, call, Disposition.COMPLETED, next_at=None)
    assert await store.calls_of(SURVEY) == [(over, Disposition.NO_ANSWER)]
    assert await store.next_due_at(SURVEY, NOON) == NOON + HOUR


async def test_a_late_second_close_does_not_touch_the_next_attempt(store: Kept):
    await started(store, 1)
    call = await opened(store)
    await ended(store, call, next_at=NOON)
    again = await opened(store, "call-2")
    await ended(store, call, Disposition.COMPLETED)
    assert await store.open_attempts() == [again]
    assert await store.undone(SURVEY) == 1
    assert await store.claim_due(SURVEY, 1, NOON) == []


async def test_a_contact_is_done_or_due_again_as_the_close_says(store: Kept):
    await started(store, 2)
    await ended(store, await opened(store, "a"), Disposition.COMPLETED)
    await ended(store, await opened(store, "b"), next_at=NOON + HOUR)
    assert await store.undone(SURVEY) == 1
    assert await store.next_due_at(SURVEY, NOON) == NOON + HOUR
    funnel = await store.funnel(SURVEY, NOON)
    assert funnel["done:completed"] == 1
    assert funnel["waiting:retry_busy"] == 1


async def test_the_last_saved_state_wins_when_saves_are_not_awaited(store: Kept):
    await started(store, 1)
    call = await opened(store)
    states = [replace(call, keys=n) for n in range(1, 30)]
    await asyncio.gather(*(store.save_call(state) for state in states))
    assert await store.open_attempts() == [states[-1]]


# What voters said


async def test_answers_come_back_in_the_order_given(store: Kept):
    await started(store, 1)
    call = await opened(store)
    wrong = replace(key(call, 2, "7"), accepted=False, meaning="")
    for answer in (key(call, 3, "2"), key(call, 1), wrong):
        await store.keep_answer(answer)
    assert await store.answers_of(call.call_id) == [
        key(call, 1),
        wrong,
        key(call, 3, "2"),
    ]


async def test_an_answer_repeated_is_kept_once_and_never_replaced(store: Kept):
    await started(store, 1)
    call = await opened(store)
    await store.keep_answer(key(call, 1, "1"))
    await store.keep_answer(key(call, 1, "1"))
    with pytest.raises(OurBug):
        await store.keep_answer(key(call, 1, "2"))
    assert await store.answers_of(call.call_id) == [key(call, 1, "1")]


async def test_an_answer_takes_the_call_to_its_place_in_the_flow(store: Kept):
    await started(store, 1)
    call = await opened(store)
    await store.keep_answer(key(call, 1), "सवाल 2")
    await store.keep_answer(key(call, 2))
    assert await store.open_attempts() == [replace(call, place="सवाल 2")]
    # Closed, nobody goes on there: it tells what was answered.
    there = replace(call, place="सवाल 2")
    await store.close_attempt(there, Disposition.PARTIAL, None, "")
    await store.keep_answer(key(call, 3), "सवाल 3")  # late: a closed one is closed
    assert (await store.call(call.call_id)) == call


async def test_one_bad_write_does_not_harm_those_beside_it(store: Kept):
    await started(store, 1)
    call = await opened(store)
    await store.keep_answer(key(call, 3, "1"))
    naive = replace(key(call, 7), at=datetime(2026, 11, 24, 12, 0))  # noqa: DTZ001
    written = [key(call, 1), key(call, 2), key(call, 3, "2"), key(call, 4), naive]
    stray = replace(key(call, 5), call_id="no-such-call")
    fates = await asyncio.gather(
        *(store.keep_answer(a) for a in (*written, stray)), return_exceptions=True
    )
    assert [type(fate) for fate in fates] == [
        type(None),
        type(None),
        OurBug,
        type(None),
        OurBug,
        OurBug,
    ]
    kept = await store.answers_of(call.call_id)
    assert [(a.seq, a.value) for a in kept] == [(1, "1"), (2, "1"), (3, "1"), (4, "1")]


async def test_a_desk_is_found_as_it_was_left(store: Kept):
    await started(store, 1)
    sita = replace(ASHA, telecaller_id=TelecallerId("sita"), address="sita")
    await store.upsert_people([CENTRE], [ASHA, sita])
    one, other = ASHA.telecaller_id, sita.telecaller_id
    assert await store.last_desk_state(one) is None
    call = await opened(store)
    await store.keep_desk_state(one, DeskState.READY, NOON)
    await store.keep_desk_state(other, DeskState.PAUSED, NOON, "चाय")
    await store.keep_desk_state(one, DeskState.TALKING, NOON + HOUR, "", call.call_id)
    assert await store.last_desk_state(one) == DeskThen(
        one, DeskState.TALKING, NOON + HOUR, "", call.call_id
    )
    assert await store.last_desk_state(other) == DeskThen(
        other, DeskState.PAUSED, NOON, "चाय"
    )


async def test_the_last_wish_for_a_callback_counts(store: Kept):
    await started(store, 1)
    call = await opened(store)
    await store.keep_callback(call.call_id, NOON + HOUR, NOON)
    await store.keep_callback(call.call_id, NOON + 2 * HOUR, NOON)
    await ended(store, call, Disposition.CALLBACK, next_at=NOON + 2 * HOUR)
    [due] = await store.claim_due(SURVEY, 1, NOON + 2 * HOUR)
    assert due.callback_at == NOON + 2 * HOUR


# Abandonment


async def test_abandonment_counts_people_over_thirty_days_and_the_last_answers(
    store: Kept,
):
    await started(store, 6, at=NOON - 40 * DAY)
    outcomes = [
        (35, Disposition.ABANDONED),
        (20, Disposition.ABANDONED),
        (10, Disposition.TALKED),
        (9, Disposition.SILENT),
        (8, Disposition.NO_ANSWER),
    ]
    for days, disposition in outcomes:
        at = NOON - days * DAY
        call = await opened(store, f"call-{days}", at=at)
        answered = None if disposition is Disposition.NO_ANSWER else at
        gone = disposition is Disposition.ABANDONED
        await ended(store, call, disposition, answered_at=answered, abandoned=gone)
    live = replace(await opened(store, "live"), answered_at=NOON)
    await store.save_call(live)
    counts = await store.abandonment(SURVEY, NOON)
    assert (counts.answered_30d, counts.abandoned_30d) == (3, 1)
    assert (counts.answered_last, counts.abandoned_last) == (4, 2)


async def test_abandonment_is_counted_for_each_centres_people_in_every_campaign(
    store: Kept,
):
    places = ["MP.BPL", "MP.BPL", "MP.IND", None, "MP.BPL"]
    people = [person(n, centre=code) for n, code in enumerate(places)]
    await started(store, people, at=NOON - 40 * DAY)
    other = replace(campaign(OTHER), filters=ContactFilter())
    await store.save_campaign(other, FLOW, "text", NOON - 40 * DAY)
    for n, days in enumerate([35, 20, 10, 9, 8]):
        at = NOON - days * DAY
        call = await opened(store, f"call-{n}", at=at)
        gone = n == 1
        disposition = Disposition.ABANDONED if gone else Disposition.TALKED
        await ended(store, call, disposition, answered_at=at, abandoned=gone)
    await store.enrol(other, NOON)
    silent = await opened(store, "silent", campaign_id=OTHER)
    await ended(store, silent, Disposition.SILENT, answered_at=NOON)
    live = await opened(store, "live", campaign_id=OTHER)
    await store.save_call(replace(live, answered_at=NOON))
    counts = await store.abandonment_by_centre(NOON)
    found = {c: (one.answered_30d, one.abandoned_30d) for c, one in counts.items()}
    assert found == {"MP.BPL": (3, 1), "MP.IND": (1, 0)}


# People and desks


async def test_people_are_written_as_configured_and_changed_in_place(store: Kept):
    await store.upsert_people([CENTRE], [ASHA])
    moved = replace(ASHA, address="desk-2")
    await store.upsert_people([CENTRE], [moved])
    assert await store.telecaller(ASHA.telecaller_id) == moved
    assert await store.telecallers() == [moved]
    assert await store.centres() == [CENTRE]


# Times


async def test_a_moment_of_another_zone_comes_back_as_the_same_moment_in_utc(
    store: Kept,
):
    await started(store, 1)
    call = await opened(store, at=NOON.astimezone(INDIA))
    [kept] = await store.open_attempts()
    assert kept.placed_at == call.placed_at


async def test_a_time_without_a_zone_is_refused(store: Kept):
    await started(store, 1)
    naive = datetime(2026, 11, 24, 12, 0)  # noqa: DTZ001
    with pytest.raises(OurBug):
        await store.keep_opt_out(person(0).number, naive, "web", None)
    with pytest.raises(OurBug):
        await store.claim_due(SURVEY, 1, naive)
    assert await store.claim_due(SURVEY, 1, naive.replace(tzinfo=UTC))


# What pacing learned


async def test_what_pacing_learned_is_given_back_as_it_was_kept_last(store: Kept):
    assert await store.learned("campaign survey") is None
    await store.keep_learned("campaign survey", '{"version": 1}', NOON)
    await store.keep_learned("campaign survey", '{"version": 2, "क": []}', NOON + HOUR)
    await store.keep_learned("centre MP survey", "{}", NOON)
    assert await store.learned("campaign survey") == '{"version": 2, "क": []}'
    assert await store.learned("centre MP survey") == "{}"


async def test_learning_without_a_zone_is_refused(store: Kept):
    with pytest.raises(OurBug):
        await store.keep_learned("campaign survey", "{}", NOON.replace(tzinfo=None))


async def test_the_form_of_a_desk_is_kept_beside_the_flows_answers(store: Kept):
    await started(store)
    call = await opened(store)
    await store.keep_answer(key(call, 1, "2"))
    await store.keep_form_answer(call.call_id, 0, "water", "no", NOON)
    await store.keep_form_answer(call.call_id, 0, "water", "yes", NOON + MINUTE)
    kept = await store.answers_of(call.call_id)
    assert [(a.node, a.value, a.kind) for a in kept] == [
        (kept[0].node, "2", "key"),
        ("water", "yes", "telecaller"),
    ]


async def test_earlier_calls_to_a_number_tell_what_came_of_them(store: Kept):
    await started(store)
    await store.upsert_people([CENTRE], [ASHA])
    call = await opened(store)
    assert await store.earlier_calls(call.number, None, 5) == []  # not over yet
    await store.keep_conversation(call.call_id, ASHA.telecaller_id, NOON, NOON + MINUTE)
    await store.keep_outcome(
        call.call_id, ASHA.telecaller_id, "follow_up", "पानी", NOON + MINUTE
    )
    await store.close_attempt(call, Disposition.TALKED, None, "done")
    assert await store.earlier_calls(call.number, call.call_id, 5) == []
    (earlier,) = await store.earlier_calls(call.number, None, 5)
    assert earlier == EarlierCall(
        call.placed_at, call.campaign_id, "talked", "आशा", "follow_up", "पानी"
    )


async def test_a_telecallers_day_counts_talks_and_what_came_of_them(store: Kept):
    await started(store)
    await store.upsert_people([CENTRE], [ASHA])
    call = await opened(store)
    asha = ASHA.telecaller_id
    await store.keep_conversation(call.call_id, asha, NOON, None)
    day = await store.own_day(asha, NOON - HOUR, NOON + MINUTE)
    assert (day.talks, day.talk_s, dict(day.outcomes)) == (1, 60.0, {})
    await store.keep_conversation(call.call_id, asha, NOON, NOON + 2 * MINUTE)
    await store.keep_outcome(call.call_id, asha, "resolved", "", NOON + 3 * MINUTE)
    day = await store.own_day(asha, NOON - HOUR, NOON + HOUR)
    assert (day.talks, day.talk_s, dict(day.outcomes)) == (1, 120.0, {"resolved": 1})
    assert (await store.own_day(asha, NOON + MINUTE, NOON + HOUR)).talks == 0
