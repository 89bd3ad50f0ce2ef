"""What other software is told, whom it concerns, and when it is tried again."""

from __future__ import annotations

from datetime import timedelta

import pytest

from ivr.core.happenings import (
    DELAYS_S,
    Happening,
    HappeningKind,
    Hook,
    HookId,
    concerns,
    next_try,
    told,
)
from ivr.core.model import CentreCode, PhoneNumber
from tests.fakes.site import MP, SEHORE, TREE, VIDISHA
from tests.fakes.switch import BEGIN

K = HappeningKind
NUMBER = PhoneNumber("+919827112345")


def hook(
    centre: CentreCode = MP, *kinds: HappeningKind, is_active: bool = True
) -> Hook:
    wanted = frozenset(kinds or (K.CALL_ENDED,))
    return Hook(
        HookId("h"),
        "CRM",
        "https://x.example/",
        "meera",
        centre,
        wanted,
        False,
        BEGIN,
        is_active,
    )


def ended(*centres: CentreCode) -> Happening:
    return Happening(K.CALL_ENDED, BEGIN, centres, NUMBER, {"call_id": "c-1"})


@pytest.mark.parametrize(
    ("own", "centres", "is_told"),
    [
        (MP, (SEHORE,), True),
        (SEHORE, (SEHORE,), True),
        (SEHORE, (VIDISHA,), False),
        (SEHORE, (SEHORE, VIDISHA), False),  # not theirs alone
        (MP, (SEHORE, VIDISHA), True),
        (SEHORE, (), False),  # the whole's matter
        (MP, (), True),
        (MP, (CentreCode("XX"),), False),
    ],
)
def test_a_hook_is_told_of_its_own_centre_only(
    own: CentreCode, centres: tuple[CentreCode, ...], is_told: bool
) -> None:
    assert concerns(hook(own), ended(*centres), TREE) is is_told


def test_a_hook_is_told_of_what_it_asked_for_while_it_is_active() -> None:
    assert not concerns(hook(MP, K.OPT_OUT), ended(SEHORE), TREE)
    assert not concerns(hook(MP, is_active=False), ended(SEHORE), TREE)


def test_numbers_are_masked_unless_the_hook_is_allowed_them() -> None:
    assert told(ended(SEHORE), "e-1", False)["number"] == "98•••••345"
    assert told(ended(SEHORE), "e-1", True)["number"] == NUMBER
    finished = Happening(K.CAMPAIGN_FINISHED, BEGIN)
    assert told(finished, "e-1", False)["number"] is None


def test_tries_come_ever_later_and_end() -> None:
    waits = [next_try(tries, 0.5) for tries in range(1, len(DELAYS_S) + 1)]
    assert waits == [timedelta(seconds=one) for one in DELAYS_S]
    assert next_try(len(DELAYS_S) + 1, 0.5) is None


def test_those_held_up_together_come_back_apart() -> None:
    assert next_try(1, 0.0) == timedelta(seconds=8)
    assert next_try(1, 1.0) == timedelta(seconds=12)
