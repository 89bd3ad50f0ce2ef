"""The campaigns that are broken: their people and sounds, all invented. Pure.

They come in pairs, one of each of two centres. A pair shares a third of its people,
so that what one of them promised is the other's to keep.

Each has called before: to be cut off or to hear an apology counts as abandoned, and
of a campaign that has just begun a single fault would make more than the 3 % at which
the law ends it. For the same reason there are many: it also looks at each one's last
answers by themselves.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from datetime import datetime, time, timedelta
from typing import Any

import numpy as np

from ivr.core.call import Call, CallState
from ivr.core.flow_model import Flow
from ivr.core.model import (
    CallClass,
    CallId,
    Campaign,
    CampaignId,
    Caps,
    CentreCode,
    Contact,
    ContactId,
    Disposition,
    FlowId,
    ListName,
    Mode,
    PhoneNumber,
    RetryRule,
    TrunkName,
    Window,
)
from ivr.simulation.tones import RATE, Samples

FLOW = FlowId("chaos")
TRUNK = TrunkName("carrier")
CALLER_ID = PhoneNumber("+917552550100")
ORGANISATION = "संवाद परीक्षण"
CENTRES = (CentreCode("MP.BPL.SEH"), CentreCode("MP.BPL.RSN"))
PAIRS = 4
LISTS = tuple(ListName(f"chaos-{place + 1}") for place in range(2 * PAIRS))
SHARES = (0.7 / PAIRS, 0.3 / PAIRS) * PAIRS  # of the calls, for each campaign
SHARED = 3  # every third person of a pair's smaller list is of the other too
OF_A_PAIR, APART, BEFORE_FROM = 1_000_000, 500_000, 8_000_000  # places of people
BEFORE = "before-"  # their lists' and calls' names begin so
ANSWERED_BEFORE = 1000  # calls of each campaign, on the day before
ALL_DAY = (Window(time(9), time(21)),)
PROMPT_S = 1.2
NOTE_S = 0.12
ANSWERED = 0.35  # of all calls, by a person: about as on real lists
OTHERS = {
    "voicemail": 3,
    "busy": 14,
    "rings_out": 5,
    "declined": 5,
    "unallocated": 4,
    "switched_off": 9,
    "network_full": 4,
}
GREETING, GREETING_S = "नमस्ते", 0.6  # what a call's own beginning may cut short

D = Disposition
# Soon again: a run takes minutes.
RETRY = {
    outcome: RetryRule(3, timedelta(seconds=45))
    for outcome in (D.BUSY, D.NO_ANSWER, D.UNREACHABLE, D.CONGESTION, D.INTERRUPTED)
} | {D.FAILED: RetryRule(5, timedelta(seconds=20))}


def number(place: int) -> PhoneNumber:
    """Return the number of an invented person, 0 to 9,000,000."""
    return PhoneNumber(f"+91982{place + 1001:07d}")


def people(count: int, which: int) -> list[Contact]:
    """Return `count` contacts of a campaign of LISTS."""
    pair, is_smaller = divmod(which, 2)
    first = pair * OF_A_PAIR
    return [
        Contact(
            ContactId(0),
            LISTS[which],
            number(first + place + (APART if is_smaller and place % SHARED else 0)),
            name="राम",
            centre=CENTRES[which % 2],
        )
        for place in range(count)
    ]


def people_before(which: int) -> list[Contact]:
    """Return whom a campaign of LISTS called before; nobody calls them again."""
    first = BEFORE_FROM + which * ANSWERED_BEFORE
    name, centre = ListName(f"{BEFORE}{LISTS[which]}"), CENTRES[which % 2]
    return [
        Contact(ContactId(0), name, number(place), name="राम", centre=centre)
        for place in range(first, first + ANSWERED_BEFORE)
    ]


def call_before(to: Contact, which: int, flow: Flow, now: datetime) -> Call:
    """Return a call of the day before: answered, its flow heard to the end."""
    at = now - timedelta(days=1)
    return Call(
        call_id=CallId(f"{BEFORE}{to.contact_id}"),
        campaign_id=CampaignId(LISTS[which]),
        contact_id=to.contact_id,
        number=to.number,
        caller_id=CALLER_ID,
        trunk=TRUNK,
        flow_id=flow.flow_id,
        flow_version=flow.version,
        attempt_no=1,
        placed_at=at,
        state=CallState.ENDED,
        answered_at=at,
        ended_at=at + timedelta(seconds=20),
        completed=True,
    )


def is_before(call_id: CallId) -> bool:
    """Whether the call is one of those before the run."""
    return call_id.startswith(BEFORE)


def letters(seed: int, count: int) -> Iterator[PhoneNumber]:
    """Yield without end who of the people writes to be left alone.

    `count`: in all campaigns together.
    """
    rng = random.Random(f"letters:{seed}")
    while True:
        first = rng.randrange(PAIRS) * OF_A_PAIR
        yield number(first + rng.randrange(max(1, count // PAIRS)))


def campaign(which: int, calls_per_s: float) -> Campaign:
    """Return a campaign of LISTS, of a run at `calls_per_s` in all."""
    return Campaign(
        campaign_id=CampaignId(LISTS[which]),
        title_hi="खराबी की जाँच",
        title_en="A test of faults",
        organisation=ORGANISATION,
        call_class=CallClass.NGO_SURVEY,
        mode=Mode.BROADCAST,
        flow_id=FLOW,
        lists=(LISTS[which],),
        trunk=TRUNK,
        caller_id=CALLER_ID,
        centres=(CENTRES[which % 2],),
        windows=ALL_DAY,
        off_days=(),
        retry=RETRY,
        caps=Caps(
            attempts_per_day=5,
            attempts_per_campaign=3,
            conversations_per_30d=5,
            calls_per_s=max(1.0, calls_per_s * SHARES[which]),
            abandonment_target=0.9,
            abandonment_stop=1.0,
        ),
        ring_timeout=timedelta(seconds=15),  # the least that the law allows
        wrap_up=timedelta(seconds=1),
    )


def kinds(answered: float) -> dict[str, float]:
    """Return what becomes of a call, by its share; all together 1."""
    rest = (1 - answered) / sum(OTHERS.values())
    return {"person": answered} | {kind: part * rest for kind, part in OTHERS.items()}


def melody(seed: int, seconds: float = PROMPT_S) -> Samples:
    """Return what stands for a sentence: notes that no other sentence has."""
    rng = random.Random(f"melody:{seed}")
    notes = []
    for _ in range(round(seconds / NOTE_S)):
        hz = rng.uniform(120, 380)
        t = np.arange(round(NOTE_S * RATE)) / RATE
        notes.append(sum(np.sin(2 * np.pi * hz * n * t) / n for n in (1, 2, 3)))
    return np.asarray(np.concatenate(notes) * 5000, dtype=np.int16)


def population(
    seed: int, ports: Mapping[str, int], answered: float = ANSWERED
) -> dict[str, Any]:
    """Return the network's people, as config/simulation.yaml would say it.

    `answered`: the share whom a call reaches in person, 0 to 1.
    """
    soon = {"typical_s": 0.8, "low_s": 0.3, "high_s": 2.0}
    return {
        "seed": seed,
        "ports": dict(ports),
        "keep_sound": 0,
        "rates": {
            "kinds": kinds(answered),
            "early_media": 0.1,
            "key_modes": {"rfc4733": 1},
            "characters": {
                "helpful": {"weight": 0.56, "early": 0.2},
                "hasty": {"weight": 0.14, "early": 1.0},
                "unsure": {"weight": 0.06, "press": 0.6, "wrong": 0.2, "silent": 0.2},
                "quitter": {"weight": 0.1, "once": "hang_up", "at_prompts": [1, 3]},
                "wants_no_calls": {
                    "weight": 0.07,
                    "once": "opt_out",
                    "at_prompts": [1, 2],
                },
                "wants_a_person": {
                    "weight": 0.05,
                    "once": "ask_person",
                    "at_prompts": [1, 2],
                },
            },
            "pick_up": soon,
            "refusal": soon,
            "voicemail": {"typical_s": 2.0, "low_s": 1.9, "high_s": 2.1},
            "reaction": {"typical_s": 0.5, "low_s": 0.4, "high_s": 0.8},
            "early": {"typical_s": 0.7, "low_s": 0.6, "high_s": 0.9},
            "hang_up": {"typical_s": 0.9, "low_s": 0.8, "high_s": 1.2},
            "talk": {"typical_s": 3.0, "low_s": 2.0, "high_s": 5.0},
            "hold_patience": {"typical_s": 20.0, "low_s": 15.0, "high_s": 25.0},
            "keys": "12",
            "prompts": 8,
        },
    }
