"""How a sealed file looks: libsodium's secret stream, in pieces, behind a mark.

    samvad-vault-1\n   the mark
    24 bytes           the stream's header
    pieces             each 64 KiB of sound and 17 bytes more; the last may be shorter

Each piece is tied to those before it and the last one says that it is the last: what
was cut, swapped or changed does not open. Knows streams and keys, no names.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import BinaryIO

from nacl import bindings
from nacl.exceptions import CryptoError

from ivr.errors import CannotOpen

MARK = b"samvad-vault-1\n"
PIECE = 64 * 1024
MORE = bindings.crypto_secretstream_xchacha20poly1305_ABYTES
_HEADER = bindings.crypto_secretstream_xchacha20poly1305_HEADERBYTES
_GOES_ON = bindings.crypto_secretstream_xchacha20poly1305_TAG_MESSAGE
_LAST = bindings.crypto_secretstream_xchacha20poly1305_TAG_FINAL
_State = bindings.crypto_secretstream_xchacha20poly1305_state
_push = bindings.crypto_secretstream_xchacha20poly1305_push
_pull = bindings.crypto_secretstream_xchacha20poly1305_pull


def seal(clear: BinaryIO, out: BinaryIO, key: bytes) -> None:
    """Write all of `clear` into `out`, sealed by `key`, which seals nothing else."""
    state = _State()
    header = bindings.crypto_secretstream_xchacha20poly1305_init_push(state, key)
    out.write(MARK + header)
    piece = clear.read(PIECE)
    while True:
        following = clear.read(PIECE)
        out.write(_push(state, piece, None, _GOES_ON if following else _LAST))
        if not following:
            return
        piece = following


def size_of(sealed: BinaryIO) -> int:
    """Return how many bytes are in it. Raises CannotOpen."""
    inside = os.fstat(sealed.fileno()).st_size - len(MARK) - _HEADER
    pieces = -(-inside // (PIECE + MORE))
    if inside < MORE:
        raise CannotOpen("a sealed file was cut off")
    return inside - pieces * MORE


def pieces_of(sealed: BinaryIO, key: bytes) -> Iterator[bytes]:
    """Yield what is in it, from its beginning, in pieces. Raises CannotOpen."""
    sealed.seek(0)
    if sealed.read(len(MARK)) != MARK:
        raise CannotOpen("this is no sealed file")
    state, tag = _State(), _GOES_ON
    try:
        header = sealed.read(_HEADER)
        bindings.crypto_secretstream_xchacha20poly1305_init_pull(state, header, key)
        while tag != _LAST:
            piece, tag = _pull(state, sealed.read(PIECE + MORE))
            yield piece
    except (CryptoError, ValueError, RuntimeError) as exc:
        raise CannotOpen("a sealed file was damaged, or has another key") from exc
    if sealed.read(1):
        raise CannotOpen("a sealed file has something behind its end")
