"""Every kind of cluster a campaign file can name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class ClusterSpec:
    """One kind of cluster: a new one is a file with its keys and its opener, and an entry below.

    Attributes
    ----------
    name
        The word in the campaign file.
    opener
        "module:function" of ``open_cluster(settings, scratch) -> OpenCluster``.
    options
        "module:class" of the pydantic model of its own keys.
    summary
        One line for people.
    checker
        "module:function" of ``check(settings)``, which raises InvalidInput before a run writes anything; or "".
    has_address
        Whether it is somebody else's, and reached at the address the campaign names.
    extra
        The optional dependency group it needs, or "".
    """

    name: str
    opener: str
    options: str
    summary: str
    checker: str = ""
    has_address: bool = False
    extra: str = ""


CLUSTERS: Mapping[str, ClusterSpec] = MappingProxyType(
    {
        spec.name: spec
        for spec in (
            ClusterSpec(
                name="local",
                opener="matsluice.infra.clusters.local:open_cluster",
                options="matsluice.infra.clusters.local:LocalOptions",
                summary="worker processes on this machine, started and stopped by the run",
                checker="matsluice.infra.clusters.local:check_startable",
            ),
            ClusterSpec(
                name="scheduler",
                opener="matsluice.infra.clusters.scheduler:open_cluster",
                options="matsluice.infra.clusters.scheduler:SchedulerOptions",
                summary="a Dask scheduler that runs already, with whatever workers it has; the run leaves it as it is",
                checker="matsluice.infra.clusters.scheduler:check_answers",
                has_address=True,
            ),
        )
    }
)
