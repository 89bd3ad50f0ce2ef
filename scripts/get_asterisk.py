#!/usr/bin/env python3
"""Get a real Asterisk, 20 or newer, into .asterisk/ of this project.

Order: an asterisk on PATH; the distribution's own package; Debian's suite forky.
Packages are only unpacked (no root, no chroot, no maintainer script, no daemon
started), and the program runs through its own loader with its own libraries, so
it sees the machine's files, names and addresses as any other process does.

Writes .asterisk/asterisk, the program everybody calls, and .asterisk/info (JSON:
version, modules, data, source). Only the standard library.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from apt_folder import AptFolder, update_or_say_why
from apt_sources import Source, debian_sources, newer_keyrings, os_release
from asterisk_proof import missing_modules, prove
from steps import Step, StepFailed, megabytes, say

PROJECT = Path(__file__).resolve().parent.parent
OLDEST = 20
SUITE = "forky"  # the first Debian suite after 11 that carries Asterisk again
PACKAGES = ["asterisk"]
# Suites known to have no Asterisk: asking them would only cost a download.
WITHOUT = {"bookworm", "trixie"}

WRAPPER = """\
#!/bin/sh
# Made by scripts/get_asterisk.py. Runs Asterisk with the libraries it came with;
# what Asterisk starts (AGI scripts) keeps this machine's own.
root=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)/root
libs={libs}
exec "$root/{loader}" --argv0 asterisk --library-path "$libs" \\
  "$root/usr/sbin/asterisk" "$@"
"""


@dataclass(frozen=True)
class Found:
    """An Asterisk, and where its modules and data are."""

    version: str
    modules: Path
    data: Path
    source: str


def main() -> int:
    """Get Asterisk, unless it is here already. Returns the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--again", action="store_true", help="get it anew")
    parser.add_argument("--from", dest="source", choices=["path", "own", SUITE])
    wanted = parser.parse_args()
    try:
        ensure(again=wanted.again, source=wanted.source)
    except StepFailed as failure:
        say(f"\nAsterisk could not be set up: {failure}")
        return 1
    except KeyboardInterrupt:
        say("\nStopped. Run it again to go on from here.")
        return 130
    return 0


def ensure(*, again: bool = False, source: str | None = None) -> None:
    """Have an Asterisk in .asterisk/, getting one if need be. Raises StepFailed."""
    target = PROJECT / ".asterisk"
    here = None if again else already_here(target)
    if here:
        say(f"      Asterisk {here}: ready")
    else:
        get(target, source)


def already_here(target: Path) -> str | None:
    """Return the version of the Asterisk in `target` if it runs, else None."""
    try:
        info = json.loads((target / "info").read_text())
    except (OSError, ValueError):
        return None
    moved = not str(info.get("home", "")) == str(target)
    if moved or missing_modules(Path(info["modules"])):
        return None
    return version_of(target / "asterisk")


def get(target: Path, source: str | None) -> None:
    """Build `target` beside its place, prove it, and put it there."""
    draft = target.with_name(target.name + ".new")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir()
    found = None
    if source in (None, "path"):
        found = from_path(draft)
    if not found and source in (None, "own"):
        found = from_own_distribution(draft)
    if not found and source in (None, SUITE):
        found = from_forky(draft)
    if not found:
        raise StepFailed(f"there is none to be had from {source!r}")
    with Step("Asterisk starts") as step:
        step.result = prove(draft / "asterisk", found.modules, found.data)
    write_info(draft, target, found)
    put_in_place(draft, target)
    # Lists and downloads only repeat what is unpacked now.
    shutil.rmtree(PROJECT / ".cache" / "apt", ignore_errors=True)


