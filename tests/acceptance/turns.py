"""Which tests stay on one worker of pytest-xdist, one after the other.

All others go wherever a worker is free. (A file's own `xdist_group` would say the
same; pytest-xdist 3.8 does not see it under pytest 9.2.)
"""

from __future__ import annotations

from xdist.scheduler import LoadScopeScheduling

TURNS = {
    # Each wants much of two cores, and looks at times: a Chromium that listens, a
    # campaign that is broken. Two of these at once would be late.
    "test_admin_path": "heavy",
    "test_chaos_in_a_minute": "heavy",
    "test_desk_in_the_browser": "heavy",
    "test_phone_in_the_page": "heavy",
    "test_practising_in_the_browser": "heavy",
    # One exchange for all tests of the file.
    "test_carrier_fates": "fates",
    "test_carrier_offers": "offers",
    "test_carrier_people": "people",
}


def turn_of(nodeid: str) -> str:
    """Return what the test shares with others, or its own name."""
    file, _, _ = nodeid.partition("::")
    name = file.rpartition("/")[2].removesuffix(".py")
    return TURNS.get(name, nodeid)


class Turns(LoadScopeScheduling):
    """Hands out the tests that belong together at once, the rest one by one."""

    def _split_scope(self, nodeid: str) -> str:
        return turn_of(nodeid)
