"""Whose matter somebody is: every room asks the same rule."""

from __future__ import annotations

import pytest

from ivr.core.access import Role, User, UserId, sees
from ivr.core.day_counts import Day
from ivr.core.dial_stops import DialStop, StopScope, stop_of_person
from ivr.core.happenings import Happening, HappeningKind, Hook, HookId, concerns
from ivr.core.model import CampaignId, Centre, CentreCode
from ivr.core.organisation import belongs_to, roots
from tests.fakes.site import BHOPAL, MP, SEHORE, TREE
from tests.fakes.switch import BEGIN

CG = CentreCode("CG")
TWO_ROOTS = {**TREE, CG: Centre(CG, "छत्तीसगढ़", "Chhattisgarh")}


def test_a_centres_people_belong_to_it_and_to_all_above_it() -> None:
    assert belongs_to(SEHORE, TREE) == (SEHORE, BHOPAL, MP)


@pytest.mark.parametrize("centre", [None, CentreCode("XX")])
def test_who_is_of_no_centre_belongs_to_every_root(centre: CentreCode | None) -> None:
    assert belongs_to(centre, TREE) == (MP,)
    assert belongs_to(centre, TWO_ROOTS) == roots(TWO_ROOTS) == (MP, CG)


@pytest.mark.parametrize("of", [None, CG, SEHORE])
@pytest.mark.parametrize("place", [MP, CG, BHOPAL])
def test_floor_stops_pages_and_webhooks_agree_whose_somebody_is(
    of: CentreCode | None, place: CentreCode
) -> None:
    is_theirs = place in belongs_to(of, TWO_ROOTS)
    user = User(UserId("anil"), "अनिल", Role.IN_CHARGE, place)
    stop = DialStop("s-1", StopScope.CENTRE, place, "anil", "why", BEGIN)
    kind = HappeningKind.OPT_OUT
    kinds = frozenset({kind})
    hook = Hook(HookId("h"), "", "", "anil", place, kinds, False, BEGIN)
    happened = Happening(kind, BEGIN, (of,) if of else ())
    stopped = stop_of_person([stop], CampaignId("demo"), of, TWO_ROOTS)
    answers = {
        "page": sees(user, of, TWO_ROOTS),
        "floor": place in Day(TWO_ROOTS, "Asia/Kolkata").above(of),
        "stop": stopped is not None,
        "webhook": concerns(hook, happened, TWO_ROOTS),
    }
    assert answers == dict.fromkeys(answers, is_theirs)
