"""What Samvad is made of, as a CycloneDX 1.6 file: `make sbom`.

From the locks alone, so it needs no network and is the same on every machine: Python's
packages with the hashes that the set-up checks, npm's with theirs, Asterisk as it was
found. Licences are those that the installed packages declare.
"""

from __future__ import annotations

import base64
import json
import re
import sys
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).resolve().parents[1]
LOCK = PROJECT / "requirements" / "run.lock"
NPM_LOCK = PROJECT / "ivr" / "web" / "browser" / "package-lock.json"
ASTERISK = PROJECT / ".asterisk" / "info"
TARGET = PROJECT / "run" / "sbom.cdx.json"

_PINNED = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([^\s;\\]+)")
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")
_MODULES = "node_modules/"

Component = dict[str, Any]


def main() -> int:
    """Write the file; print where it is."""
    bom = bill()
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    TARGET.write_text(json.dumps(bom, ensure_ascii=False, indent=1) + "\n", "utf-8")
    where = TARGET.relative_to(PROJECT)
    sys.stdout.write(f"{len(bom['components'])} components: {where}\n")
    return 0


def bill() -> dict[str, Any]:
    """Return the whole document."""
    version = re.search(r'__version__ = "(.+)"', _text("ivr/__init__.py"))
    assert version is not None
    root = {
        "type": "application",
        "bom-ref": "samvad",
        "name": "samvad",
        "version": version[1],
        "licenses": [{"license": {"id": "MIT"}}],
    }
    components = [*of_python(LOCK.read_text()), *of_npm(_npm()), *of_asterisk()]
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid4()}",
        "version": 1,
        "metadata": {
            "timestamp": datetime.now(UTC).isoformat(timespec="seconds"),
            "component": root,
        },
        "components": components,
        "dependencies": [
            {"ref": "samvad", "dependsOn": [one["bom-ref"] for one in components]}
        ],
    }


def _text(name: str) -> str:
    return (PROJECT / name).read_text("utf-8")


def _npm() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(NPM_LOCK.read_text("utf-8"))
    return found


def of_python(lock: str) -> Iterator[Component]:
    """Yield the packages of a lock that pip checks by hashes."""
    name = version = ""
    hashes: list[str] = []
    seen: set[str] = set()
    for line in [*lock.splitlines(), "end==0"]:
        found = _PINNED.match(line)
        if found:
            if name and f"{name}=={version}" not in seen:
                seen.add(f"{name}=={version}")
                yield _python(name, version, hashes)
            name, version, hashes = found[1], found[2], []
        hashes += _HASH.findall(line)


def _python(name: str, version: str, hashes: list[str]) -> Component:
    purl = f"pkg:pypi/{name.lower().replace('_', '-')}@{version}"
    one: Component = {
        "type": "library",
        "bom-ref": purl,
        "name": name,
        "version": version,
        "purl": purl,
        # One for each file that the set-up may take: wheels of several machines.
        "externalReferences": [
            {
                "type": "distribution",
                "url": f"https://pypi.org/project/{name}/{version}/",
                "hashes": [{"alg": "SHA-256", "content": one} for one in hashes],
            }
        ],
    }
    declared = _licence(name)
    return one | ({"licenses": declared} if declared else {})


def _licence(name: str) -> list[dict[str, Any]]:
    """Return what the package says of itself, where it is installed."""
    try:
        about = metadata(name)
    except PackageNotFoundError:
        return []
    if expression := about.get("License-Expression"):
        return [{"expression": expression}]
    classifiers = about.get_all("Classifier") or []
    names = [
        one.rpartition(" :: ")[2]
        for one in classifiers
        if one.startswith("License :: ")
    ]
    return [{"license": {"name": one}} for one in names]


def of_npm(lock: dict[str, Any]) -> Iterator[Component]:
    """Yield the packages of package-lock.json; those of other processors too."""
    for place, about in lock["packages"].items():
        if not place.startswith(_MODULES) or "version" not in about:
            continue
        name = place.rpartition(_MODULES)[2]
        purl = f"pkg:npm/{name.replace('@', '%40')}@{about['version']}"
        one: Component = {
            "type": "library",
            "bom-ref": purl,
            "name": name,
            "version": about["version"],
            "purl": purl,
            # Node, esbuild and what they need make the pages; they do not run later.
            "scope": "excluded" if about.get("dev") else "required",
        }
        algorithm, _, digest = about.get("integrity", "").partition("-")
        if algorithm == "sha512":
            content = base64.b64decode(digest).hex()
            one["hashes"] = [{"alg": "SHA-512", "content": content}]
        if "license" in about:
            one["licenses"] = [{"expression": about["license"]}]
        yield one


def of_asterisk() -> Iterator[Component]:
    """Yield Asterisk as it was found or fetched; nothing before the set-up."""
    if ASTERISK.is_file():
        about = json.loads(ASTERISK.read_text("utf-8"))
        yield {
            "type": "application",
            "bom-ref": "asterisk",
            "name": "asterisk",
            "version": about["version"],
            "description": f"from {about['source']}",
            "licenses": [{"license": {"id": "GPL-2.0-only"}}],
        }


if __name__ == "__main__":
    sys.exit(main())
