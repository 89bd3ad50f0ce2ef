"""dialer.py token: how other software may ask Samvad's API in a user's name."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
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
from ivr.controller.programs import Programs, Token, TokenId
from ivr.controller.users import Users
from ivr.core.access import May, Role, User, UserId
from ivr.core.model import CentreCode
from ivr.errors import BadInput
from ivr.settings.config import Settings
from ivr.settings.people import load_centres
from ivr.store.engine import open_store
from ivr.store.programs import SqlPrograms
from ivr.store.users import SqlUsers
from ivr.web.passwords import Argon2Hasher

app = typer.Typer(
    no_args_is_help=True, help="Tokens: how other software asks in a user's name."
)

BY = "dialer.py"


@app.command("new")
def new(
    name: Annotated[str, typer.Argument(help='What it is for, e.g. "CRM".')],
    user: Annotated[str, typer.Option(help="In whose name it asks, e.g. meera.")],
    may: Annotated[list[May], typer.Option(help="What it may do; more than once.")],
    centre: Annotated[
        str, typer.Option(help="The top of what it sees. Default: the user's centre.")
    ] = "",
    config: ConfigOption = DEFAULT_CONFIG,
    home: HomeOption = None,
) -> None:
    """Make a token and print its secret: this once, nobody can show it again.

    Example: dialer.py token new "CRM" --user meera --may floor --may results
    """
    settings = settings_of(config, home)

    async def work() -> tuple[Token, str]:
        async with _programs(settings) as (programs, users, us):
            owner = await users.store.user(UserId(user.strip().lower()))
            if owner is None:
                raise BadInput(
                    f"there is no user {user!r}", remedy="dialer.py user list"
                )
            top = CentreCode(centre) if centre else owner.centre
            return await programs.make(name, owner, top, frozenset(may), by=us)

    token, secret = run(work())
    out.print(
        f"[green]✓[/] {escape(token.name)}: token {token.token_id} of {token.user_id}"
    )
    typer.echo(secret)


@app.command("list")
def list_(
    config: ConfigOption = DEFAULT_CONFIG,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show all tokens, ended ones too; never their secrets."""
    settings = settings_of(config, home)

    async def work() -> list[Token]:
        async with _programs(settings) as (programs, _users, _us):
            return await programs.store.tokens()

    found = [_row(one) for one in run(work())]
    if as_json:
        typer.echo(json.dumps(found, ensure_ascii=False, indent=2))
        return
    table = Table("token", "for", "user", "centre", "may", "last used", "ended")
    for row in found:
        table.add_row(*(escape(text or "–") for text in row.values()))
    out.print(table)


def _row(token: Token) -> dict[str, str]:
    return {
        "token_id": token.token_id,
        "name": token.name,
        "user_id": token.user_id,
        "centre": token.centre,
        "may": " ".join(sorted(token.may)),
        "used_at": token.used_at.isoformat() if token.used_at else "",
        "ended_at": token.ended_at.isoformat() if token.ended_at else "",
    }


@app.command("end")
def end(
    token: Annotated[str, typer.Argument(help="Its id: dialer.py token list")],
    config: ConfigOption = DEFAULT_CONFIG,
    home: HomeOption = None,
) -> None:
    """End a token at once and for ever."""
    settings = settings_of(config, home)

    async def work() -> bool:
        async with _programs(settings) as (programs, _users, us):
            return await programs.end(TokenId(token), by=us)

    if not run(work()):
        raise BadInput(f"there is no token {token!r}", remedy="dialer.py token list")
    out.print(f"[green]✓[/] {escape(token)} is ended")


@asynccontextmanager
async def _programs(settings: Settings) -> AsyncIterator[tuple[Programs, Users, User]]:
    """Give what makes tokens, the users, and whom this command line acts as."""
    centres = load_centres(settings.project / "config/centres.yaml")
    tree = {one.code: one for one in centres}
    root = next(one.code for one in centres if one.parent is None)
    us = User(UserId(BY), BY, Role.ADMIN, root)
    async with await open_store(settings.database_url) as store:
        await store.upsert_people(centres, [])
        clock = SystemClock()
        idle = timedelta(minutes=settings.web.idle_minutes)
        users = Users(SqlUsers(store), Argon2Hasher(), clock, idle=idle)
        yield Programs(SqlPrograms(store), users, clock, tree), users, us
