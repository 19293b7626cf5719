"""Where the work is done: one small file per kind of cluster."""

from matsluice.infra.clusters.connection import Connection, connected
from matsluice.infra.clusters.kinds import CLUSTERS, ClusterSpec

__all__ = ["CLUSTERS", "ClusterSpec", "Connection", "connected"]
