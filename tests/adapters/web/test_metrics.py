"""What Prometheus reads: the promised families, in its own format."""

from __future__ import annotations

import asyncio

from prometheus_client.parser import text_string_to_metric_families

from ivr.asterisk.ami import Ami, AmiAddress
from ivr.asterisk.fastagi import AgiServer, AgiSession
from ivr.cli.figures import watch
from tests.adapters.web.conftest import Api
from tests.fakes.ami_server import AmiServer
from tests.polling import until
from tests.unit.controller.conftest import CallCentre
from tests.unit.controller.conftest import centre as centre

Figures = dict[tuple[str, str], float]  # (name, label) -> value


async def scraped(api: Api) -> Figures:
    response = await api.ask("GET", "/metrics")
    assert response.status == 200
    assert response.headers["Content-Type"].startswith("text/plain")
    figures: Figures = {}
    for family in text_string_to_metric_families(await response.text()):
        for sample in family.samples:
            label = next(iter(sample.labels.values()), "")
            figures[sample.name, label] = sample.value
    return figures


async def _nobody(_session: AgiSession) -> None: ...


async def test_the_promised_figures_are_there_and_true(
    api: Api, centre: CallCentre
) -> None:
    agi = AgiServer(_nobody)
    watch(api.gauges, centre.running, agi, lambda: {"store_writes": 4})
    await centre.log_in("tc-1")
    await centre.people(3)
    first, second, _third = await centre.dialled(3)
    centre.switch.ring(first.call.call_id)
    centre.switch.end(second.call.call_id, 17, 486)
    await until(lambda: first.state == "ringing" and second.state == "ended")
    await until(lambda: centre.running.router.count() == 2)
    figures = await scraped(api)
    assert figures["samvad_calls", "ringing"] == 1
    assert figures["samvad_calls", "dialling"] == 1
    assert figures["samvad_calls_ended_total", "busy"] == 1
    assert figures["samvad_desks", "ready"] == 1
    assert figures["samvad_desks", "offline"] == 1
    assert figures["samvad_pacing_asked_total", "demo"] >= 3
    assert figures["samvad_pacing_dial", "demo"] >= 0
    assert figures["samvad_waiting", "store_writes"] == 4
    assert figures["samvad_brake", "allowed_calls_per_s"] == 20
    assert figures["samvad_brake", "unheard_s"] == 0
    assert figures["samvad_agi_connections_total", "accepted"] == 0


async def test_latencies_are_histograms_in_seconds(api: Api) -> None:
    figures = await scraped(api)
    assert figures["samvad_ami_answer_seconds_count", ""] == 1
    assert figures["samvad_ami_answer_seconds_bucket", "0.002"] == 0
    assert figures["samvad_ami_answer_seconds_bucket", "0.005"] == 1


async def test_every_answer_of_the_manager_interface_is_timed() -> None:
    took: list[float] = []
    async with AmiServer() as server:
        address = AmiAddress("127.0.0.1", server.port, "u", "s")
        ami = Ami(address, lambda _: None, on_answer=took.append)
        running = asyncio.create_task(ami.run(on_up=lambda: None, on_down=lambda: None))
        await until(lambda: ami.is_up)
        logged_in = len(took)
        await ami.send({"Action": "Hangup", "Channel": "c-1"})
        assert len(took) == logged_in + 1
        assert 0 < took[-1] < 5
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
