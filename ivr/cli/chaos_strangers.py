"""Who asks for what is not theirs while things break, and what they may be told.

Nobody at all, a false token, and a program of an in-charge of another centre.
"""

from __future__ import annotations

import http.client
import secrets
import urllib.error
import urllib.request
from dataclasses import dataclass
from datetime import timedelta

from ivr.chaos.people import CENTRES, LISTS
from ivr.controller.clock import SystemClock
from ivr.controller.programs import Programs
from ivr.controller.users import Users
from ivr.core.access import May, Role, User, UserId
from ivr.core.model import CentreCode
from ivr.settings.config import PROJECT
from ivr.settings.people import load_centres
from ivr.store.programs import SqlPrograms
from ivr.store.store import SqlStore
from ivr.store.users import SqlUsers
from ivr.web.passwords import Argon2Hasher

ANSWER_S = 5.0
UNKNOWN = (401,)
# Known, and not for them: what is of another centre does not exist. Or nobody can
# tell just now.
NOT_THEIRS = (403, 404, 503)
IDLE = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Stranger:
    """One request that must not be granted."""

    what: str
    method: str
    path: str
    token: str
    allowed: tuple[int, ...]  # HTTP statuses that keep the promise

    def ask(self, port: int) -> int | None:
        """Return the status of the answer; None when nobody answered."""
        url = f"http://127.0.0.1:{port}{self.path}"
        headers = {"Content-Type": "application/json"}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        data = b"{}" if self.method == "POST" else None
        request = urllib.request.Request(url, data, headers, method=self.method)
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=ANSWER_S) as response:
                return int(response.status)
        except urllib.error.HTTPError as exc:
            return exc.code
        except (OSError, http.client.HTTPException):
            return None


async def strangers(store: SqlStore, clock: SystemClock) -> list[Stranger]:
    """Return everybody who asks; their user and token are made in `store`."""
    token = await _token_of_another_centre(store, clock)
    theirs, other = f"/api/v1/campaigns/{LISTS[0]}", "an in-charge of another centre"
    asked = (
        ("why a campaign does not dial", "GET", f"{theirs}/why"),
        ("to stop a campaign", "POST", f"{theirs}/stop"),
        ("for a desk", "GET", "/api/v1/desks/tc-101"),
        ("to log a desk out", "POST", "/api/v1/desks/tc-101/force-logout"),
        ("for the users", "GET", "/api/v1/users"),
        ("for the audit log", "GET", "/api/v1/audit"),
    )
    return [
        Stranger(f"{who} asks {what}", method, path, given, allowed)
        for what, method, path in asked
        for who, given, allowed in (
            ("nobody", "", UNKNOWN),
            ("a false token", secrets.token_hex(16), UNKNOWN),
            (other, token, NOT_THEIRS),
        )
    ]


async def _token_of_another_centre(store: SqlStore, clock: SystemClock) -> str:
    centres = load_centres(PROJECT / "config/centres.yaml")
    tree = {one.code: one for one in centres}
    await store.upsert_people(centres, [])
    users = Users(SqlUsers(store), Argon2Hasher(), clock, idle=IDLE)
    owner = User(UserId("other"), "कोई और", Role.IN_CHARGE, CentreCode(CENTRES[1]))
    await users.add(owner, secrets.token_hex(16), by="dialer.py chaos")
    programs = Programs(SqlPrograms(store), users, clock, tree)
    may = frozenset({May.FLOOR, May.CONTROL})
    _, secret = await programs.make("chaos", owner, owner.centre, may, by=owner)
    return secret
