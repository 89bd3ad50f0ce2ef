"""dialer.py bench: what this machine does, measured on the real thing."""

from __future__ import annotations

import typer

from ivr.cli.lazy import group_of

COMMANDS = {
    "burst": "ivr.cli.bench_burst:burst",
    "calls": "ivr.cli.bench_calls:calls",
    "connect": "ivr.cli.bench_calls:connect",
    "decision": "ivr.cli.bench_decision:decision",
    "import": "ivr.cli.bench_import:bench_import",
    "live": "ivr.cli.bench_live:live",
    "offer": "ivr.cli.bench_offer:offer",
    "pacing": "ivr.cli.bench_pacing:pacing",
    "pooling": "ivr.cli.bench_pooling:pooling",
    "results": "ivr.cli.bench_results:bench_results",
    "soak": "ivr.cli.bench_soak:soak",
    "web": "ivr.cli.bench_web:web",
}
app = typer.Typer(
    cls=group_of(COMMANDS),
    no_args_is_help=True,
    add_completion=False,
    help="Measure on a real Asterisk and the virtual carrier. Nothing else may run.",
)


@app.callback()
def bench() -> None:
    """Make it a group, though its commands are elsewhere."""
