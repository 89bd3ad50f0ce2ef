"""One abandonment account for each campaign, centre and level. Pure.

A place's account is of its people, whichever campaign called them: those of a
division are those of its centres. A campaign dials as the strictest account allows
that holds all of its people: its own, and those of the places above all its centres.
An account of only some of its people stops the calls to those, not all the others:
of ten centres, one is always the worst.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from ivr.core.abandonment import allowed_mode, share
from ivr.core.law import Abandoned, AbandonmentCounts
from ivr.core.model import Campaign, CentreCode, Mode, Refused
from ivr.core.organisation import Tree, path, roots

ByCentre = Mapping[CentreCode, AbandonmentCounts]  # of each centre's own people

ASK_AGAIN = timedelta(hours=1)
_STRICT = (Mode.BROADCAST, Mode.PREDICTIVE, Mode.PROGRESSIVE, Mode.PREVIEW)


@dataclass(frozen=True, slots=True)
class Account:
    name: str  # "campaign demo", "division MP.BPL"
    counts: AbandonmentCounts

    def __str__(self) -> str:
        return f"{share(self.counts):.1%} abandoned in the account of {self.name}"


def strictest(
    campaign: Campaign, own: AbandonmentCounts, by_centre: ByCentre, tree: Tree
) -> Account:
    """Return the account that allows the campaign least; equals: its own first."""
    accounts = [Account(f"campaign {campaign.campaign_id}", own)]
    for code in _above_all(campaign, tree):
        accounts.append(Account(_name(code, tree), of_place(code, by_centre, tree)))
    return max(accounts, key=lambda one: _strictness(campaign, one.counts))


def of_place(code: CentreCode, by_centre: ByCentre, tree: Tree) -> Abandoned:
    """Return the account of a centre and all below it.

    Over 30 days only: the last answers of many centres have no common order here.
    """
    below = [one for centre, one in by_centre.items() if code in path(centre, tree)]
    return Abandoned(
        answered_30d=sum(one.answered_30d for one in below),
        abandoned_30d=sum(one.abandoned_30d for one in below),
    )


def place_refuses(
    campaign: Campaign,
    centre: CentreCode | None,
    by_centre: ByCentre,
    tree: Tree,
    now: datetime,
) -> Refused | None:
    """Return why people of that centre are not called now, if an account is spent."""
    above_all = _above_all(campaign, tree)
    for code in path(centre, tree):
        if code in above_all:
            continue  # the campaign's own mode follows it
        refused = allowed_mode(campaign, of_place(code, by_centre, tree))
        if isinstance(refused, Refused):
            rule = f"{_name(code, tree)}: {refused.rule}"
            return Refused(refused.reason, rule, now + ASK_AGAIN)
    return None


def _above_all(campaign: Campaign, tree: Tree) -> Sequence[CentreCode]:
    """Return the places that hold all of the campaign's people, nearest first."""
    paths = [path(code, tree) for code in campaign.centres or roots(tree)]
    return [code for code in paths[0] if _is_in_all(code, paths)] if paths else []


def _is_in_all(code: CentreCode, paths: Iterable[Sequence[CentreCode]]) -> bool:
    return all(code in one for one in paths)


def _name(code: CentreCode, tree: Tree) -> str:
    depth = len(path(code, tree)) - 1
    return f"{('state', 'division', 'centre')[min(depth, 2)]} {code}"


def _strictness(campaign: Campaign, counts: AbandonmentCounts) -> tuple[int, float]:
    mode = allowed_mode(campaign, counts)
    rank = len(_STRICT) if isinstance(mode, Refused) else _STRICT.index(mode)
    return rank, share(counts)
