"""dialer.py erase: people who asked to be erased, and what is held of somebody."""

from __future__ import annotations

import base64
import getpass
import json
import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from ivr.cli.client import Client, NotRunning
from ivr.cli.keys import number_key, open_vault
from ivr.cli.options import (
    DEFAULT_CONFIG,
    ConfigOption,
    HomeOption,
    JsonOption,
    err,
    out,
    run,
    settings_of,
)
from ivr.controller.clock import SystemClock
from ivr.controller.erasures import BarNumber, Done, Erasures, Terms
from ivr.controller.ports import Clock
from ivr.controller.users import SignedIn, Users
from ivr.core.access import Role
from ivr.core.erasure import Erasure, ErasureState
from ivr.core.held import Held
from ivr.core.model import PhoneNumber, masked
from ivr.core.numbers import NumberProblem, parse_number
from ivr.errors import BadInput
from ivr.settings.config import Settings
from ivr.store.engine import open_store
from ivr.store.sql_erasures import SqlErasures
from ivr.store.store import SqlStore
from ivr.store.users import SqlUsers
from ivr.vault.erased import ErasedPeople
from ivr.vault.vault import Vault
from ivr.web.passwords import Argon2Hasher

app = typer.Typer(
    no_args_is_help=True,
    help="Erase people who ask for it, in two stages; say what is held of them.",
)

BY = "dialer.py"
NumberArgument = Annotated[str, typer.Argument(help="In any usual writing.")]
RequestArgument = Annotated[int, typer.Argument(help="Its number in: erase list")]
MAY_OPEN = (Role.ADMIN, Role.AUDITOR)


def erasures_over(
    settings: Settings, store: SqlStore, vault: Vault, clock: Clock, bar: BarNumber
) -> Erasures:
    """Return what erases, over an open store."""
    terms = settings.privacy
    return Erasures(
        SqlErasures(store, number_key(settings.home)),
        ErasedPeople(vault),
        clock,
        bar=bar,
        terms=Terms(
            stage2=timedelta(days=terms.erase_stage2_days),
            audit=timedelta(days=terms.audit_log_days),
            calls=timedelta(days=terms.call_record_days),
        ),
    )


@app.command("request")
def request(
    number: NumberArgument,
    reason: Annotated[str, typer.Option(help="Who asked for it, and how.")],
    config: ConfigOption = DEFAULT_CONFIG,
    home: HomeOption = None,
) -> None:
    """Erase a person: never called again, and out of all tables, at once."""
    settings, parsed = settings_of(config, home), _number(number)
    try:
        body = {"number": parsed, "reason": reason}
        told = Client(settings).post("/api/v1/erasures", body)
        request_id, is_masked = told["request_id"], told["state"] != "asked"
    except NotRunning:
        wish = run(_request(settings, parsed, reason))
        request_id, is_masked = wish.request_id, wish.state is not ErasureState.ASKED
    said = f"erasure {request_id}: {masked(parsed)} is never called again"
    out.print(f"[green]✓[/] {said}")
    out.print(
        "  and out of all tables"
        if is_masked
        else "  and out of all tables 15 minutes after their call; a running Samvad"
        " does it, or: dialer.py erase run"
    )


async def _request(settings: Settings, number: PhoneNumber, reason: str) -> Erasure:
    async with _opened(settings) as (erasures, users):
        wish = await erasures.request(number, reason, by=BY, centre=None)
        await _note(users, "erasure_requested", f"erasure {wish.request_id}")
        return wish


