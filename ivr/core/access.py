"""Who may do what, and where in the organisation's tree. Pure: two tables, no I/O.

A user is bound to one centre and sees it and what lies under it, nothing else. What
is not granted here is refused; whoever asks about a centre that is not theirs gets
the same answer as for one that does not exist.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import NewType

from ivr.core.model import CentreCode, TelecallerId
from ivr.core.organisation import (
    Tree,
    belongs_to,
    path,
    places_concerned,
    places_of_all,
    roots,
)

UserId = NewType("UserId", str)  # what one signs in with: a-z, 0-9, '.', '-', '_'


class Role(StrEnum):
    TELECALLER = "telecaller"
    IN_CHARGE = "in_charge"
    ADMIN = "admin"
    AUDITOR = "auditor"


class May(StrEnum):
    """One thing that somebody may do."""

    SELF = "self"  # one's own page: language, password, sign out
    DESK = "desk"  # work at one's own desk
    FLOOR = "floor"  # see desks, calls and campaigns as they run
    CONTROL = "control"  # pause and stop campaigns, force a desk, the kill switch
    SPY = "spy"  # listen, whisper, barge
    RESULTS = "results"  # see what voters answered, in groups
    LISTEN = "listen"  # hear spoken answers
    EXPORT = "export"  # take results or rejects away as a file
    LISTS = "lists"  # bring contacts in, search and extend do-not-call
    CAMPAIGNS = "campaigns"  # make and start campaigns
    FLOWS = "flows"  # draw flows, write prompts
    APPROVE = "approve"  # say yes to what somebody else made
    PEOPLE = "people"  # users, telecallers, centres
    SETTINGS = "settings"  # trunks, windows, calendars
    AUDIT = "audit"  # read the audit log
    PROGRAMS = "programs"  # tokens and webhooks


SEES = frozenset({May.SELF, May.FLOOR, May.RESULTS})
GRANTS: dict[Role, frozenset[May]] = {
    Role.TELECALLER: frozenset({May.SELF, May.DESK}),
    Role.IN_CHARGE: SEES
    | {May.CONTROL, May.SPY, May.LISTEN, May.EXPORT, May.LISTS, May.CAMPAIGNS},
    Role.ADMIN: frozenset(May) - {May.DESK},
    Role.AUDITOR: SEES | {May.AUDIT},
}


@dataclass(frozen=True, slots=True)
class User:
    """Somebody who signs in. `centre` is the top of all they see."""

    user_id: UserId
    name: str
    role: Role
    centre: CentreCode
    telecaller_id: TelecallerId | None = None  # whose phone, and desk, is theirs
    language: str = "hi"  # of the screens: hi or en
    is_active: bool = True
    only: frozenset[May] | None = None  # a program in their name may no more than this


def grants(user: User) -> frozenset[May]:
    """Return all that the user may do."""
    if not user.is_active:
        return frozenset()
    granted = GRANTS[user.role]
    return granted if user.only is None else granted & user.only


def may_hand_out(user: User, role: Role) -> bool:
    """Say whether the user may make or change somebody of that role.

    Nobody gives away more than they have, a desk's work aside: else a program that
    may only keep people would make itself an admin.
    """
    return GRANTS[role] - {May.SELF, May.DESK} <= grants(user)


def confined(
    user: User, only: frozenset[May], centre: CentreCode, tree: Tree
) -> User | None:
    """Return the user as a program in their name is: never more than they are.

    None when the centre is theirs no longer.
    """
    if not sees(user, centre, tree):
        return None
    kept = only if user.only is None else only & user.only
    return replace(user, centre=centre, only=kept)


def sees(user: User, centre: CentreCode | None, tree: Tree) -> bool:
    """Say whether a centre is the user's own or lies under it.

    What belongs to no centre belongs to the whole: those at a root see it.
    """
    is_known = centre is None or centre in tree
    return is_known and user.centre in belongs_to(centre, tree)


def may(user: User, what: May, centre: CentreCode | None, tree: Tree) -> bool:
    """Say whether the user may do this to something of that centre."""
    return what in grants(user) and sees(user, centre, tree)


def subtree(top: CentreCode, tree: Tree) -> frozenset[CentreCode]:
    """Return a centre and all that lie under it."""
    return frozenset(code for code in tree if top in path(code, tree))


def centres_under(top: CentreCode, tree: Tree) -> frozenset[CentreCode] | None:
    """Return a centre and all under it; None: all there is, and what is of no centre.

    None is only the one root's answer: where there are several, each has its own.
    """
    under = subtree(top, tree)
    is_all = top in roots(tree) and len(under) == len(tree)
    return None if is_all else under


def sees_all(user: User, tree: Tree) -> bool:
    """Say whether all there is, is the user's."""
    return centres_under(user.centre, tree) is None


def sees_campaign(user: User, served: Collection[CentreCode], tree: Tree) -> bool:
    """Say whether a campaign of those centres concerns the user's; no centres: all.

    It concerns those under them too: a division's campaign is served by the desks of
    its districts.
    """
    return sees_all(user, tree) or user.centre in places_concerned(served, tree)


def has_campaign(user: User, served: Collection[CentreCode], tree: Tree) -> bool:
    """Say whether all of a campaign's people are the user's: they may change it."""
    return sees_all(user, tree) or user.centre in places_of_all(served, tree)
