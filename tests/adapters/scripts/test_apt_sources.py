"""Where the set-up looks for Debian's packages, from a machine's own settings."""

from pathlib import Path

import apt_sources
import pytest
from apt_folder import Answer

DEB822 = """\
# the machine's own mirror
Types: deb deb-src
URIs: http://mirror.example/debian
Suites: bookworm bookworm-updates
Components: main
Signed-By: {key}

Types: deb
URIs: http://mirror.example/debian-security
Suites: bookworm-security
Components: main

Types: deb
Enabled: no
URIs: http://switched-off.example/debian
Suites: bookworm
Components: main
"""
ONE_LINE = """\
# deb http://commented.example/debian bookworm main
deb-src http://sources.example/debian bookworm main
deb [arch=amd64 trusted=yes] http://local.example/debian bookworm main contrib
deb cdrom:[Debian_12]/ bookworm main
"""


@pytest.fixture
def etc(tmp_path: Path) -> Path:
    (tmp_path / "sources.list.d").mkdir()
    return tmp_path


@pytest.fixture
def bookworm(monkeypatch: pytest.MonkeyPatch) -> None:
    said = {"ID": "debian", "VERSION_CODENAME": "bookworm"}
    monkeypatch.setattr(apt_sources, "os_release", lambda: said)


def uris(etc: Path) -> list[str]:
    return [source.uri for source in apt_sources.debian_sources("forky", etc)]


@pytest.mark.usefixtures("bookworm")
def test_the_machines_own_mirror_comes_first_and_debians_last(etc: Path) -> None:
    (etc / "sources.list.d/debian.sources").write_text(DEB822.format(key="/no/key"))
    assert uris(etc) == ["http://mirror.example/debian", apt_sources.DEFAULT_URI]


@pytest.mark.usefixtures("bookworm")
def test_a_mirrors_own_key_is_used_if_it_is_there(etc: Path) -> None:
    key = etc / "mirror.gpg"
    key.touch()
    (etc / "sources.list.d/debian.sources").write_text(DEB822.format(key=key))
    first = apt_sources.debian_sources("forky", etc)[0]
    assert first.line() == (
        f"deb [signed-by={key}] http://mirror.example/debian forky main\n"
    )


@pytest.mark.usefixtures("bookworm")
def test_one_line_sources_are_read_and_discs_and_sources_left_out(etc: Path) -> None:
    (etc / "sources.list").write_text(ONE_LINE)
    assert uris(etc) == ["http://local.example/debian", apt_sources.DEFAULT_URI]
    assert " trusted=yes]" in apt_sources.debian_sources("forky", etc)[0].line()


@pytest.mark.usefixtures("bookworm")
def test_a_machine_without_sources_gets_debians_own(etc: Path) -> None:
    assert uris(etc) == [apt_sources.DEFAULT_URI]


def test_ubuntus_mirrors_are_not_taken_for_debians(
    etc: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = {"ID": "ubuntu", "VERSION_CODENAME": "noble"}
    monkeypatch.setattr(apt_sources, "os_release", lambda: said)
    (etc / "sources.list").write_text("deb http://ubuntu.example/ubuntu noble main\n")
    assert uris(etc) == [apt_sources.DEFAULT_URI]


def test_an_expired_list_is_told_from_an_unknown_key() -> None:
    expired = Answer(
        100,
        "E: Release file for http://m/forky/InRelease is expired (invalid since 18d "
        "2h). Updates for this repository will not be applied.",
    )
    unknown = Answer(
        100,
        "W: GPG error: http://m forky InRelease: The following signatures couldn't "
        "be verified because the public key is not available: NO_PUBKEY 6ED0\n"
        "E: The repository 'http://m forky InRelease' is not signed.",
    )
    assert (expired.expired, expired.unknown_key) == (True, False)
    assert (unknown.expired, unknown.unknown_key) == (False, True)
    assert unknown.reason.startswith("E: The repository")


def test_a_good_answer_is_neither_expired_nor_unsigned() -> None:
    assert not Answer(0, "NO_PUBKEY in a warning").unknown_key
