#!/usr/bin/env python3
"""Samvad's command line: `dialer.py --help`. Wires rooms together, no more."""

from __future__ import annotations

import sys

import typer
from rich.markup import escape

from ivr import __version__
from ivr.cli import (
    bench,
    campaign,
    demo,
    do_not_call,
    flow,
    import_,
    prompts,
    telecaller,
)
from ivr.cli.check import check
from ivr.cli.options import err
from ivr.cli.report import report
from ivr.cli.schema import schema
from ivr.cli.simulate import simulate
from ivr.cli.up import up
from ivr.cli.why import why
from ivr.errors import SamvadError

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help=(
        "Samvad (संवाद): a Hindi-first outbound call centre on Asterisk.\n\n"
        "First: dialer.py demo. Then: check, import, campaign new, up, report."
    ),
)
app.command("up")(up)
app.command("check")(check)
app.command("import")(import_.import_contacts)
app.command("why")(why)
app.command("report")(report)
app.command("demo")(demo.demo)
app.command("simulate")(simulate)
app.command("schema")(schema)
app.add_typer(campaign.app, name="campaign")
app.add_typer(telecaller.app, name="telecaller")
app.add_typer(do_not_call.app, name="do-not-call")
app.add_typer(flow.app, name="flow")
app.add_typer(prompts.app, name="prompts")
app.add_typer(bench.app, name="bench")


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
