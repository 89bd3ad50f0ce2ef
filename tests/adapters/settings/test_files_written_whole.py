"""A file is the old one or the new one, whatever happens while it is written."""

from __future__ import annotations

import os
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from ivr.errors import SetupFailed
from ivr.files import write_whole


def test_the_folder_is_made_and_nothing_else_is_left(tmp_path: Path) -> None:
    file = tmp_path / "flows" / "एक.yaml"
    for text in ("पहला\r\n", "दूसरा\n"):
        write_whole(file, text)
        assert file.read_bytes().decode() == text
    assert list(file.parent.iterdir()) == [file]


def test_who_could_read_it_still_can(tmp_path: Path) -> None:
    file = tmp_path / "file.yaml"
    file.write_text("पहला", "utf-8")
    file.chmod(0o640)
    write_whole(file, "दूसरा")
    assert file.stat().st_mode & 0o777 == 0o640


def test_two_who_write_at_once_do_not_mix(tmp_path: Path) -> None:
    file, both = tmp_path / "file.yaml", threading.Barrier(4)

    def write(text: str) -> None:
        both.wait(timeout=10)
        write_whole(file, text)

    texts = [letter * 200_000 for letter in "abcd"]
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(write, texts))
    assert file.read_text("utf-8") in texts
    assert list(tmp_path.iterdir()) == [file]


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_when_the_disk_refuses_the_old_one_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    file = tmp_path / "file.yaml"
    write_whole(file, "पहला")

    def refuse(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, step, refuse)
    with pytest.raises(SetupFailed, match="cannot be written: No space"):
        write_whole(file, "दूसरा")
    assert file.read_text("utf-8") == "पहला"
    assert list(tmp_path.iterdir()) == [file]


def test_where_no_folder_can_be_it_is_said(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("no folder")
    with pytest.raises(SetupFailed, match="cannot be written"):
        write_whole(tmp_path / "a" / "b" / "file.yaml", "पहला")
