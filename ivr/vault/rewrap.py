"""A new master key in place of the old: what was wrapped is wrapped anew, sound stays.

May be broken off anywhere and begun again: every small file says by which key it is
wrapped, and an old key is destroyed only when it wraps nothing any more.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from itertools import islice

from ivr.vault.data_keys import DataKeys
from ivr.vault.keyring import KeyRing, Master

AT_ONCE = 100  # keys wrapped anew before sealing goes on


def rotate(ring: KeyRing, keys: DataKeys) -> tuple[Master, int]:
    """Make a new master key, wrap everything by it, destroy the others.

    With keys from the environment the first of them is the new one. Returns it, and
    how many keys were wrapped anew. Raises SetupFailed, CannotOpen, OSError.
    """
    newest = ring.current() if ring.is_from_environment else ring.add()
    return newest, finish(ring, keys)


def finish(ring: KeyRing, keys: DataKeys) -> int:
    """Wrap by the newest master key what is not yet, then destroy the others."""
    newest, done = ring.current(), 0
    stale = iter([name for name, by in keys.names() if by != newest.key_id])
    while names := list(islice(stale, AT_ONCE)):
        done += _wrap(ring, keys, names, newest)
    with ring.alone():
        # What was being sealed by an old key meanwhile.
        late = [name for name, by in keys.names() if by != newest.key_id]
        keys.wrap_again(late, newest)
        for master in ring.masters():
            if master.key_id != newest.key_id:
                ring.forget(master.key_id)
    return done + len(late)


def _wrap(ring: KeyRing, keys: DataKeys, names: Iterable[str], newest: Master) -> int:
    with ring.alone():
        wanted = list(names)
        keys.wrap_again(wanted, newest)
        return len(wanted)


def wrapped_by(keys: DataKeys) -> Counter[str]:
    """Return how many keys each master key wraps."""
    return Counter(by for _, by in keys.names())