def from_path(draft: Path) -> Found | None:
    """Use the asterisk that is installed, if it is new enough and complete."""
    program = shutil.which("asterisk", path=os.environ.get("PATH", "") + ":/usr/sbin")
    if not program:
        return None
    version = version_of(Path(program))
    if not version or major(version) < OLDEST:
        say(f"      {program} is version {version or '?'}; {OLDEST} is needed")
        return None
    modules, data = installed_folders()
    if lacking := missing_modules(modules):
        say(f"      {program} lacks {', '.join(lacking)}; getting a complete one")
        return None
    write_program(draft / "asterisk", f'#!/bin/sh\nexec {program} "$@"\n')
    say(f"      Asterisk {version} is installed: {program}")
    return Found(version, modules, data, f"installed: {program}")


def from_own_distribution(draft: Path) -> Found | None:
    """Unpack the distribution's own package, if it is new enough."""
    release = os_release()
    name = release.get("PRETTY_NAME", "this system")
    if release.get("VERSION_CODENAME") in WITHOUT or not shutil.which("apt-get"):
        return None
    apt = AptFolder(PROJECT / ".cache" / "apt" / "own")
    apt.use_the_machines_sources()
    with Step(f"Asterisk in {name}") as step:
        answer = update_or_say_why(apt, step, name)
        version = apt.candidate("asterisk")
        if answer.code or not version or major(version) < OLDEST:
            step.result = f"{version or 'none'} ({OLDEST} is needed)"
            return None
        step.result = version
    extras = [p for p in ("asterisk-opus",) if apt.candidate(p)]
    return unpack(apt, draft, PACKAGES + extras, name)


def from_forky(draft: Path) -> Found:
    """Unpack Debian's package of the suite that carries it."""
    if not shutil.which("apt-get") or not shutil.which("dpkg-deb"):
        raise StepFailed(
            f"this system has no apt. Install Asterisk {OLDEST} or newer with its own "
            "package manager, or use `docker compose up` (docs/operations.md)"
        )
    apt = AptFolder(PROJECT / ".cache" / "apt" / SUITE)
    reasons = []
    for source in debian_sources(SUITE):
        try:
            with Step(f"List of packages, Debian {SUITE}") as step:
                read_lists(apt, source, step)
            return unpack(apt, draft, PACKAGES, f"Debian {SUITE}")
        except StepFailed as failure:
            reasons.append(f"{source.uri}: {failure}")
    raise StepFailed(
        "no Debian mirror could be used.\n  "
        + "\n  ".join(reasons)
        + "\nCheck the network (proxies: /etc/apt/apt.conf.d), then run this again: "
        "what was downloaded is kept."
    )


def read_lists(apt: AptFolder, source: Source, step: Step) -> None:
    """Fetch the lists, with a newer keyring if this machine's is too old."""
    cache = PROJECT / ".cache" / "apt"
    apt.use_sources(source.line())
    answer = update_or_say_why(apt, step, "The mirror")
    if answer.unknown_key:
        step.note("This machine does not have the key that Debian's suite needs.")
        for keyring in newer_keyrings(cache, source, step):
            apt.use_sources(source.line(signed_by=keyring))
            answer = update_or_say_why(apt, step, "The mirror")
            if not answer.code:
                return
        raise StepFailed(
            f"{answer.reason} Debian's archive keyring on this machine is too old or "
            "missing: sudo apt-get install debian-archive-keyring"
        )
    if answer.code:
        raise StepFailed(answer.reason)


def unpack(apt: AptFolder, draft: Path, packages: list[str], origin: str) -> Found:
    """Download and unpack `packages` to draft/root and write the wrapper."""
    sizes = apt.sizes(packages)
    title = f"Asterisk from {origin}: {len(sizes)} packages to fetch"
    with Step(f"{title}, {megabytes(sum(sizes.values()))}") as step:
        apt.download(packages, step.progress)
    root = draft / "root"
    with Step("Unpacking Asterisk") as step:
        count = apt.unpack(root, step.progress)
        step.result = f"{count} packages, {megabytes(size_of(root))}"
    english = root / "usr/share/asterisk/sounds/en"
    if not english.exists() and (english.parent / "en_US_f_Allison").exists():
        english.symlink_to("en_US_f_Allison")  # a maintainer script would do this
    version = (apt.candidate("asterisk") or "").split(":")[-1].split("+")[0]
    write_wrapper(draft)
    modules = next(root.glob("usr/lib/*/asterisk/modules"), None)
    if not modules:
        raise StepFailed(f"the packages of {origin} hold no Asterisk modules")
    return Found(version, modules, root / "usr/share/asterisk", origin)


