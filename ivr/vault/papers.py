"""Texts that are sealed each by a key of its own: what was erased of a person."""

from __future__ import annotations

import base64

from nacl.exceptions import CryptoError
from nacl.secret import Aead

from ivr.errors import CannotOpen
from ivr.vault.data_keys import DataKeys


class Papers:
    """Texts, sealed to texts. The keys' names are the papers'."""

    def __init__(self, keys: DataKeys) -> None:
        self._keys = keys

    def key_for(self, name: str) -> bytes:
        """Return the paper's key, made the first time. Raises OSError, SetupFailed."""
        return self._keys.get(name) or self._keys.make([name])[name]

    @staticmethod
    def seal(name: str, text: str, key: bytes) -> str:
        sealed = bytes(Aead(key).encrypt(text.encode(), name.encode()))
        return base64.b64encode(sealed).decode()

    def open(self, name: str, sealed: str) -> str:
        """Return the text. Raises CannotOpen: its key is gone, or it was changed."""
        key = self._keys.get(name)
        if key is None:
            raise CannotOpen(f"the key of {name} was destroyed")
        try:
            clear = Aead(key).decrypt(base64.b64decode(sealed), name.encode())
        except (CryptoError, ValueError) as exc:
            raise CannotOpen(f"{name} was damaged") from exc
        return clear.decode()

    def destroy(self, name: str) -> None:
        self._keys.destroy([name])
