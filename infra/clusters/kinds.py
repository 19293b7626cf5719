"""Every kind of cluster a campaign file can name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class ClusterSpec:
    """One kind of cluster.

    Attributes
    ----------
    name
        The word in the campaign file.
    opener
        "module:function" of ``open_cluster(workers, memory_per_worker_bytes, scratch) -> Cluster``.
    summary
        One line for people.
    extra
        The optional dependency group it needs, or "".
    """

    name: str
    opener: str
    summary: str
    extra: str = ""


CLUSTERS: Mapping[str, ClusterSpec] = MappingProxyType(
    {
        spec.name: spec
        for spec in (
            ClusterSpec(
                name="local",
                opener="matsluice.infra.clusters.local:open_cluster",
                summary="worker processes on this machine, started and stopped by the run",
            ),
        )
    }
)