def write_wrapper(draft: Path) -> None:
    """Write the program that starts Asterisk through its own loader."""
    root = draft / "root"
    loaders = [*root.glob("usr/lib64/ld-linux*.so*"), *root.glob("lib64/ld-linux*")]
    loaders += [*root.glob("usr/lib/ld-linux*.so*"), *root.glob("lib/ld-linux*.so*")]
    loaders += [*root.glob("usr/lib/*/ld-linux*"), *root.glob("lib/*/ld-linux*")]
    loader = next((one for one in loaders if one.exists()), None)
    if not loader:
        raise StepFailed("the packages hold no dynamic loader (libc6)")
    folders = {lib.parent for lib in root.glob("usr/lib/*/libc.so.6")}
    folders |= {lib.parent for lib in root.glob("lib/*/libc.so.6")}
    folders |= {lib.parent for lib in root.glob("usr/lib/*/libjansson.so.4")}
    inside = [f'"$root/{folder.relative_to(root)}"' for folder in sorted(folders)]
    script = WRAPPER.format(libs='":"'.join(inside), loader=loader.relative_to(root))
    write_program(draft / "asterisk", script)


def write_info(draft: Path, target: Path, found: Found) -> None:
    """Say where things will be once the draft is in place."""

    def final(path: Path) -> str:
        inside = path.is_relative_to(draft)
        return str(target / path.relative_to(draft) if inside else path)

    info = {
        "version": found.version,
        "modules": final(found.modules),
        "data": final(found.data),
        "source": found.source,
        "home": str(target),
    }
    (draft / "info").write_text(json.dumps(info, indent=2) + "\n")


def put_in_place(draft: Path, target: Path) -> None:
    """Swap the finished draft in; an interruption leaves the old or the new."""
    old = target.with_name(target.name + ".old")
    shutil.rmtree(old, ignore_errors=True)
    if target.exists():
        target.rename(old)
    draft.rename(target)
    shutil.rmtree(old, ignore_errors=True)


def installed_folders() -> tuple[Path, Path]:
    """Return modules and data folder of the installed Asterisk."""
    said = {}
    config = Path("/etc/asterisk/asterisk.conf")
    if config.is_file() and os.access(config, os.R_OK):
        said = dict(re.findall(r"^(ast\w+dir)\s*=>?\s*(\S+)", config.read_text(), re.M))
    places = [said.get("astmoddir"), *map(str, Path("/usr/lib").glob("*/asterisk"))]
    places += ["/usr/lib/asterisk/modules", "/usr/lib64/asterisk/modules"]
    folders = [Path(p) for p in places if p]
    folders += [p / "modules" for p in folders]
    modules = next((p for p in folders if (p / "res_agi.so").exists()), folders[0])
    data = [said.get("astdatadir"), "/usr/share/asterisk", "/var/lib/asterisk"]
    kept = next((Path(p) for p in data if p and (Path(p) / "sounds").exists()), None)
    return modules, kept or Path("/var/lib/asterisk")


def version_of(program: Path) -> str | None:
    """Return what `asterisk -V` says, without the packager's suffix."""
    try:
        done = subprocess.run(
            [str(program), "-V"], capture_output=True, text=True, timeout=20
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    found = re.search(r"Asterisk (\d[\w.]*)", done.stdout)
    return found[1] if found else None


def major(version: str) -> int:
    """Return the first number of a version, without Debian's epoch."""
    found = re.match(r"(?:\d+:)?(\d+)", version)
    return int(found[1]) if found else 0


def write_program(path: Path, text: str) -> None:
    path.write_text(text)
    path.chmod(0o755)


def size_of(folder: Path) -> int:
    return sum(f.lstat().st_size for f in folder.rglob("*") if f.is_file())


if __name__ == "__main__":
    sys.exit(main())
