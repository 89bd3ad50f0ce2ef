"""A few bytes sealed by what a person can remember: Argon2id, then a secret box."""

from __future__ import annotations

from nacl.exceptions import CryptoError
from nacl.pwhash import argon2id
from nacl.secret import SecretBox
from nacl.utils import random

from ivr.errors import BadInput, CannotOpen

SHORTEST = 12  # letters
# A guess costs a second and 256 MB.
WORK, MEMORY = argon2id.OPSLIMIT_MODERATE, argon2id.MEMLIMIT_MODERATE


def seal(clear: bytes, passphrase: str) -> bytes:
    """Return `clear`, sealed; the salt comes first. Raises BadInput: too short."""
    if len(passphrase) < SHORTEST:
        raise BadInput("the passphrase is too short", remedy=f"{SHORTEST} letters")
    salt = random(argon2id.SALTBYTES)
    return salt + bytes(SecretBox(_key(passphrase, salt)).encrypt(clear))


def unseal(sealed: bytes, passphrase: str) -> bytes:
    """Return what was sealed. Raises CannotOpen."""
    salt, box = sealed[: argon2id.SALTBYTES], sealed[argon2id.SALTBYTES :]
    try:
        return bytes(SecretBox(_key(passphrase, salt)).decrypt(box))
    except (CryptoError, ValueError) as exc:
        raise CannotOpen("it has another passphrase, or was damaged") from exc


def _key(passphrase: str, salt: bytes) -> bytes:
    return argon2id.kdf(
        SecretBox.KEY_SIZE,
        passphrase.encode(),
        salt,
        opslimit=WORK,
        memlimit=MEMORY,
    )
