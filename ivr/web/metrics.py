"""Samvad's figures for Prometheus, read from the running parts at each scrape."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping

from prometheus_client import CollectorRegistry, Histogram
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

Counts = Callable[[], Mapping[str, float]]

LATENCIES_S = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5)


class Gauges(Collector):
    """Each gauge or counter is a function that returns its present counts."""

    def __init__(self) -> None:
        self._read: list[tuple[type[Metric], str, str, str, Counts]] = []

    def gauge(self, name: str, text: str, label: str, counts: Counts) -> None:
        self._read.append((GaugeMetricFamily, name, text, label, counts))

    def counter(self, name: str, text: str, label: str, counts: Counts) -> None:
        self._read.append((CounterMetricFamily, name, text, label, counts))

    def collect(self) -> Iterator[Metric]:
        for family, name, text, label, counts in self._read:
            metric = family(name, text, labels=[label])  # type: ignore[call-arg]
            for value, number in counts().items():
                metric.add_metric([value], number)  # type: ignore[attr-defined]
            yield metric


def new_registry() -> tuple[CollectorRegistry, Gauges]:
    registry, gauges = CollectorRegistry(), Gauges()
    registry.register(gauges)
    return registry, gauges


def latency(registry: CollectorRegistry, name: str, text: str) -> Histogram:
    """Return a histogram in seconds, finest where people would notice."""
    return Histogram(name, text, registry=registry, buckets=LATENCIES_S)


def tally(words: Iterable[str]) -> Mapping[str, float]:
    return Counter(words)
