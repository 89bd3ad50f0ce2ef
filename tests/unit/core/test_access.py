"""Who may do what, and where."""

from __future__ import annotations

import pytest

from ivr.core.access import (
    GRANTS,
    May,
    Role,
    User,
    UserId,
    centres_under,
    confined,
    grants,
    has_campaign,
    may,
    sees,
    sees_all,
    sees_campaign,
    subtree,
)
from ivr.core.model import Centre, CentreCode, TelecallerId
from tests.fakes.site import BHOPAL, MP, SEHORE, TREE, VIDISHA


def user(role: Role, centre: CentreCode, desk: str = "") -> User:
    return User(UserId("x"), "कोई", role, centre, TelecallerId(desk) if desk else None)


def test_every_role_has_its_grants_and_everybody_their_own_page() -> None:
    assert GRANTS.keys() == set(Role)
    assert all(May.SELF in one for one in GRANTS.values())


def test_a_telecaller_may_work_at_their_desk_and_nothing_else() -> None:
    assert GRANTS[Role.TELECALLER] == {May.SELF, May.DESK}


def test_an_auditor_changes_nothing_and_takes_nothing_away() -> None:
    assert not GRANTS[Role.AUDITOR] & {
        May.CONTROL,
        May.SPY,
        May.EXPORT,
        May.LISTS,
        May.CAMPAIGNS,
        May.FLOWS,
        May.APPROVE,
        May.PEOPLE,
        May.SETTINGS,
        May.PROGRAMS,
    }


def test_only_admins_make_users_and_keep_settings() -> None:
    for what in (May.PEOPLE, May.SETTINGS, May.PROGRAMS, May.APPROVE):
        assert [role for role, held in GRANTS.items() if what in held] == [Role.ADMIN]


def test_an_in_charges_phone_is_no_desk() -> None:
    assert May.DESK not in grants(user(Role.IN_CHARGE, SEHORE, "ic-seh"))
    assert May.DESK in grants(user(Role.TELECALLER, SEHORE, "tc-1"))


def test_who_is_switched_off_may_nothing() -> None:
    off = User(UserId("x"), "कोई", Role.ADMIN, MP, is_active=False)
    assert grants(off) == frozenset()


@pytest.mark.parametrize(
    ("own", "other", "is_seen"),
    [
        (SEHORE, SEHORE, True),
        (SEHORE, VIDISHA, False),
        (SEHORE, BHOPAL, False),
        (BHOPAL, SEHORE, True),
        (BHOPAL, MP, False),
        (MP, VIDISHA, True),
        (MP, CentreCode("MP.XXX"), False),  # no centre of the tree
        (MP, None, True),  # of no centre: of the whole
        (SEHORE, None, False),
    ],
)
def test_one_sees_ones_centre_and_what_lies_under_it(
    own: CentreCode, other: CentreCode | None, is_seen: bool
) -> None:
    assert sees(user(Role.IN_CHARGE, own), other, TREE) is is_seen


def test_a_permission_holds_in_ones_own_centre_only() -> None:
    anil = user(Role.IN_CHARGE, SEHORE)
    assert may(anil, May.CONTROL, SEHORE, TREE)
    assert not may(anil, May.CONTROL, VIDISHA, TREE)
    assert not may(anil, May.PEOPLE, SEHORE, TREE)


def test_the_subtree_is_the_centre_and_all_under_it() -> None:
    assert subtree(BHOPAL, TREE) == {BHOPAL, SEHORE, VIDISHA}
    assert subtree(SEHORE, TREE) == {SEHORE}


UP = CentreCode("UP")
TWO_ROOTS = {**TREE, UP: Centre(UP, "उत्तर प्रदेश", "Uttar Pradesh")}


def test_only_the_one_root_has_all_there_is() -> None:
    meera = user(Role.ADMIN, MP)
    assert centres_under(MP, TREE) is None and sees_all(meera, TREE)
    assert centres_under(SEHORE, TREE) == {SEHORE}
    assert not sees_all(user(Role.ADMIN, SEHORE), TREE)
    assert centres_under(MP, TWO_ROOTS) == set(TREE)
    assert not sees_all(meera, TWO_ROOTS)
    assert centres_under(CentreCode("MP.XXX"), TREE) == frozenset()


@pytest.mark.parametrize(
    ("own", "served", "is_seen", "is_had"),
    [
        (SEHORE, (), True, False),  # no centres: everybody's
        (SEHORE, (SEHORE,), True, True),
        (SEHORE, (VIDISHA,), False, False),
        (SEHORE, (SEHORE, VIDISHA), True, False),
        (SEHORE, (BHOPAL,), True, False),  # its desks serve their division's
        (BHOPAL, (SEHORE,), True, True),
        (BHOPAL, (SEHORE, VIDISHA), True, True),
        (BHOPAL, (MP,), True, False),
        (MP, (), True, True),
        (MP, (CentreCode("MP.OLD"),), True, True),  # a centre that is no more
        (BHOPAL, (CentreCode("MP.OLD"),), False, False),
    ],
)
def test_a_campaign_is_seen_by_whom_it_concerns_and_had_by_who_has_all_of_it(
    own: CentreCode, served: tuple[CentreCode, ...], is_seen: bool, is_had: bool
) -> None:
    anil = user(Role.IN_CHARGE, own)
    assert sees_campaign(anil, served, TREE) is is_seen
    assert has_campaign(anil, served, TREE) is is_had


def test_a_program_may_never_more_than_its_user() -> None:
    anil = User(UserId("anil"), "अनिल", Role.IN_CHARGE, SEHORE)
    program = confined(anil, frozenset({May.FLOOR, May.PEOPLE}), SEHORE, TREE)
    assert program is not None and grants(program) == {May.FLOOR}
    again = confined(program, frozenset({May.RESULTS}), SEHORE, TREE)
    assert again is not None and grants(again) == frozenset()


def test_a_program_sees_no_more_than_its_user() -> None:
    anil = User(UserId("anil"), "अनिल", Role.IN_CHARGE, SEHORE)
    assert confined(anil, frozenset({May.FLOOR}), MP, TREE) is None
    meera = User(UserId("meera"), "मीरा", Role.ADMIN, MP)
    program = confined(meera, frozenset({May.FLOOR}), SEHORE, TREE)
    assert program is not None and not may(program, May.FLOOR, MP, TREE)
