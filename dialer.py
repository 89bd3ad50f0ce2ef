#!/usr/bin/env python3
"""Samvad's command line: `dialer.py --help`. Wires rooms together, no more."""

from __future__ import annotations

import sys

import typer
from rich.markup import escape

from ivr import __version__
from ivr.cli.lazy import group_of
from ivr.cli.options import err
from ivr.errors import SamvadError

COMMANDS = {
    "up": "ivr.cli.up:up",
    "restart": "ivr.cli.restart:restart",
    "check": "ivr.cli.check:check",
    "import": "ivr.cli.import_:import_contacts",
    "why": "ivr.cli.why:why",
    "journal": "ivr.cli.journal:app",
    "verify-journal": "ivr.cli.verify_journal:verify_journal",
    "report": "ivr.cli.report:report",
    "demo": "ivr.cli.demo:demo",
    "simulate": "ivr.cli.simulate:simulate",
    "schema": "ivr.cli.schema:schema",
    "campaign": "ivr.cli.campaign:app",
    "dialling": "ivr.cli.dialling:app",
    "telecaller": "ivr.cli.telecaller:app",
    "user": "ivr.cli.user:app",
    "token": "ivr.cli.token:app",
    "backup": "ivr.cli.backup:app",
    "restore": "ivr.cli.restore:restore",
    "lockouts": "ivr.cli.lockouts:app",
    "do-not-call": "ivr.cli.do_not_call:app",
    "flow": "ivr.cli.flow:app",
    "prompts": "ivr.cli.prompts:app",
    "keys": "ivr.cli.keys:app",
    "erase": "ivr.cli.erase:app",
    "bench": "ivr.cli.bench:app",
    "chaos": "ivr.cli.chaos:chaos",
}
app = typer.Typer(
    cls=group_of(COMMANDS),
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help=(
        "Samvad (संवाद): a Hindi-first outbound call centre on Asterisk.\n\n"
        "First: dialer.py demo. Then: check, import, campaign new, up, report."
    ),
)


@app.callback()
def samvad() -> None:
    """Make it a group, though its commands are elsewhere."""


@app.command("version")
def version() -> None:
    """Print Samvad's version."""
    typer.echo(__version__)


def main() -> int:
    """Run the command; a mistake of the user's is one clear line, not a traceback."""
    try:
        app()
    except SamvadError as exc:
        err.print(f"[red]✗[/] {escape(str(exc))}", soft_wrap=True)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
