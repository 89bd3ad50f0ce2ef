"""A dump of a PostgreSQL database and the way back, by PostgreSQL's own programs.

Passwords go by the environment: a command line can be read by everybody.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, inspect, text
from sqlalchemy.engine import URL

from ivr.errors import BadInput, SetupFailed
from ivr.store.copying import COUNTED

FOLDERS = "/usr/lib/postgresql", "/usr/pgsql", "/opt/homebrew/opt"
ASIDE = "before_"  # schemas in which a restore keeps what was there
REMEDY = (
    "apt-get install postgresql-client-{major}, from apt.postgresql.org if your "
    "distribution has an older one"
)
MAX_SAID = 4096  # bytes of what a program complains about
_VERSION = re.compile(r"\(PostgreSQL\) (\d+)")


@dataclass(frozen=True, slots=True)
class Program:
    file: Path
    major: int


def program(name: str, server_major: int) -> Program:
    """Return pg_dump or pg_restore, as new as the server. Raises SetupFailed."""
    remedy = REMEDY.format(major=server_major or "17")
    found = [one for file in _candidates(name) if (one := _looked_at(file))]
    if not found:
        raise SetupFailed(f"{name} is missing: {remedy}")
    best = max(found, key=lambda one: one.major)
    if best.major < server_major:
        raise SetupFailed(
            f"{best.file} is of version {best.major}, the server of {server_major}: "
            + remedy
        )
    return best


def _candidates(name: str) -> list[Path]:
    """Return the distribution's own first: the one on PATH may be a wrapper."""
    files = [
        file
        for folder in FOLDERS
        for file in Path(folder).parent.glob(f"{Path(folder).name}*/**/bin/{name}")
    ]
    on_path = shutil.which(name)
    return [*files, *([Path(on_path)] if on_path else [])]


def _looked_at(file: Path) -> Program | None:
    try:
        done = subprocess.run(
            [file, "--version"], capture_output=True, text=True, timeout=10, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    found = _VERSION.search(done.stdout)
    return Program(file, int(found[1])) if found else None


def environment_of(url: URL) -> dict[str, str]:
    """Return what PostgreSQL's programs need to know to connect."""
    query = {name: str(value) for name, value in url.query.items()}
    known = {
        "PGHOST": url.host or query.get("host"),
        "PGPORT": str(url.port) if url.port else query.get("port"),
        "PGUSER": url.username,
        "PGPASSWORD": str(url.password) if url.password else None,
        "PGDATABASE": url.database,
        "PGSSLMODE": query.get("sslmode") or query.get("ssl"),
        "PGAPPNAME": "samvad backup",
    }
    mine = {name: value for name, value in known.items() if value}
    return {**os.environ, **mine, "LC_ALL": "C"}


def server_major(connection: Connection) -> int:
    number = connection.execute(text("SHOW server_version_num")).scalar_one()
    return int(number) // 10_000


def facts_of(connection: Connection) -> tuple[str, Mapping[str, int]]:
    """Return the schema's version, and how many rows the chief tables have."""
    tables = set(inspect(connection).get_table_names())
    version = ""
    if "alembic_version" in tables:
        found = connection.execute(text("SELECT version_num FROM alembic_version"))
        version = str(found.scalar_one_or_none() or "")
    counts = {
        table: int(
            connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one()
        )
        for table in COUNTED
        if table in tables
    }
    return version, counts


def dump(
    connection: Connection, url: URL, target: Path
) -> tuple[str, Mapping[str, int]]:
    """Dump the database as it is at one moment; return its version and counts.

    The caller's transaction must be new: pg_dump sees what it sees. Raises
    SetupFailed.
    """
    connection.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))
    snapshot = connection.execute(text("SELECT pg_export_snapshot()")).scalar_one()
    facts = facts_of(connection)
    words = ["--format=custom", "--no-owner", "--no-privileges", "--no-comments"]
    words += [f"--exclude-schema={ASIDE}*", f"--snapshot={snapshot}", "--no-password"]
    words += [f"--file={target}"]
    tool = program("pg_dump", server_major(connection))
    _must([str(tool.file), *words], url)
    return facts


