"""Where the work is done: one small file per kind of cluster."""

from matsluice.infra.clusters.cluster_options import ClusterOptions
from matsluice.infra.clusters.connection import Connection, check_cluster, connected
from matsluice.infra.clusters.kinds import CLUSTERS, ClusterSpec
from matsluice.infra.clusters.opened import ClusterSettings, OpenCluster

__all__ = [
    "CLUSTERS",
    "ClusterOptions",
    "ClusterSettings",
    "ClusterSpec",
    "Connection",
    "OpenCluster",
    "check_cluster",
    "connected",
]
