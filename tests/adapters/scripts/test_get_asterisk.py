"""The program that starts an unpacked Asterisk, and how it gets to its place."""

import json
import subprocess
from pathlib import Path

import get_asterisk
import pytest
from asterisk_proof import REQUIRED, missing_modules
from steps import StepFailed

TRIPLET = "x86_64-linux-gnu"


def unpacked(draft: Path, *, merged: bool) -> None:
    """Make a root folder with a loader that prints how it was called."""
    usr = "usr/" if merged else ""
    libs = draft / "root" / usr / "lib" / TRIPLET
    libs.mkdir(parents=True)
    (libs / "libc.so.6").touch()
    loader = draft / "root" / usr / "lib64" / "ld-linux-x86-64.so.2"
    loader.parent.mkdir(parents=True)
    loader.write_text('#!/bin/sh\nprintf "%s\\n" "$@"\n')
    loader.chmod(0o755)


@pytest.mark.parametrize("merged", [True, False])
def test_asterisk_is_started_by_its_own_loader_with_its_own_libraries(
    tmp_path: Path, merged: bool
) -> None:
    draft = tmp_path / "a folder with blanks"
    unpacked(draft, merged=merged)
    get_asterisk.write_wrapper(draft)
    said = subprocess.run(
        [draft / "asterisk", "-rx", "core show version"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    libs = draft / "root" / ("usr/lib" if merged else "lib") / TRIPLET
    assert said == [
        *["--argv0", "asterisk", "--library-path", str(libs)],
        *[str(draft / "root/usr/sbin/asterisk"), "-rx", "core show version"],
    ]


def test_packages_without_a_loader_are_refused(tmp_path: Path) -> None:
    (tmp_path / "root/usr/lib").mkdir(parents=True)
    with pytest.raises(StepFailed, match="no dynamic loader"):
        get_asterisk.write_wrapper(tmp_path)


def test_the_info_names_the_folders_as_they_will_be_in_place(tmp_path: Path) -> None:
    draft, target = tmp_path / ".asterisk.new", tmp_path / ".asterisk"
    draft.mkdir()
    modules, data = (
        draft / "root/usr/lib/x/asterisk/modules",
        Path("/usr/share/asterisk"),
    )
    found = get_asterisk.Found("22.10.1", modules, data, "Debian forky")
    get_asterisk.write_info(draft, target, found)
    get_asterisk.put_in_place(draft, target)
    info = json.loads((target / "info").read_text())
    assert info["modules"] == str(target / "root/usr/lib/x/asterisk/modules")
    assert info["data"] == "/usr/share/asterisk"


def test_a_new_asterisk_replaces_the_old_one_whole(tmp_path: Path) -> None:
    draft, target = tmp_path / ".asterisk.new", tmp_path / ".asterisk"
    for folder, name in ((draft, "new"), (target, "old")):
        folder.mkdir()
        (folder / name).touch()
    get_asterisk.put_in_place(draft, target)
    assert [entry.name for entry in tmp_path.iterdir()] == [".asterisk"]
    assert [entry.name for entry in target.iterdir()] == ["new"]


def test_an_asterisk_of_a_moved_folder_is_got_anew(tmp_path: Path) -> None:
    info = {"home": "/elsewhere/.asterisk", "modules": str(tmp_path)}
    (tmp_path / "info").write_text(json.dumps(info))
    assert get_asterisk.already_here(tmp_path) is None


def test_a_half_written_info_counts_as_none(tmp_path: Path) -> None:
    (tmp_path / "info").write_text('{"version": "22')
    assert get_asterisk.already_here(tmp_path) is None


def test_missing_modules_are_named(tmp_path: Path) -> None:
    for name in REQUIRED:
        (tmp_path / f"{name}.so").touch()
    (tmp_path / "res_srtp.so").unlink()
    assert missing_modules(tmp_path) == ["res_srtp"]


@pytest.mark.parametrize(
    ("version", "number"),
    [("22.10.1", 22), ("1:20.6.0~dfsg+~cs6-2", 20), ("18.10.0", 18), ("?", 0)],
)
def test_the_first_number_of_a_version_counts(version: str, number: int) -> None:
    assert get_asterisk.major(version) == number
