"""The walls between the rooms: who may import whom, and whose words are used where.

Reads the project's Python files as text (`ast`); imports none of them. The rules are
the two tables below; docs/architecture.md tells why they are as they are. A new room
or a new library is a new line here, made on purpose.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]

# What decides needs no more of Python than this. Nothing here reads a clock, a file,
# an environment or a die (zoneinfo reads the zones' rules, which are data).
PURE_PYTHON = frozenset(
    """
    __future__ bisect collections dataclasses datetime decimal difflib enum fractions
    functools hashlib heapq ipaddress itertools json math operator re statistics string
    textwrap types typing unicodedata zoneinfo
    """.split()
)


# The arithmetic of pacing is asked at every event, so it may count in arrays.
MAY_COUNT_IN_ARRAYS = frozenset(
    {
        "ivr/core/estimates.py",
        "ivr/core/hazards.py",
        "ivr/core/offer.py",
        "ivr/core/spans.py",
        "ivr/core/pacing.py",
        "ivr/core/pacing_counts.py",
    }
)


@dataclass(frozen=True)
class Room:
    """What a room may import: of ours (as tightly as it needs), and of others."""

    ours: tuple[str, ...]
    libraries: tuple[str, ...] = ()


CORE = ("ivr.core", "ivr.errors")
ROOMS = {
    "core": Room(ours=CORE, libraries=("numpy",)),
    # Values of the controller's ports: what the store takes and returns.
    "store": Room(
        ours=(
            *CORE,
            "ivr.controller.campaign_workshop",
            "ivr.controller.flow_ports.Release",
            "ivr.controller.flow_ports.Save",
            "ivr.controller.flow_ports.Source",
            "ivr.controller.hooks",
            "ivr.controller.ports.Abandonment",
            "ivr.controller.ports.DeskThen",
            "ivr.controller.programs",
            "ivr.controller.trunk_meter.OpenLeg",
            "ivr.controller.users.AuditEntry",
            "ivr.controller.users.WebSession",
            "ivr.files",
        ),
        libraries=("alembic", "asyncpg", "pydantic", "sqlalchemy"),
    ),
    "asterisk": Room(
        ours=(
            *CORE,
            "ivr.controller.ports",
            "ivr.controller.practice_ports",
            "ivr.controller.trial_ports",
            "ivr.files",
            "ivr.settings.certificate",
            "ivr.settings.config",
            "ivr.settings.secret",
        ),
        libraries=("jinja2", "panoramisk", "structlog"),
    ),
    "settings": Room(
        ours=(*CORE, "ivr.files"), libraries=("pydantic", "pydantic_core", "yaml")
    ),
    "prompts": Room(
        ours=(*CORE, "ivr.files"), libraries=("gtts", "numpy", "pydantic", "yaml")
    ),
    "intake": Room(ours=CORE, libraries=("fastexcel", "phonenumbers", "polars")),
    # Results as they are read: it is given a Report, and counts nothing.
    "report": Room(ours=CORE, libraries=("jinja2", "markupsafe", "rich", "xlsxwriter")),
    "controller": Room(ours=CORE, libraries=("structlog",)),
    "web": Room(
        ours=(
            *CORE,
            "ivr.controller.campaign_workshop",
            "ivr.controller.contact_lists",
            "ivr.controller.erasures",
            "ivr.controller.floor_operations",
            "ivr.controller.hooks",
            "ivr.__version__",
            "ivr.controller.flow_ports",
            "ivr.controller.flow_workshop",
            "ivr.controller.list_imports",
            "ivr.controller.listening",
            "ivr.controller.operations",
            "ivr.controller.practice",
            "ivr.controller.prompt_workshop",
            "ivr.controller.recordings",
            "ivr.controller.results",
            "ivr.controller.settings_workshop",
            "ivr.controller.trial_calls",
            "ivr.controller.trial_ports.TrialRefused",
            "ivr.controller.programs",
            "ivr.controller.users",
            "ivr.report",
        ),
        libraries=(
            "aiohttp",
            "argon2",
            "babel",
            "jinja2",
            "markupsafe",
            "prometheus_client",
            "pydantic",
            "segno",
            "structlog",
            "yarl",
        ),
    ),
    # The network and its people: a second Asterisk, run as the first one is.
    "simulation": Room(
        ours=(
            *CORE,
            "ivr.asterisk.ami",
            "ivr.asterisk.fastagi",
            "ivr.asterisk.process",
            "ivr.asterisk.provision",
            "ivr.asterisk.voice_ports",
            "ivr.settings.campaign_shape",
            "ivr.settings.checked",
            "ivr.settings.config",
            "ivr.settings.flow_folder",
            "ivr.settings.flows",
            "ivr.settings.located",
            "ivr.settings.secret",
        ),
        libraries=("aiohttp", "numpy", "pydantic", "structlog", "uvloop", "yaml"),
    ),
    # Campaigns, prompts and settings made in the browser: files, store, sounds and
    # forecasts brought together, behind the Protocols that the pages know.
    "workshop": Room(
        ours=(
            *CORE,
            "ivr.controller.campaign_workshop",
            "ivr.controller.prompt_workshop",
            "ivr.controller.settings_workshop",
            "ivr.files",
            "ivr.prompts",
            "ivr.settings",
            "ivr.simulation.forecast",
            "ivr.store",
            "ivr.to_the_end",
        ),
        libraries=("structlog",),
    ),
    # What is encrypted at rest, and its keys.
    "vault": Room(ours=(*CORE, "ivr.files"), libraries=("nacl", "structlog")),
    # Everything that cannot be made again, in one file, and the way back.
    "backup": Room(
        ours=(
            *CORE,
            "ivr.__version__",
            "ivr.files",
            "ivr.settings.config",
            "ivr.settings.home",
            "ivr.settings.secret",
            "ivr.store",
            "ivr.vault.passphrase",
        ),
    ),
    # Faults and what is judged afterwards; the network's voters are its witnesses.
    "chaos": Room(
        ours=(
            *CORE,
            "ivr.simulation.agreement",
            "ivr.simulation.compare_keys",
            "ivr.simulation.lived",
            "ivr.simulation.tones",
        ),
        libraries=("numpy",),
    ),
    # The only room that sees all the others: it wires them together.
    "cli": Room(
        ours=("ivr",),
        libraries=("prometheus_client", "rich", "structlog", "typer", "uvloop"),
    ),
}

# Python files beside the rooms.
BESIDE = {
    "errors": Room(ours=()),
    "files": Room(ours=("ivr.errors",)),
    "to_the_end": Room(ours=()),
}

# Python files outside ivr/: their own siblings may be imported besides these.
OUTSIDE = {
    "dialer.py": Room(
        ours=("ivr.__version__", "ivr.cli", "ivr.errors"), libraries=("rich", "typer")
    ),
    # A process of its own, which must work when the controller does not.
    "agi_scripts": Room(ours=(), libraries=("asterisk",)),
    # They run before the environment is there.
    "scripts": Room(ours=()),
    "docker": Room(
        ours=(
            "ivr.asterisk.provision",
            "ivr.errors",
            "ivr.settings.config",
            "ivr.settings.people",
        )
    ),
    "config": Room(ours=(), libraries=("yaml",)),
}

# Libraries with one home, whatever a room's line says above.
ONLY_IN = {
    "panoramisk": {"asterisk"},
    "asterisk": {"agi_scripts"},  # pyst2
    "sqlalchemy": {"store"},
    "alembic": {"store"},
    "asyncpg": {"store"},
    "sqlite3": {"store"},
    "nacl": {"vault"},
    "aiohttp": {"web", "simulation"},  # a server; a client of it
    "polars": {"intake"},
    "random": {"simulation", "config", "chaos"},
    "typer": {"cli", "dialer.py"},
}

# Asterisk's words, as parts of a name. ("channels", how many calls a trunk carries
# at once, is the operators' word and in config/samvad.toml.)
ASTERISKS_WORDS = frozenset(
    """
    agi ami ari asterisk channel context contexts dialplan dtmf exten extension
    extensions fastagi hangup originate panoramisk pjsip stasis
    """.split()
)


@dataclass(frozen=True)
class Source:
    """One Python file, read but not run."""

    path: str
    room: str
    tree: ast.Module
    imports: tuple[tuple[str, int], ...]  # each thing's full name, and the line


def _read(path: Path, room: str) -> Source:
    where = str(path.relative_to(PROJECT))
    tree = ast.parse(path.read_text("utf-8"), where)
    return Source(where, room, tree, tuple(_imports(tree, where)))


def _imports(tree: ast.Module, where: str) -> Iterator[tuple[str, int]]:
    for node in ast.walk(tree):
        match node:
            case ast.Import():
                yield from ((alias.name, node.lineno) for alias in node.names)
            case ast.ImportFrom(level=0, module=str(module)):
                for alias in node.names:
                    yield f"{module}.{alias.name}", node.lineno
            case ast.ImportFrom():
                raise ValueError(f"{where}:{node.lineno}: write imports in full")


def _files(folder: str) -> list[Path]:
    """Return the Python files under `folder`: by their name, or by their first line."""
    root = PROJECT / folder
    if root.is_file():
        return [root]
    scripts = [
        file
        for file in root.iterdir()
        if file.is_file() and b"python" in file.read_bytes().partition(b"\n")[0]
    ]
    return sorted({*root.rglob("*.py"), *scripts})


FOLDERS = sorted(
    path.name
    for path in (PROJECT / "ivr").iterdir()
    if path.is_dir() and any(path.glob("*.py"))
)
INSIDE = [_read(f, room) for room in FOLDERS for f in _files(f"ivr/{room}")]
AROUND = [_read(f, room) for room in OUTSIDE for f in _files(room)]
NEXT_TO = [_read(PROJECT / f"ivr/{name}.py", name) for name in BESIDE]
EVERYTHING = [*INSIDE, *AROUND, *NEXT_TO]
ALL_ROOMS = [*FOLDERS, *OUTSIDE, *BESIDE]


def _of(room: str) -> list[Source]:
    return [source for source in EVERYTHING if source.room == room]


def _is_under(name: str, allowed: Iterable[str]) -> bool:
    return any(name == one or name.startswith(f"{one}.") for one in allowed)


def _rule(source: Source) -> Room:
    return (ROOMS | OUTSIDE | BESIDE)[source.room]


def _siblings(source: Source) -> set[str]:
    """Return the modules that stand beside a file which is run as a program."""
    if source.room not in OUTSIDE:
        return set()
    return {file.stem for file in (PROJECT / source.path).parent.glob("*.py")}


def test_every_room_has_its_rule() -> None:
    assert set(FOLDERS) <= set(ROOMS)


@pytest.mark.parametrize("room", ALL_ROOMS)
def test_a_room_imports_only_what_it_may(room: str) -> None:
    wrong = []
    for source in _of(room):
        for name, line in source.imports:
            if not _may_import(source, name):
                wrong.append(f"{source.path}:{line}: {room} may not import {name}")
    assert not wrong


def _may_import(source: Source, name: str) -> bool:
    rule = _rule(source)
    top = name.partition(".")[0]
    if top == "ivr":
        return _is_under(name, (f"ivr.{source.room}", *rule.ours))
    known = sys.stdlib_module_names | {*rule.libraries} | _siblings(source)
    return top in known


@pytest.mark.parametrize("room", [*FOLDERS, *OUTSIDE])
def test_a_rule_allows_no_more_than_is_needed(room: str) -> None:
    rule = (ROOMS | OUTSIDE)[room]
    imported = [name for source in _of(room) for name, _ in source.imports]
    needless = [
        allowed
        for allowed in (*rule.ours, *rule.libraries)
        if allowed not in CORE
        and not any(_is_under(name, [allowed]) for name in imported)
    ]
    assert not needless


@pytest.mark.parametrize("library", ONLY_IN)
def test_a_library_is_known_in_its_own_room_only(library: str) -> None:
    found_in = {
        source.room
        for source in EVERYTHING
        if any(_is_under(name, [library]) for name, _ in source.imports)
    }
    assert found_in
    assert found_in <= ONLY_IN[library]


def test_nothing_that_ships_needs_the_tests() -> None:
    assert not [
        source.path
        for source in EVERYTHING
        if any(_is_under(name, ["tests"]) for name, _ in source.imports)
    ]


def test_only_the_command_line_sees_the_command_line() -> None:
    seen_by = {
        source.room
        for source in EVERYTHING
        if any(_is_under(name, ["ivr.cli"]) for name, _ in source.imports)
    }
    assert seen_by <= {"cli", "dialer.py"}


def test_no_two_rooms_need_each_other() -> None:
    needs: dict[str, set[str]] = {room: set() for room in FOLDERS}
    for source in INSIDE:
        for name, _ in source.imports:
            parts = name.split(".")
            if parts[0] == "ivr" and parts[1] in needs and parts[1] != source.room:
                needs[source.room].add(parts[1])
    # Raises CycleError, naming the circle, if there is one.
    order = list(TopologicalSorter(needs).static_order())
    assert order[0] == "core"
    assert order.index("cli") > order.index("controller")


def test_what_decides_uses_pure_python() -> None:
    of_python = {
        name.partition(".")[0]
        for source in [*_of("core"), *_of("errors")]
        for name, _ in source.imports
        if not _is_under(name, ["ivr"])
        and not (source.path in MAY_COUNT_IN_ARRAYS and _is_under(name, ["numpy"]))
    }
    assert of_python <= PURE_PYTHON


@pytest.mark.parametrize("source", _of("core"), ids=lambda source: source.path)
def test_what_decides_never_waits_and_never_asks_the_time(source: Source) -> None:
    wrong = []
    for node in ast.walk(source.tree):
        match node:
            case (
                ast.AsyncFunctionDef() | ast.Await() | ast.AsyncFor() | ast.AsyncWith()
            ):
                wrong.append(f"{source.path}:{node.lineno}: it waits")
            case ast.Call(func=ast.Attribute(attr="now" | "today" | "utcnow")):
                wrong.append(f"{source.path}:{node.lineno}: it asks the time")
            case ast.Call(func=ast.Name(id="open" | "print" | "input")):
                wrong.append(f"{source.path}:{node.lineno}: it reads or writes")
            case ast.Global():
                wrong.append(f"{source.path}:{node.lineno}: it keeps state")
    assert not wrong


def _names(tree: ast.Module) -> Iterator[tuple[str, int]]:
    """Yield every name that the file itself gives or uses, docstrings aside."""
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=str(name)) | ast.Attribute(attr=str(name)):
                yield name, node.lineno
            case ast.arg(arg=str(name)) | ast.keyword(arg=str(name)):
                yield name, node.lineno
            case (
                ast.FunctionDef(name=str(name))
                | ast.AsyncFunctionDef(name=str(name))
                | ast.ClassDef(name=str(name))
            ):
                yield name, node.lineno
            case ast.alias(name=str(name), asname=alias):
                yield from ((part, node.lineno) for part in name.split("."))
                yield alias or "", node.lineno


def _words(name: str) -> set[str]:
    """Return the words of a name: {"sip", "code"} of SIP_CODE, sip_code and SipCode."""
    parts = re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", name)
    return {part.lower() for part in parts}


@pytest.mark.parametrize("room", ["core", "controller"])
def test_asterisks_words_stay_in_asterisks_room(room: str) -> None:
    assert not [
        f"{source.path}:{line}: {name}"
        for source in _of(room)
        for name, line in _names(source.tree)
        if _words(name) & ASTERISKS_WORDS
    ]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("BY_SIP_CODE", {"by", "sip", "code"}),
        ("AmiAddress", {"ami", "address"}),
        ("AGISession", {"agi", "session"}),
        ("channel_of", {"channel", "of"}),
        ("channels_free", {"channels", "free"}),
    ],
)
def test_a_name_is_taken_apart_into_its_words(name: str, words: set[str]) -> None:
    assert _words(name) == words
