"""What was taken away of people who were erased: sealed, opened by two, destroyed.

A person's paper holds the keys of their recordings too, so that destroying one key
ends both.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence

from ivr.core.held import Held
from ivr.errors import CannotOpen
from ivr.vault.papers import Papers
from ivr.vault.vault import Vault


class ErasedPeople:
    """Implements controller.erasures.ErasureVault."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault
        self._papers = Papers(vault.keys)

    def prepare(self, paper: str) -> None:
        self._papers.key_for(paper)

    def seal(self, paper: str, held: Held) -> str:
        keys = {name: self._key_of(name) for name in held.recordings}
        told = {
            "number": held.number,
            **held.rows,
            "keys_of_recordings": {name: key for name, key in keys.items() if key},
        }
        text = json.dumps(told, ensure_ascii=False, default=str)
        return self._papers.seal(paper, text, self._papers.key_for(paper))

    def _key_of(self, recording: str) -> str:
        key = self._vault.keys.get(recording)
        return base64.b64encode(key).decode() if key else ""

    def open(self, paper: str, sealed: str) -> Mapping[str, object]:
        told = json.loads(self._papers.open(paper, sealed))
        if not isinstance(told, dict):
            raise CannotOpen(f"{paper} was damaged")
        return told

    def close_recordings(self, files: Sequence[str]) -> None:
        self._vault.keys.destroy([one for one in files if self._vault.keys.has(one)])

    def destroy(self, paper: str, files: Sequence[str]) -> None:
        self._papers.destroy(paper)
        self.destroy_recordings(files)

    def destroy_recordings(self, files: Sequence[str]) -> None:
        self._vault.recordings.destroy(files)
