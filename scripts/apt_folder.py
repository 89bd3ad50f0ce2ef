"""apt in a folder of its own: finds, downloads and unpacks packages of any suite.

It touches nothing outside its folder, needs no root, runs no maintainer script,
and knows nothing of what this machine has installed. Of the machine's own apt
configuration it takes the network settings (proxies, certificates, time-outs).
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from steps import Step, StepFailed, megabytes

# Kept from the machine's configuration: how to reach a server, and nothing else.
NETWORK = re.compile(
    r"^Acquire::(https?|ftp|tor|socks|Retries|ForceIPv[46]|Proxy|Queue-Mode)",
    re.IGNORECASE,
)
EXPIRED = re.compile(r"is expired \(invalid since")
UNKNOWN_KEY = re.compile(r"NO_PUBKEY|public key is not available|couldn't be verified")


@dataclass(frozen=True)
class Answer:
    """What one apt command said."""

    code: int
    text: str

    @property
    def expired(self) -> bool:
        return self.code != 0 and bool(EXPIRED.search(self.text))

    @property
    def unknown_key(self) -> bool:
        return self.code != 0 and bool(UNKNOWN_KEY.search(self.text))

    @property
    def reason(self) -> str:
        errors = [line for line in self.text.splitlines() if line.startswith("E:")]
        return " ".join(errors[:2]) or self.text.strip()[-300:] or f"exit {self.code}"


class AptFolder:
    """One folder with apt's lists and downloads for one set of sources."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.archives = folder / "cache" / "archives"
        self._may_be_expired = False
        for name in ("state/lists/partial", "cache/archives/partial", "empty"):
            (folder / name).mkdir(parents=True, exist_ok=True)
        (folder / "status").touch()  # an empty machine: every dependency counts

    def use_sources(self, text: str) -> None:
        """Take packages from these one-line sources only."""
        (self.folder / "sources.list").write_text(text)
        self._configure(self.folder / "sources.list", self.folder / "empty")

    def use_the_machines_sources(self) -> None:
        """Take packages from where this machine takes its own."""
        etc = Path("/etc/apt")
        self._configure(etc / "sources.list", etc / "sources.list.d")

    def accept_expired(self) -> None:
        """Read a Release file past its date: its signature is checked as ever."""
        self._may_be_expired = True

    def _configure(self, sources: Path, parts: Path) -> None:
        folder, empty = self.folder, self.folder / "empty"
        lines = [
            f'Dir::Etc::main "/dev/null"; Dir::Etc::parts "{empty}";',
            f'Dir::Etc::sourcelist "{sources}"; Dir::Etc::sourceparts "{parts}";',
            f'Dir::Etc::preferences "/dev/null"; Dir::Etc::preferencesparts "{empty}";',
            f'Dir::State "{folder}/state"; Dir::State::status "{folder}/status";',
            f'Dir::Cache "{folder}/cache"; Dir::Cache::archives "{self.archives}";',
            'APT::Sandbox::User "root"; APT::Install-Recommends "false";',
            'Acquire::Languages "none"; Acquire::Retries "3";',
            *_network_settings(),
        ]
        (folder / "apt.conf").write_text("\n".join(lines) + "\n")

    def update(self) -> Answer:
        """Fetch the lists of packages."""
        return self._apt("update", "-o", "APT::Update::Error-Mode=any")

    def candidate(self, package: str) -> str | None:
        """Return the version that would be installed, or None."""
        answer = self._run("apt-cache", "policy", package)
        found = re.search(r"Candidate: (\S+)", answer.text)
        return found[1] if found and found[1] != "(none)" else None

    def sizes(self, packages: list[str]) -> dict[str, int]:
        """Return every file needed for `packages` that is not here yet, in bytes."""
        answer = self._apt("install", "-y", "--print-uris", *packages)
        if answer.code:
            raise StepFailed(answer.reason)
        rows = re.findall(r"^'\S+' (\S+) (\d+)", answer.text, re.MULTILINE)
        return {name: int(size) for name, size in rows}

    def download(self, packages: list[str], progress: Callable[[str], None]) -> int:
        """Download `packages` and all they need; return the bytes fetched.

        What an interrupted run had fetched already is not fetched again.
        """
        missing = self.sizes(packages)
        total = sum(missing.values())
        command = ["apt-get", "-q", "install", "-y", "--download-only", *packages]
        command += ["-o", "APT::Status-Fd=1", *self._options()]
        child = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=self._environment(),
        )
        assert child.stdout is not None
        said = []
        for line in child.stdout:
            status = re.match(r"dlstatus:\d+:([\d.]+):", line)
            if status:
                share = float(status[1]) / 100
                progress(f"{megabytes(total * share)} of {megabytes(total)}")
            said.append(line)
        if child.wait():
            raise StepFailed(Answer(1, "".join(said)).reason)
        return total

    def unpack(self, into: Path, progress: Callable[[str], None]) -> int:
        """Unpack every downloaded package into a folder; return how many."""
        files = sorted(self.archives.glob("*.deb"))
        into.mkdir(parents=True, exist_ok=True)
        # Packages own their files, so two can be unpacked at the same time.
        with ThreadPoolExecutor(min(4, os.cpu_count() or 1)) as pool:
            for count, answer in enumerate(
                pool.map(lambda file: _unpack_one(file, into), files), start=1
            ):
                if answer.code:
                    raise StepFailed(f"cannot unpack: {answer.reason}")
                progress(f"{count} of {len(files)} packages")
        return len(files)

    def _apt(self, *words: str) -> Answer:
        return self._run("apt-get", "-q", *words)

    def _run(self, *command: str) -> Answer:
        done = subprocess.run(
            [*command, *self._options()],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=self._environment(),
            check=False,
        )
        return Answer(done.returncode, done.stdout)

    def _options(self) -> list[str]:
        if not self._may_be_expired:
            return []
        return ["-o", "Acquire::Check-Valid-Until=false"]

    def _environment(self) -> dict[str, str]:
        ours = {"APT_CONFIG": str(self.folder / "apt.conf"), "LC_ALL": "C.UTF-8"}
        return {**os.environ, **ours, "DEBIAN_FRONTEND": "noninteractive"}


def update_or_say_why(apt: AptFolder, step: Step, where: str) -> Answer:
    """Fetch the lists; an expired Release file is accepted, and said so."""
    answer = apt.update()
    if not answer.expired:
        return answer
    step.note(
        f"{where} lags behind: its Release file is past its date. Going on with it, "
        "its signature is still checked."
    )
    apt.accept_expired()
    return apt.update()


def _unpack_one(file: Path, into: Path) -> Answer:
    done = subprocess.run(
        ["dpkg-deb", "--extract", str(file), str(into)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return Answer(done.returncode, f"{file.name}: {done.stdout}")


def _network_settings() -> list[str]:
    dump = subprocess.run(
        ["apt-config", "dump"], capture_output=True, text=True, check=False
    )
    return [line for line in dump.stdout.splitlines() if NETWORK.match(line)]
