"""Erased numbers and the file of opt-outs: hashes in place of numbers, in both."""

from __future__ import annotations

import threading
from pathlib import Path

from ivr.core.erasure import NumberKey
from ivr.core.model import PhoneNumber
from ivr.store.engine import open_store
from ivr.store.erasures import keep_hash
from ivr.store.opt_out_ledger import (
    ErasedNumber,
    OptOut,
    append,
    forget,
    read,
    read_erased,
)
from ivr.store.opt_outs import agree
from tests.adapters.store.scene import NOON

KEY = NumberKey("secret")
ONE, OTHER = PhoneNumber("+919827100001"), PhoneNumber("+919827100002")
GONE = ErasedNumber(KEY.of(ONE), KEY.key_id, NOON)


def test_a_number_that_is_erased_leaves_the_file_and_its_hash_stays(tmp_path: Path):
    file = tmp_path / "ledger"
    append(file, [OptOut(ONE, NOON, "key 9"), OptOut(OTHER, NOON, "letter")])
    for _ in range(2):
        forget(file, lambda number: number == ONE, [GONE])
        assert [one.number for one in read(file)] == [OTHER]
        assert list(read_erased(file)) == [GONE]
    assert "9827100001" not in file.read_text()
    assert file.stat().st_mode & 0o077 == 0


def test_nothing_that_is_noted_meanwhile_is_lost(tmp_path: Path):
    file = tmp_path / "ledger"
    numbers = [PhoneNumber(f"+91982710{n:04d}") for n in range(100, 300)]

    def note() -> None:
        for number in numbers:
            append(file, [OptOut(number, NOON, "key 9")])

    noting = threading.Thread(target=note)
    noting.start()
    turn = 0
    while noting.is_alive():
        turn += 1
        hashed = ErasedNumber(f"{turn:040d}", KEY.key_id, NOON)
        forget(file, lambda _number: False, [hashed])
    noting.join()
    assert [one.number for one in read(file)] == numbers
    assert len(list(read_erased(file))) == turn


async def test_an_older_database_learns_of_the_erased_again(
    sqlite_url: str, tmp_path: Path
):
    """As after the restore of a backup from before the erasure."""
    file = tmp_path / "ledger"
    append(file, [OptOut(OTHER, NOON, "letter")])
    forget(file, lambda _number: False, [GONE])
    async with await open_store(sqlite_url, erased=KEY) as store:
        await store.keep_opt_out(ONE, NOON, "key 9", None)  # it was there in clear
        assert (await agree(store, file)).put_in == 1
        assert await store.is_do_not_call(ONE)
        again = await agree(store, file)
        assert again.put_in == 0
    assert "9827100001" not in file.read_text()


async def test_a_file_from_before_the_erasure_brings_nobody_back(
    sqlite_url: str, tmp_path: Path
):
    file = tmp_path / "ledger"
    append(file, [OptOut(ONE, NOON, "key 9"), OptOut(OTHER, NOON, "letter")])
    async with await open_store(sqlite_url, erased=KEY) as store:
        await store.change(keep_hash, ONE, KEY, NOON)
        assert (await agree(store, file)).put_in == 1
    assert [one.number for one in read(file)] == [OTHER]
    assert list(read_erased(file)) == [GONE]