def restore(url: URL, dumped: Path, server: int) -> None:
    """Read the dump into the database, wholly or not at all. Raises SetupFailed."""
    tool = program("pg_restore", server)
    words = ["--exit-on-error", "--single-transaction", "--no-owner"]
    words += ["--no-privileges", "--no-password", f"--dbname={url.database}"]
    _must([str(tool.file), *words, str(dumped)], url)


def _must(words: list[str], url: URL) -> None:
    done = subprocess.run(
        words,
        env=environment_of(url),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        said = done.stderr.strip().splitlines() or ["it gave no reason"]
        raise SetupFailed(f"{Path(words[0]).name} did not succeed: {said[-1]}")


def check_dump(dumped: Path) -> tuple[str, Mapping[str, int]]:
    """Have pg_restore unpack the whole dump; return its version and counts.

    Needs no server. Raises BadInput for a damaged dump, SetupFailed without program.
    """
    tool = program("pg_restore", 0)
    words = [str(tool.file), "--no-owner", "--file=-", str(dumped)]
    version, counts = "", Counter({name: 0 for name in COUNTED})
    with (
        tempfile.TemporaryFile() as complaints,  # a pipe would fill: it is read last
        subprocess.Popen(
            words, stdout=subprocess.PIPE, stderr=complaints, stdin=subprocess.DEVNULL
        ) as running,
    ):
        assert running.stdout is not None
        table = ""
        for line in running.stdout:
            if line == b"\\.\n":
                table = ""
            elif not table:
                table = _copied_into(line)
            elif table == "alembic_version":
                version = line.decode().strip()
            else:
                counts[table] += 1
        running.wait()
        complaints.seek(0)
        said = complaints.read(MAX_SAID).decode("utf-8", "replace").strip()
    if running.returncode != 0:
        raise BadInput(f"the database in it is damaged: {said[:300]}")
    return version, {name: counts[name] for name in COUNTED}


def _copied_into(line: bytes) -> str:
    found = re.match(rb'COPY (?:[\w"]+\.)?"?(\w+)"? .*FROM stdin;', line)
    return found[1].decode() if found else ""


def is_empty(connection: Connection) -> bool:
    """Say whether the database has no table yet."""
    return not inspect(connection).get_table_names()


def others(connection: Connection) -> int:
    """Return how many other connections of Samvad's the database has."""
    query = text(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
        " AND application_name = 'samvad' AND pid <> pg_backend_pid()"
    )
    return int(connection.execute(query).scalar_one())


def move_aside(connection: Connection, stamp: str) -> str:
    """Keep what is in the database under another schema; return that one's name."""
    quote = connection.dialect.identifier_preparer.quote
    schema = quote(connection.execute(text("SELECT current_schema()")).scalar_one())
    aside = quote(f"{ASIDE}{stamp}")
    connection.execute(text(f"ALTER SCHEMA {schema} RENAME TO {aside}"))
    connection.execute(text(f"CREATE SCHEMA {schema}"))
    return f"{ASIDE}{stamp}"


def forget(connection: Connection, aside: str) -> None:
    """Drop what `move_aside` kept: it was empty."""
    quote = connection.dialect.identifier_preparer.quote
    connection.execute(text(f"DROP SCHEMA {quote(aside)}"))


def put_back(connection: Connection, aside: str) -> None:
    """Undo `move_aside`, with all that came since."""
    quote = connection.dialect.identifier_preparer.quote
    schema = quote(connection.execute(text("SELECT current_schema()")).scalar_one())
    connection.execute(text(f"DROP SCHEMA {schema} CASCADE"))
    connection.execute(text(f"ALTER SCHEMA {quote(aside)} RENAME TO {schema}"))
