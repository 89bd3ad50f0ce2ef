"""Where this machine takes its Debian packages from, and the key they need.

Reads apt's one-line and deb822 sources; changes nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from apt_folder import AptFolder, update_or_say_why
from steps import Step, StepFailed

DEFAULT_URI = "http://deb.debian.org/debian"
KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
# Suites whose keyring package may know the newest keys; oldest last, because the
# older a suite is, the older the key is that signs it too.
KEYRING_SUITES = ("trixie", "bookworm", "bullseye")


@dataclass(frozen=True)
class Source:
    """One Debian mirror, for one suite."""

    uri: str
    suite: str
    signed_by: str
    trusted: bool = False

    def line(self, *, signed_by: str | None = None, suite: str | None = None) -> str:
        """Return it as apt's one-line format."""
        options = f"signed-by={signed_by or self.signed_by}"
        if self.trusted:
            options += " trusted=yes"
        return f"deb [{options}] {self.uri} {suite or self.suite} main\n"


def os_release() -> dict[str, str]:
    """Return what /etc/os-release says of this system."""
    for name in ("/etc/os-release", "/usr/lib/os-release"):
        if Path(name).is_file():
            rows = re.findall(r'^(\w+)="?([^"\n]*)"?$', Path(name).read_text(), re.M)
            return dict(rows)
    return {}


def debian_sources(suite: str, etc: Path = Path("/etc/apt")) -> list[Source]:
    """Return the mirrors to try for a Debian suite: the machine's own first."""
    release = os_release()
    own = machine_sources(etc) if release.get("ID") == "debian" else []
    code = release.get("VERSION_CODENAME", "")
    sources = [
        Source(uri, suite, key, trusted)
        for uri, suites, key, trusted in own
        if code in suites and not uri.startswith("cdrom:")
    ]
    sources.append(Source(DEFAULT_URI, suite, KEYRING))
    return list({one.uri.rstrip("/"): one for one in reversed(sources)}.values())[::-1]


Row = tuple[str, list[str], str, bool]


def machine_sources(etc: Path) -> list[Row]:
    """Return (URI, suites, keyring, trusted) of every source of the machine."""
    rows: list[Row] = []
    lists = [etc / "sources.list", *sorted((etc / "sources.list.d").glob("*.list"))]
    for file in lists:
        if file.is_file():
            rows += _one_line(file.read_text())
    for file in sorted((etc / "sources.list.d").glob("*.sources")):
        rows += _deb822(file.read_text())
    return rows


def _one_line(text: str) -> list[Row]:
    rows = []
    for line in text.splitlines():
        found = re.match(r"\s*deb\s+(?:\[([^]]*)\]\s+)?(\S+)\s+(\S+)", line)
        if found:
            options = dict(
                o.split("=", 1) for o in (found[1] or "").split() if "=" in o
            )
            rows.append((found[2], [found[3]], *_trust(options)))
    return rows


def _deb822(text: str) -> list[Row]:
    rows: list[Row] = []
    for stanza in re.split(r"\n\s*\n", re.sub(r"(?m)^#.*\n?", "", text)):
        fields = {
            name.lower(): " ".join(value.split())
            for name, value in re.findall(
                r"^([\w-]+):((?:.*)(?:\n[ \t].*)*)", stanza, re.MULTILINE
            )
        }
        if "deb" not in fields.get("types", "").split():
            continue
        if fields.get("enabled", "yes").lower() in ("no", "false"):
            continue
        for uri in fields.get("uris", "").split():
            rows.append((uri, fields.get("suites", "").split(), *_trust(fields)))
    return rows


def _trust(options: dict[str, str]) -> tuple[str, bool]:
    key = options.get("signed-by", "").split(",")[0].strip()
    usable = key.startswith("/") and Path(key).is_file()
    return (key if usable else KEYRING), options.get("trusted", "no").lower() == "yes"


def newer_keyrings(cache: Path, source: Source, step: Step) -> Iterator[str]:
    """Yield Debian keyrings to try, fetched along a chain of trust.

    First from the machine's own distribution (Ubuntu carries the package), then
    from the Debian releases, each checked with the newest key had so far.
    """
    known = source.signed_by
    for suite in (None, *KEYRING_SUITES):
        name = f"Debian {suite}" if suite else "this system"
        apt = AptFolder(cache / f"keyring-{suite or 'own'}")
        if suite:
            apt.use_sources(source.line(signed_by=known, suite=suite))
        else:
            apt.use_the_machines_sources()
        try:
            if update_or_say_why(apt, step, name).code:
                continue
            apt.download(["debian-archive-keyring"], step.progress)
        except StepFailed:
            continue
        into = cache / f"keyring-{suite or 'own'}" / "root"
        apt.unpack(into, step.progress)
        files = sorted(into.glob("usr/share/keyrings/debian-archive-keyring.[gp]*"))
        if files:
            step.note(f"Trying Debian's keyring of {name}.")
            known = str(files[0])
            yield known
