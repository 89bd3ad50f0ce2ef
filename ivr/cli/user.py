"""dialer.py user: who may sign in to the pages. The first admin is made here."""

from __future__ import annotations

import getpass
import json
import re
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from ivr.cli.options import (
    DEFAULT_CONFIG,
    ConfigOption,
    HomeOption,
    JsonOption,
    out,
    run,
    settings_of,
)
from ivr.controller.clock import SystemClock
from ivr.controller.users import Users
from ivr.core.access import Role, User, UserId
from ivr.core.model import Centre, CentreCode, Telecaller, TelecallerId
from ivr.errors import BadInput
from ivr.settings.config import Settings
from ivr.settings.people import load_centres, load_in_charges, load_telecallers
from ivr.store.engine import open_store
from ivr.store.users import SqlUsers
from ivr.web.passwords import Argon2Hasher

app = typer.Typer(
    no_args_is_help=True, help="Users: who may sign in, as what, for which centre."
)

BY = "dialer.py"
USER_ID = re.compile(r"[a-z0-9][a-z0-9._-]{1,39}")
NameArgument = Annotated[
    str, typer.Argument(help="What they sign in with, e.g. meera.")
]
PasswordStdin = Annotated[
    bool,
    typer.Option(
        "--password-stdin", help="Read the password from standard input, for scripts."
    ),
]


@app.command("add")
def add(
    user: NameArgument,
    name: Annotated[str, typer.Option(help="Their name, as others see it.")],
    role: Annotated[Role, typer.Option(help="What they may do.")],
    centre: Annotated[
        str, typer.Option(help="The top of what they see, e.g. MP or MP.BPL.SEH.")
    ] = "",
    telecaller: Annotated[
        str, typer.Option(help="Whose phone is theirs: tc-101; an in-charge: ic-seh.")
    ] = "",
    password_stdin: PasswordStdin = False,
    config: ConfigOption = DEFAULT_CONFIG,
    home: HomeOption = None,
) -> None:
    """Make somebody who may sign in. The first one should be an admin.

    Example: dialer.py user add meera --name "मीरा शर्मा" --role admin
    """
    settings = settings_of(config, home)
    user_id = _user_id(user)
    centres = load_centres(settings.project / "config/centres.yaml")
    file = settings.project / "config/telecallers.yaml"
    tellers = [*load_telecallers(file), *load_in_charges(file)]
    made = User(
        user_id,
        name.strip(),
        role,
        _centre(centre, telecaller, centres, tellers),
        TelecallerId(telecaller) if telecaller else None,
    )
    password = _password(password_stdin)

    async def work() -> None:
        async with _users(settings, centres, tellers) as users:
            if await users.store.user(user_id):
                raise BadInput(
                    f"there is a user {user_id} already",
                    remedy="dialer.py user password",
                )
            await users.add(made, password, by=BY)

    run(work())
    out.print(f"[green]✓[/] {escape(made.name)} may sign in as {user_id}")


@app.command("list")
def list_(
    config: ConfigOption = DEFAULT_CONFIG,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show all users."""
    settings = settings_of(config, home)

    async def work() -> list[User]:
        async with _users(settings) as users:
            return await users.store.users()

    found = run(work())
    if as_json:
        rows = [
            {
                "user_id": one.user_id,
                "name": one.name,
                "role": str(one.role),
                "centre": one.centre,
                "telecaller_id": one.telecaller_id,
                "is_active": one.is_active,
            }
            for one in found
        ]
        typer.echo(json.dumps(rows, ensure_ascii=False, indent=2))
        return
    table = Table("user", "नाम", "role", "centre", "desk", "active")
    for one in found:
        table.add_row(
            one.user_id,
            escape(one.name),
            str(one.role),
            one.centre,
            one.telecaller_id or "",
            "yes" if one.is_active else "no",
        )
    out.print(table)


@app.command("password")
def password(
    user: NameArgument,
    password_stdin: PasswordStdin = False,
    config: ConfigOption = DEFAULT_CONFIG,
    home: HomeOption = None,
) -> None:
    """Give a new password; whoever is signed in by the old one is out."""
    settings, wanted = settings_of(config, home), _password(password_stdin)

    async def work() -> None:
        async with _users(settings) as users:
            await users.set_password(await _known(users, user), wanted, by=BY)

    run(work())
    out.print(f"[green]✓[/] {_user_id(user)} has a new password")


@app.command("off")
def off(
    user: NameArgument, config: ConfigOption = DEFAULT_CONFIG, home: HomeOption = None
) -> None:
    """Switch a user off: signed out at once, and no longer let in."""
    _switch(user, False, settings_of(config, home))


@app.command("on")
def on(
    user: NameArgument, config: ConfigOption = DEFAULT_CONFIG, home: HomeOption = None
) -> None:
    """Switch a user on again."""
    _switch(user, True, settings_of(config, home))


def _switch(user: str, is_active: bool, settings: Settings) -> None:
    async def work() -> None:
        async with _users(settings) as users:
            known = await _known(users, user)
            await users.keep(replace(known, is_active=is_active), by=BY)

    run(work())
    out.print(f"[green]✓[/] {_user_id(user)} is {'on' if is_active else 'off'}")


@asynccontextmanager
async def _users(
    settings: Settings,
    centres: list[Centre] | None = None,
    telecallers: list[Telecaller] | None = None,
) -> AsyncIterator[Users]:
    async with await open_store(settings.database_url) as store:
        await store.upsert_people(centres or [], telecallers or [])
        idle = timedelta(minutes=settings.web.idle_minutes)
        yield Users(SqlUsers(store), Argon2Hasher(), SystemClock(), idle=idle)


async def _known(users: Users, user: str) -> User:
    found = await users.store.user(_user_id(user))
    if found is None:
        raise BadInput(f"there is no user {user!r}", remedy="dialer.py user list")
    return found


def _user_id(text: str) -> UserId:
    user_id = text.strip().lower()
    if not USER_ID.fullmatch(user_id):
        raise BadInput(
            f"{text!r} is no user name", remedy="2 to 40 of a-z, 0-9, '.', '-', '_'"
        )
    return UserId(user_id)


def _centre(
    given: str, telecaller: str, centres: list[Centre], tellers: list[Telecaller]
) -> CentreCode:
    """Return the centre: as given, the desk's own, or the root of the tree."""
    if telecaller:
        desk = next((t for t in tellers if t.telecaller_id == telecaller), None)
        if desk is None:
            raise BadInput(
                f"there is no telecaller {telecaller!r}",
                remedy="see config/telecallers.yaml",
            )
        given = given or desk.centre
    known = [one.code for one in centres]
    if given and given not in known:
        raise BadInput(
            f"there is no centre {given!r}", remedy="see config/centres.yaml"
        )
    return CentreCode(given) if given else known[0]


def _password(from_stdin: bool) -> str:
    """Return a password: never from the command line, where others could read it."""
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    first = getpass.getpass("Password (10 letters or more): ")
    if getpass.getpass("Again: ") != first:
        raise BadInput("the two passwords differ")
    return first
