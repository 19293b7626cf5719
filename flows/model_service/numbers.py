"""What a service counts, for Prometheus."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Gauge, Histogram, Info, ProcessCollector, generate_latest
from prometheus_client import Counter as Total
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4

if TYPE_CHECKING:
    from matsluice.tasks.model_service.answers import Answered

MEDIA_TYPE = CONTENT_TYPE_PLAIN_0_0_4
# Seconds: a formula takes some milliseconds, a structure that hangs as many seconds as it is allowed.
BUCKETS = (0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)


class ServiceNumbers:
    """Counts since the service has started; every one may be raised from any thread.

    Parameters
    ----------
    model
        What is served, by name.
    version
        Its version in the registry, "" where it has none.
    """

    def __init__(self, model: str, version: str) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        served = Info("matsluice_service_model", "The model that is served.", registry=self.registry)
        served.info({"model": model, "version": version})
        self.ready = Gauge(
            "matsluice_service_ready", "1 while requests are answered.", registry=self.registry
        )
        self.under_way = Gauge(
            "matsluice_service_requests_under_way", "Requests under way.", registry=self.registry
        )
        self._requests = Total(
            "matsluice_service_requests",
            "Requests that were answered, by path and status.",
            ["path", "status"],
            registry=self.registry,
        )
        self._seconds = Histogram(
            "matsluice_service_request_seconds",
            "From the headers of a request to the end of its answer.",
            ["path"],
            buckets=BUCKETS,
            registry=self.registry,
        )
        self._materials = Total(
            "matsluice_service_materials",
            "Materials asked about: predicted, predicted outside the domain, or refused.",
            ["outcome"],
            registry=self.registry,
        )
        self._refused = Total(
            "matsluice_service_materials_refused",
            "Materials without a prediction, by reason.",
            ["reason"],
            registry=self.registry,
        )

    def answered(self, path: str, status: int, seconds: float) -> None:
        """Count a request."""
        self._requests.labels(path, str(status)).inc()
        self._seconds.labels(path).observe(seconds)

    def predicted(self, answered: Answered) -> None:
        """Count the materials of a request."""
        for outcome, count in (
            ("predicted", answered.in_domain),
            ("outside domain", answered.predicted - answered.in_domain),
            ("refused", len(answered.refused)),
        ):
            self._materials.labels(outcome).inc(count)
        for reason, count in Counter(why.partition(":")[0][:40] for why in answered.refused.values()).items():
            self._refused.labels(reason).inc(count)

    def text(self) -> bytes:
        """Return all of them in Prometheus's text format."""
        return generate_latest(self.registry)
