"""The demo's proof: what Samvad stored, against what the far end lived through."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import fields, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

from rich.table import Table

from ivr.cli.keys import open_vault
from ivr.cli.options import out
from ivr.cli.system import System
from ivr.core.call import Call
from ivr.core.model import Answer, CallId, CampaignId, Disposition
from ivr.simulation.agreement import CheckLine, KnownCall, Talk
from ivr.simulation.compare import compare
from ivr.simulation.lived import lived_calls
from ivr.simulation.truth import read_truth
from ivr.store.store import SqlStore

T = TypeVar("T", Call, Answer, Talk)


async def prove(system: System, campaign_id: CampaignId) -> list[CheckLine]:
    """Return a line for each promise; all are ok when both sides agree."""
    home, shift = system.settings.home, system.clock.shift
    return await agree(system.store, campaign_id, home=home, shift=shift)


async def agree(
    store: SqlStore, campaign_id: CampaignId, *, home: Path, shift: timedelta
) -> list[CheckLine]:
    """Compare `store` with the truth log of the carrier in `home`.

    `shift` is how far the system's clock was from the machine's.
    """
    telecallers = {t.telecaller_id: t.address for t in await store.telecallers()}
    talks: dict[CallId, list[Talk]] = defaultdict(list)
    for row in await store.conversations_of(campaign_id):
        address = telecallers[row.telecaller_id]
        talks[row.call_id].append(Talk(address, row.joined_at, row.parted_at))
    known = [
        _known(call, disposition, await store.answers_of(call.call_id), talks, shift)
        for call, disposition in await store.calls_of(campaign_id)
    ]
    lived = lived_calls(read_truth(home / "carrier" / "truth.jsonl"))
    barred = {one.number for one in lived if await store.is_do_not_call(one.number)}
    return compare(
        lived,
        known,
        do_not_call=frozenset(barred),
        sound_of=open_vault(home).recordings.read,
    )


def _known(
    call: Call,
    disposition: Disposition | None,
    answers: Sequence[Answer],
    talks: dict[CallId, list[Talk]],
    shift: timedelta,
) -> KnownCall:
    """The truth log is in the machine's time; the demo's clock said noon."""
    return KnownCall(
        _unshifted(call, shift),
        disposition,
        tuple(_unshifted(answer, shift) for answer in answers),
        tuple(_unshifted(talk, shift) for talk in talks.get(call.call_id, ())),
    )


def _unshifted(value: T, shift: timedelta) -> T:
    times: dict[str, Any] = {
        field.name: at - shift
        for field in fields(value)
        if isinstance(at := getattr(value, field.name), datetime)
    }
    return replace(value, **times)


def show_checks(checks: Iterable[CheckLine]) -> bool:
    """Print the comparison; return True when every line is ok."""
    table = Table(
        "", "Samvad's memory against the network's", "there", "here", title="Proof"
    )
    good = True
    for check in checks:
        good = good and check.ok
        mark = "[green]✓[/]" if check.ok else "[red]✗[/]"
        table.add_row(mark, check.name, str(check.expected), str(check.found))
        for example in check.examples:
            table.add_row("", f"  [red]{example}[/]", "", "")
    out.print(table)
    return good
