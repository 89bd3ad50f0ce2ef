"""A site of pages over a Samvad that a test scripts, with a small tree of centres."""

from __future__ import annotations

from datetime import timedelta
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

from ivr.controller.flow_workshop import FlowWorkshop
from ivr.controller.hooks import Hooks
from ivr.controller.practice import Practices
from ivr.controller.programs import Programs
from ivr.controller.results import Results
from ivr.controller.trial_calls import TrialCalls
from ivr.controller.users import Users
from ivr.core.access import Role, User, UserId
from ivr.core.model import TelecallerId
from ivr.core.tallies import Names
from ivr.settings.flow_folder import FlowFolder
from ivr.web.site import ListRoom, Site
from ivr.web.texts import Catalogues
from tests.fakes.erasures import make_erasures
from tests.fakes.flow_shelf import FakeSound, MemoryFlowShelf
from tests.fakes.hooks import FakeSender, MemoryHooks
from tests.fakes.list_room import make_list_room
from tests.fakes.operations import FakeOperations
from tests.fakes.places import BHOPAL, MP, SEHORE, TREE, VIDISHA
from tests.fakes.practices import (
    SCENARIO,
    FakePracticeDesks,
    FakePracticeSwitch,
    MemoryPractices,
)
from tests.fakes.programs import MemoryPrograms
from tests.fakes.recordings import NONE
from tests.fakes.results import NoResults
from tests.fakes.switch import FakeClock, FakeSwitch
from tests.fakes.trials import FakeSurroundings
from tests.fakes.users import MemoryUsers, QuickHasher

__all__ = ["BHOPAL", "MP", "SEHORE", "TREE", "VIDISHA"]

INDIA = ZoneInfo("Asia/Kolkata")
PROJECT = Path(__file__).parents[2]
PASSWORD = "नर्मदा के किनारे 42"
PEOPLE = (
    User(UserId("meera"), "मीरा शर्मा", Role.ADMIN, MP),
    User(UserId("anil"), "अनिल दुबे", Role.IN_CHARGE, SEHORE),
    User(UserId("rekha"), "रेखा जैन", Role.IN_CHARGE, VIDISHA),
    User(UserId("vimla"), "विमला नायर", Role.AUDITOR, MP),
    User(UserId("sunita"), "सुनीता वर्मा", Role.TELECALLER, SEHORE, TelecallerId("tc-1")),
)


@cache
def catalogues() -> Catalogues:
    """Return all texts, read once for all tests: they take a tenth of a second."""
    return Catalogues()


def make_site(
    operations: FakeOperations,
    token: str,
    *,
    users: MemoryUsers | None = None,
    clock: FakeClock | None = None,
    results: Results | None = None,
    lists: ListRoom | None = None,
) -> Site:
    """Return a site without HTTPS, for clients on this machine."""
    clock = clock or FakeClock()
    memory = users or MemoryUsers()
    known = Users(memory, QuickHasher(), clock, idle=timedelta(minutes=60))
    return Site(
        operations=operations,
        users=known,
        programs=Programs(MemoryPrograms(memory), known, clock, TREE),
        hooks=Hooks(MemoryHooks(), FakeSender(), clock, TREE, "key"),
        results=results
        or Results(NoResults(), Names({}, {}, {}, TREE), TREE, clock, INDIA, NONE),
        tree=TREE,
        now=clock.now,
        zone=INDIA,
        token=token,
        texts=catalogues(),
        organisation_hi="संवाद परीक्षण",
        organisation_en="Samvad tests",
        lists=lists or make_list_room(clock.now, TREE),
        is_https=False,
        workshop=FlowWorkshop(
            FlowFolder(Path("/nonexistent/flows"), PROJECT / "config/flows"),
            MemoryFlowShelf(),
            FakeSound(),
            clock,
        ),
        practices=Practices(
            scenarios=[SCENARIO],
            desks=FakePracticeDesks(),
            switch=FakePracticeSwitch(),
            store=MemoryPractices(),
            clock=clock,
        ),
        erasures=make_erasures(clock),
        trial_calls=TrialCalls(FakeSwitch(clock), clock, FakeSurroundings()),
    )


async def people_join(site: Site) -> None:
    """Make all of PEOPLE, with PASSWORD."""
    for user in PEOPLE:
        await site.users.add(user, PASSWORD, by="test")
