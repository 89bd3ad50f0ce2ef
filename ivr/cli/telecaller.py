"""dialer.py telecaller: log in and out, pause, end a talk, from a terminal."""

from __future__ import annotations

import json
from typing import Annotated, Any
from urllib.parse import quote

import typer
from rich.markup import escape
from rich.table import Table

from ivr.cli.client import Client
from ivr.cli.options import (
    DEFAULT_CONFIG,
    ConfigOption,
    HomeOption,
    JsonOption,
    out,
    settings_of,
)
from ivr.core.model import DeskPhone
from ivr.settings.secret import secret

app = typer.Typer(
    no_args_is_help=True, help="Telecallers: their desks, from a terminal."
)

IdArgument = Annotated[str, typer.Argument(help="The telecaller's id, e.g. tc-101.")]


@app.command("list")
def list_(
    config: ConfigOption = DEFAULT_CONFIG,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show every desk and its state."""
    desks = Client(settings_of(config, home)).get("/api/v1/desks")
    if as_json:
        typer.echo(json.dumps(desks, ensure_ascii=False, indent=2))
        return
    table = Table("telecaller", "नाम", "centre", "state", "since", "with")
    for desk in desks:
        with_whom = f"{desk['contact_name']} {desk['contact_number']}".strip()
        table.add_row(
            desk["telecaller_id"],
            escape(desk["name"]),
            desk["centre"],
            escape(" ".join(filter(None, (desk["state"], desk["reason"])))),
            desk["since"][11:19],
            escape(with_whom),
        )
    out.print(table)


@app.command("login")
def log_in(
    telecaller: IdArgument,
    phone: Annotated[
        DeskPhone, typer.Option(help="Which phone to ring.")
    ] = DeskPhone.SOFTPHONE,
    config: ConfigOption = DEFAULT_CONFIG,
    home: HomeOption = None,
) -> None:
    """Ring the phone once and park it: calls then come by themselves."""
    _say(_desk(config, home, telecaller, "login", {"phone": phone}))


@app.command("logout")
def log_out(
    telecaller: IdArgument,
    config: ConfigOption = DEFAULT_CONFIG,
    home: HomeOption = None,
) -> None:
    """Log out, after the present call and its wrap-up."""
    _say(_desk(config, home, telecaller, "logout"))


@app.command("ready")
def ready(
    telecaller: IdArgument,
    config: ConfigOption = DEFAULT_CONFIG,
    home: HomeOption = None,
) -> None:
    """End a pause or the wrap-up."""
    _say(_desk(config, home, telecaller, "ready"))


@app.command("pause")
def pause(
    telecaller: IdArgument,
    reason: Annotated[str, typer.Argument(help="e.g. चाय, भोजन, प्रशिक्षण")],
    config: ConfigOption = DEFAULT_CONFIG,
    home: HomeOption = None,
) -> None:
    """Take no calls for a while; during a call: after its wrap-up."""
    _say(_desk(config, home, telecaller, "pause", {"reason": reason}))


@app.command("end-talk")
def end_talk(
    telecaller: IdArgument,
    config: ConfigOption = DEFAULT_CONFIG,
    home: HomeOption = None,
) -> None:
    """End the conversation; the softphone stays connected."""
    _say(_desk(config, home, telecaller, "end-talk"))


@app.command("dial")
def dial(
    telecaller: IdArgument,
    config: ConfigOption = DEFAULT_CONFIG,
    home: HomeOption = None,
) -> None:
    """Preview campaigns: show the next person; again: dial them."""
    _say(_desk(config, home, telecaller, "dial"))


@app.command("outcome")
def outcome(
    telecaller: IdArgument,
    call: Annotated[str, typer.Argument(help="The call's id.")],
    word: Annotated[str, typer.Argument(help="What came of it, e.g. resolved.")],
    notes: Annotated[str, typer.Option(help="Notes, in any language.")] = "",
    config: ConfigOption = DEFAULT_CONFIG,
    home: HomeOption = None,
) -> None:
    """Note what came of a conversation."""
    body = {"call_id": call, "outcome": word, "notes": notes}
    _say(_desk(config, home, telecaller, "outcome", body))


@app.command("softphone")
def softphone(
    telecaller: IdArgument,
    config: ConfigOption = DEFAULT_CONFIG,
    home: HomeOption = None,
) -> None:
    """Print the settings to type into a SIP softphone."""
    settings = settings_of(config, home)
    asterisk = settings.asterisk
    out.print(f"server    {asterisk.bind}:{asterisk.sip_port} (UDP)")
    out.print(f"          {asterisk.bind}:{asterisk.sips_port} (TLS)")
    out.print(f"user      {telecaller}")
    out.print(f"password  {secret(settings.home, telecaller)}")


def _desk(
    config: Any, home: Any, telecaller: str, verb: str, body: Any = None
) -> dict[str, Any]:
    client = Client(settings_of(config, home))
    answer: dict[str, Any] = client.post(
        f"/api/v1/desks/{quote(telecaller, safe='')}/{verb}", body
    )
    return answer


def _say(desk: dict[str, Any]) -> None:
    words = [f"{desk['name']} ({desk['telecaller_id']}): {desk['state']}"]
    if desk["contact_number"]:
        words.append(f"{desk['contact_name']} {desk['contact_number']}".strip())
    out.print(f"[green]✓[/] {escape(' · '.join(words))}")
