"""The vault of one home: its master keys, its data keys, its recordings."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ivr.vault.data_keys import DataKeys
from ivr.vault.keyring import KeyRing
from ivr.vault.recordings import Recordings


@dataclass(frozen=True, slots=True)
class Vault:
    ring: KeyRing
    keys: DataKeys
    recordings: Recordings


def vault_of(home: Path, *, from_env: str = "") -> Vault:
    """Return the vault in `home`; nothing is made yet. Raises BadInput.

    `from_env`: master keys that the environment gives, see KeyRing.
    """
    ring = KeyRing(home, from_env=from_env)
    keys = DataKeys(home, ring)
    return Vault(ring, keys, Recordings(home, keys))
