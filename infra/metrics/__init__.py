"""Numbers of a run for Prometheus: counted as it goes, shown at an address or in a file where asked for."""

from matsluice.infra.metrics.counts import RunCounts, counting, counts
from matsluice.infra.metrics.shown import MetricsPlace, place_chosen, place_named, showing_metrics

__all__ = [
    "MetricsPlace",
    "RunCounts",
    "counting",
    "counts",
    "place_chosen",
    "place_named",
    "showing_metrics",
]