@app.command("list")
def list_(
    config: ConfigOption = DEFAULT_CONFIG,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show the requests, the newest first, and until when each is to be answered."""
    settings = settings_of(config, home)
    found = run(_listed(settings))
    clock, stage2 = SystemClock(), timedelta(days=settings.privacy.erase_stage2_days)
    rows = [told_of(one, clock, stage2) for one in found]
    if as_json:
        typer.echo(json.dumps(rows, ensure_ascii=False, indent=2))
        return
    table = Table("request", "number", "asked", "by", "state", "", "reason")
    for one, row in zip(found, rows, strict=True):
        left = row["days_left"] if one.state is ErasureState.ASKED else ""
        late = "[red]late[/]" if one.is_late(clock.now()) else ""
        late = "[red]ALARM: 30 days[/]" if one.is_alarming(clock.now()) else late
        what = f"{left} days left {late}" if left != "" else f"ends {row['ends_at']}"
        cells = (str(one.request_id), one.shown, f"{one.asked_at:%d.%m.%Y}")
        what = what if row["ends_at"] or left != "" else ""
        table.add_row(*cells, one.asked_by, one.state, what, escape(one.reason))
    out.print(table if found else "Nobody has asked to be erased.")


def told_of(one: Erasure, clock: Clock, stage2: timedelta) -> Mapping[str, object]:
    """Return a request as JSON has it."""
    ends_at = one.ends_at(stage2)
    return {
        "request_id": one.request_id,
        "state": one.state,
        "number": one.shown,
        "reason": one.reason,
        "asked_by": one.asked_by,
        "asked_at": one.asked_at.isoformat(),
        "days_left": one.days_left(clock.now()),
        "is_late": one.is_late(clock.now()),
        "ends_at": ends_at.date().isoformat() if ends_at else None,
    }


async def _listed(settings: Settings) -> list[Erasure]:
    async with _opened(settings) as (erasures, _):
        return await erasures.listed(None)


@app.command("show")
def show(
    number: NumberArgument,
    config: ConfigOption = DEFAULT_CONFIG,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Answer "what do you hold on me?". It is noted in the audit log."""
    parsed = _number(number)
    held = run(_held(settings_of(config, home), parsed))
    told: dict[str, object] = {"number": parsed, **held.rows}
    if as_json:
        typer.echo(json.dumps(told, ensure_ascii=False, indent=2, default=str))
    elif held.is_empty:
        out.print(f"Nothing is held of {parsed}.")
    else:
        _print(told)


async def _held(settings: Settings, number: PhoneNumber) -> Held:
    async with _opened(settings) as (erasures, users):
        await _note(users, "holdings_shown", f"number {masked(number)}")
        return await erasures.held(number)


@app.command("open")
def open_(
    request: RequestArgument,
    second_officer: Annotated[
        str, typer.Option(help="Another admin or auditor, who is here too.")
    ],
    recordings: Annotated[
        Path | None, typer.Option(help="Also write their recordings into this folder.")
    ] = None,
    config: ConfigOption = DEFAULT_CONFIG,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Open what was sealed of an erased person: two officers give their passwords."""
    settings = settings_of(config, home)
    officer = settings.privacy.grievance_officer
    if not officer:
        raise BadInput(
            "there is no grievance officer",
            remedy=f"name a user under [privacy] in {settings.file}",
        )
    second = second_officer.strip().lower()
    if second == officer:
        raise BadInput("the second officer is somebody else")
    told = run(_open(settings, request, officer, second))
    if recordings is not None:
        _write_sounds(open_vault(settings.home), told, recordings)
    if as_json:
        typer.echo(json.dumps(told, ensure_ascii=False, indent=2))
    else:
        _print(told)


async def _open(
    settings: Settings, request: int, officer: str, second: str
) -> Mapping[str, object]:
    async with _opened(settings) as (erasures, users):
        for name in (officer, second):
            await _confirm(users, name, is_second=name == second)
        about = f"erasure {request}"
        detail = {"officer": officer, "second_officer": second}
        await users.note("erasure_opened", user_id=BY, about=about, detail=detail)
        return await erasures.opened(request)


async def _confirm(users: Users, name: str, *, is_second: bool) -> None:
    """Ask for a password. Raises BadInput: a wrong one, or not an officer's."""
    password = getpass.getpass(f"Password of {name}: ")
    found = await users.sign_in(name, password, address="", browser=BY)
    if not isinstance(found, SignedIn):
        raise BadInput(f"{name} is not let in", remedy="a wrong password, or held")
    await users.store.end_session(found.session.key)
    if is_second and found.user.role not in MAY_OPEN:
        raise BadInput("the second officer is an admin or an auditor")


@app.command("run")
def run_(config: ConfigOption = DEFAULT_CONFIG, home: HomeOption = None) -> None:
    """Do all that is due now. A running Samvad does it every hour by itself."""
    done = run(_run_once(settings_of(config, home)))
    out.print(
        f"[green]✓[/] {done.again} erased anew, {done.masked} masked,"
        f" {done.ended} ended for good;"
        f" {done.calls} old calls and {done.audit} audit lines taken away"
    )


async def _run_once(settings: Settings) -> Done:
    async with _opened(settings) as (erasures, _):
        return await erasures.run_once()


@asynccontextmanager
async def _opened(settings: Settings) -> AsyncIterator[tuple[Erasures, Users]]:
    key, clock = number_key(settings.home), SystemClock()
    async with await open_store(
        settings.database_url, erased=key, opt_outs=settings.opt_out_ledger
    ) as store:

        async def bar(number: str, source: str) -> None:
            await store.keep_opt_out(PhoneNumber(number), clock.now(), source, None)

        vault = open_vault(settings.home)
        idle = timedelta(minutes=settings.web.idle_minutes)
        users = Users(SqlUsers(store), Argon2Hasher(), clock, idle=idle)
        yield erasures_over(settings, store, vault, clock, bar), users


async def _note(users: Users, action: str, about: str) -> None:
    await users.note(action, user_id=BY, about=about)


def _number(text: str) -> PhoneNumber:
    number = parse_number(text)
    if isinstance(number, NumberProblem):
        raise BadInput(f"{text!r} is no number", remedy=number.remedy.en)
    return number


def _print(told: Mapping[str, object]) -> None:
    """Print what is held: a small table for each row of each kind."""
    for kind, rows in told.items():
        if not isinstance(rows, list | tuple):
            out.print(f"[bold]{escape(kind)}[/]: {escape(str(rows))}")
            continue
        for row in rows:
            table = Table(title=escape(kind), show_header=False)
            for name, value in row.items():
                if value not in (None, "", {}, False):
                    table.add_row(escape(name), escape(str(value)))
            out.print(table)


def _write_sounds(vault: Vault, told: Mapping[str, object], folder: Path) -> None:
    keys = told.get("keys_of_recordings")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name, key in keys.items() if isinstance(keys, dict) else ():
        place = folder / Path(name).name
        try:
            sound = vault.recordings.read_by(name, base64.b64decode(key))
        except FileNotFoundError:
            err.print(f"[yellow]![/] {escape(name)} is not there any more")
            continue
        with os.fdopen(os.open(place, os.O_WRONLY | os.O_CREAT, 0o600), "wb") as file:
            file.write(sound)
        out.print(f"[green]✓[/] {escape(str(place))}")
