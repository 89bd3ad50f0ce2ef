"""Passwords for a TURN server that end by themselves, as coturn's use-auth-secret.

draft-uberti-behave-turn-rest-00: the user's name begins with when it ends, and the
password is the name's HMAC by a secret that only the server and we know.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import datetime
from typing import NamedTuple

TURN_SECRET = "turn"  # SAMVAD_TURN_SECRET, or HOME/secrets/turn


class Credential(NamedTuple):
    username: str
    password: str


def credential(secret: str, user: str, *, until: datetime) -> Credential:
    """Return what `user` shows to the TURN server until then."""
    username = f"{int(until.timestamp())}:{user}"
    proof = hmac.digest(secret.encode(), username.encode(), hashlib.sha1)
    return Credential(username, base64.b64encode(proof).decode())
