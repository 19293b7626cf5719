"""A run's counts as Prometheus's metrics."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry
    from prometheus_client.metrics_core import Metric

    from matsluice.infra.metrics.counts import RunCounts

ENDINGS = ("completed", "interrupted", "failed")


def registry_of(counts: RunCounts) -> CollectorRegistry:
    """Return a registry that shows the counts as they are at each look.

    Examples
    --------
    >>> from prometheus_client import generate_latest
    >>> from matsluice.infra.metrics.counts import RunCounts
    >>> counts = RunCounts(campaign="gaps", run_id="1", version="0.1")
    >>> counts.sent(3)
    >>> "matsluice_chunks_in_flight 3.0" in generate_latest(registry_of(counts)).decode()
    True
    """
    from prometheus_client import CollectorRegistry

    class Collector:
        """What a registry asks for."""

        def collect(self) -> Iterator[Metric]:
            """Give every metric with its present value."""
            with counts.lock:
                yield from [*_of_the_run(counts), *_of_the_stages(counts), *_of_the_cluster(counts)]

    # The process's own numbers are left out: a run's are those that an operator looks for here.
    registry = CollectorRegistry()
    registry.register(Collector())
    return registry


def _of_the_run(counts: RunCounts) -> Iterator[Metric]:
    from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, InfoMetricFamily

    info = InfoMetricFamily("matsluice_run", "The run that this process works on.")
    info.add_metric([], {"campaign": counts.campaign, "run": counts.run_id, "version": counts.version})
    yield info
    yield GaugeMetricFamily(
        "matsluice_running",
        "1 while the attempt goes on, 0 when it has ended.",
        value=float(not counts.ended),
    )
    ended = GaugeMetricFamily(
        "matsluice_run_ended", "1 for the way the attempt has ended.", labels=["status"]
    )
    for status in ENDINGS:
        ended.add_metric([status], float(counts.ended == status))
    yield ended
    yield GaugeMetricFamily(
        "matsluice_last_progress_timestamp_seconds",
        "Unix time at which something was last done.",
        value=counts.last_progress,
    )
    rows = GaugeMetricFamily(
        "matsluice_rows", "Rows of the data by what became of their features.", labels=["outcome"]
    )
    for outcome, count in counts.rows.items():
        rows.add_metric([outcome], count)
    yield rows
    yield GaugeMetricFamily(
        "matsluice_mlflow_outbox_records", "Records not yet delivered to MLflow.", value=counts.outbox
    )
    spent = counts.core_seconds_now()
    yield CounterMetricFamily(
        "matsluice_core_seconds", "Threads of the cluster × time, busy or waiting.", value=spent
    )
    if counts.price is not None:
        price = CounterMetricFamily(
            "matsluice_price", "Core hours at the campaign's price.", labels=["currency"]
        )
        price.add_metric([counts.price.currency], spent / 3600.0 * counts.price.core_hour)
        yield price


def _of_the_stages(counts: RunCounts) -> Iterator[Metric]:
    from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

    at = GaugeMetricFamily("matsluice_stage", "1 for the stage the run is at.", labels=["stage"])
    seconds = CounterMetricFamily(
        "matsluice_stage_seconds", "Time in a stage, over all attempts.", labels=["stage"]
    )
    done = CounterMetricFamily(
        "matsluice_work_done", "What a stage has done in this attempt.", labels=["stage", "unit"]
    )
    expected = GaugeMetricFamily(
        "matsluice_work_expected", "What a stage knows to be done.", labels=["stage", "unit"]
    )
    rate = GaugeMetricFamily(
        "matsluice_work_per_second", "Done a second, over the last minute.", labels=["stage", "unit"]
    )
    rejected = CounterMetricFamily(
        "matsluice_work_rejected", "Of what is done, rejected.", labels=["stage", "reason"]
    )
    chunks = CounterMetricFamily("matsluice_chunks_done", "Calls that workers have done.", labels=["stage"])
    busy = CounterMetricFamily(
        "matsluice_chunk_seconds", "Time that workers have spent on calls.", labels=["stage"]
    )
    for name, stage in counts.stages.items():
        at.add_metric([name], float(name == counts.stage))
        seconds.add_metric([name], stage.seconds_now())
        done.add_metric([name, stage.unit], stage.done)
        if stage.expected:
            expected.add_metric([name, stage.unit], stage.expected)
        rate.add_metric([name, stage.unit], stage.rate() if stage.began is not None else 0.0)
        for reason, count in stage.rejected.items():
            rejected.add_metric([name, reason], count)
        chunks.add_metric([name], stage.chunks)
        busy.add_metric([name], stage.chunk_seconds)
    yield from (at, seconds, done, expected, rate, rejected, chunks, busy)


def _of_the_cluster(counts: RunCounts) -> Iterator[Metric]:
    from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

    yield GaugeMetricFamily(
        "matsluice_chunks_in_flight", "Calls that workers have in hand or queued.", value=counts.in_flight
    )
    yield CounterMetricFamily(
        "matsluice_chunk_retries", "Calls handed over anew because a worker died.", value=counts.retries
    )
    yield GaugeMetricFamily("matsluice_workers", "Workers that are there.", value=counts.workers)
    yield GaugeMetricFamily(
        "matsluice_worker_threads", "Calls that the workers run at once.", value=counts.threads
    )
    yield CounterMetricFamily(
        "matsluice_workers_lost", "Workers that went away during the run.", value=counts.workers_lost
    )
