"""Which of the running system's figures Prometheus may ask for, and their names."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from ivr.asterisk.fastagi import AgiServer
from ivr.backup.making import age_s
from ivr.controller.running import Running
from ivr.web.metrics import Counts, Gauges, tally


def watch_backups(gauges: Gauges, home: Path) -> None:
    """Name how old the last backup is; nothing is told before the first."""

    def ages() -> dict[str, float]:
        age = age_s(home, datetime.now(UTC))
        return {} if age is None else {"all": age}

    gauges.gauge(
        "samvad_backup_age_seconds", "Since the last backup was made", "of", ages
    )


def watch(gauges: Gauges, running: Running, agi: AgiServer, queues: Counts) -> None:
    """Name what is read at each scrape; `queues` are lengths by name."""
    router, desks, loop = running.router, running.desks_room, running.dial_loop
    gauges.gauge(
        "samvad_calls",
        "Live calls by state",
        "state",
        lambda: tally(str(live.state) for live in router.live()),
    )
    gauges.counter(
        "samvad_calls_ended",
        "Ended calls by disposition",
        "disposition",
        lambda: dict(router.outcomes),
    )
    gauges.gauge(
        "samvad_pacing_dial",
        "How many to dial, by the last decision",
        "campaign",
        lambda: {run.campaign.campaign_id: run.decided for run in loop.runs()},
    )
    gauges.counter(
        "samvad_pacing_asked",
        "How many to dial, by all decisions since the start",
        "campaign",
        lambda: {run.campaign.campaign_id: run.asked for run in loop.runs()},
    )
    gauges.gauge(
        "samvad_desks",
        "Desks by state",
        "state",
        lambda: tally(str(desk.state) for desk in desks.desks()),
    )
    gauges.gauge("samvad_waiting", "Queue lengths", "queue", queues)
    gauges.gauge(
        "samvad_brake",
        "Calls a second that may be placed, and in seconds what holds them back",
        "figure",
        lambda: {
            "allowed_calls_per_s": loop.braking.brake.per_s,
            "loop_lag_s": loop.braking.strain.lag_s,
            "switch_answer_s": loop.braking.strain.answer_s,
            "undialled_s": loop.braking.strain.undialled_s,
            "unheard_s": loop.braking.strain.unheard_s,
        },
    )
    gauges.counter(
        "samvad_agi_connections",
        "FastAGI connections",
        "result",
        lambda: {"accepted": agi.accepted, "refused": agi.refused},
    )
