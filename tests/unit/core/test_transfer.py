"""To whom a voter may be handed."""

from __future__ import annotations

from dataclasses import replace

from ivr.core.desk import Desk, offline
from ivr.core.model import (
    Centre,
    CentreCode,
    Contact,
    ContactId,
    DeskState,
    ListName,
    PhoneNumber,
    Telecaller,
    TelecallerId,
    TransferNumber,
)
from ivr.core.transfer import TargetKind, choose_of_centre, targets
from tests.unit.controller.conftest import CAMPAIGN
from tests.unit.core.test_desk import T0

BPL, SEH, VID = (CentreCode(c) for c in ("MP.BPL", "MP.BPL.SEH", "MP.BPL.VID"))
MP = CentreCode("MP")
TREE = {
    MP: Centre(MP, "मध्य प्रदेश", "MP", None),
    BPL: Centre(BPL, "भोपाल", "Bhopal", MP),
    SEH: Centre(SEH, "सीहोर", "Sehore", BPL),
    VID: Centre(VID, "विदिशा", "Vidisha", BPL),
}
VOTER = Contact(ContactId(1), ListName("people"), PhoneNumber("+919827000001"))


def desk(name: str, centre: CentreCode, state: DeskState) -> Desk:
    who = Telecaller(TelecallerId(name), name, centre, name)
    return replace(offline(who, T0), state=state)


ME = desk("tc-1", SEH, DeskState.TALKING)
DESKS = [
    ME,
    desk("tc-2", SEH, DeskState.READY),
    desk("tc-3", VID, DeskState.TALKING),
    desk("tc-4", VID, DeskState.OFFLINE),
]
NUMBERS = [
    TransferNumber("everybody", "सहायता", PhoneNumber("+917552550171")),
    TransferNumber("vidisha", "विदिशा कार्यालय", PhoneNumber("+917592550172"), (VID,)),
]


def keys(kind: TargetKind) -> dict[str, bool]:
    found = targets(
        ME, DESKS, CAMPAIGN, TREE, numbers=NUMBERS, name_of=lambda one: "साथी"
    )
    return {one.key: one.is_free for one in found if one.kind is kind}


def test_other_telecallers_at_work_are_listed_with_who_is_free() -> None:
    assert keys(TargetKind.TELECALLER) == {"tc-2": True, "tc-3": False}


def test_a_centre_is_free_if_a_desk_of_it_or_below_it_is() -> None:
    assert keys(TargetKind.CENTRE) == {MP: True, BPL: True, SEH: True, VID: False}


def test_a_listed_number_is_for_its_centres_telecallers_only() -> None:
    assert keys(TargetKind.NUMBER) == {"everybody": True}


def test_a_campaigns_own_centres_serve_its_voters_only() -> None:
    of_vidisha = replace(CAMPAIGN, centres=(VID,))
    found = targets(ME, DESKS, of_vidisha, TREE, numbers=[], name_of=lambda one: "")
    assert [one.key for one in found if one.kind is TargetKind.TELECALLER] == ["tc-3"]


def test_of_a_centre_a_free_desk_is_chosen_or_nobody() -> None:
    chosen = choose_of_centre(DESKS, BPL, VOTER, CAMPAIGN, TREE)
    assert chosen is not None and chosen.telecaller_id == "tc-2"
    assert choose_of_centre(DESKS, VID, VOTER, CAMPAIGN, TREE) is None
