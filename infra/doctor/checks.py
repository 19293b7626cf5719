"""Every check of `matsluice doctor`."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from matsluice.infra.doctor.check_spec import CheckSpec

_HERE = "matsluice.infra.doctor"

CHECKS: Mapping[str, CheckSpec] = MappingProxyType(
    {
        spec.name: spec
        for spec in (
            CheckSpec(
                "installation.python",
                "Python is one that matsluice runs on",
                f"{_HERE}.installation:python",
            ),
            CheckSpec(
                "installation.packages",
                "every package is there in a version that matsluice works with",
                f"{_HERE}.installation:packages",
            ),
            CheckSpec(
                "installation.tested",
                "the versions are those the project is tested with",
                f"{_HERE}.installation:tested",
            ),
            CheckSpec(
                "installation.extras",
                "what the campaign's sources, cluster and servers need beside",
                f"{_HERE}.installation:extras",
            ),
            CheckSpec(
                "installation.kernels",
                "compiled kernels can be kept on disk",
                f"{_HERE}.kernels:kept",
            ),
            CheckSpec(
                "workspace.writable",
                "files can be made in the workspace",
                f"{_HERE}.workspace_files:writable",
            ),
            CheckSpec(
                "workspace.private",
                "who else may read or change the workspace",
                f"{_HERE}.workspace_files:private",
            ),
            CheckSpec(
                "workspace.rename",
                "a file can take another's place in one step",
                f"{_HERE}.workspace_files:rename",
                after=("workspace.writable",),
            ),
            CheckSpec(
                "workspace.links",
                "a file can have two names, which decides who of two writers was first",
                f"{_HERE}.workspace_files:links",
                after=("workspace.writable",),
            ),
            CheckSpec(
                "workspace.locks",
                "the kernel keeps two processes apart",
                f"{_HERE}.workspace_files:locks",
                after=("workspace.writable",),
            ),
            CheckSpec(
                "workspace.kind",
                "the file system is one to keep results on",
                f"{_HERE}.workspace_disk:kind",
            ),
            CheckSpec(
                "workspace.room",
                "free space",
                f"{_HERE}.workspace_disk:room",
            ),
            CheckSpec(
                "workspace.inodes",
                "how many more files there may be",
                f"{_HERE}.workspace_disk:inodes",
            ),
            CheckSpec(
                "workspace.speed",
                "how long it takes until a small file is safe",
                f"{_HERE}.workspace_disk:speed",
                after=("workspace.writable",),
                limit_s=60.0,
            ),
            CheckSpec(
                "workspace.clock",
                "the clock that dates files goes with this machine's",
                f"{_HERE}.clocks:workspace",
                after=("workspace.writable",),
            ),
            CheckSpec(
                "machine.memory",
                "the workers the campaign asks for fit into memory",
                f"{_HERE}.machine:memory",
            ),
            CheckSpec(
                "machine.processors",
                "they have a processor each",
                f"{_HERE}.machine:processors",
            ),
            CheckSpec(
                "loopback.ports",
                "servers can listen on this machine's own address",
                f"{_HERE}.addresses:loopback",
            ),
            CheckSpec(
                "loopback.listeners",
                "what a workspace's servers listen on is not open to other machines",
                f"{_HERE}.addresses:listeners",
            ),
            CheckSpec(
                "network.secrets",
                "no password crosses the network in the clear",
                f"{_HERE}.addresses:plain_passwords",
            ),
            CheckSpec(
                "network.scheduler",
                "nobody else can have the workers run their code",
                f"{_HERE}.addresses:open_scheduler",
            ),
            CheckSpec(
                "prefect.reachable",
                "Prefect's API answers",
                f"{_HERE}.prefect_api:reachable",
            ),
            CheckSpec(
                "prefect.access",
                "it lets us in",
                f"{_HERE}.prefect_api:access",
                after=("prefect.reachable",),
            ),
            CheckSpec(
                "prefect.version",
                "it is of the version installed here",
                f"{_HERE}.prefect_api:same_version",
                after=("prefect.access",),
            ),
            CheckSpec(
                "prefect.speed",
                "how long it takes to answer",
                f"{_HERE}.prefect_api:speed",
                after=("prefect.access",),
            ),
            CheckSpec(
                "prefect.clock",
                "its clock goes with this machine's",
                f"{_HERE}.clocks:prefect",
                after=("prefect.reachable",),
            ),
            CheckSpec(
                "prefect.database",
                "the workspace's own Prefect database can be read",
                f"{_HERE}.prefect_api:database",
            ),
            CheckSpec(
                "prefect.template",
                "a new workspace starts with a copy of an empty database",
                f"{_HERE}.prefect_api:template",
            ),
            CheckSpec(
                "mlflow.reachable",
                "MLflow's server or database answers",
                f"{_HERE}.mlflow_store:reachable",
            ),
            CheckSpec(
                "mlflow.access",
                "it lets us in",
                f"{_HERE}.mlflow_store:access",
                after=("mlflow.reachable",),
                limit_s=60.0,
            ),
            CheckSpec(
                "mlflow.version",
                "it is of the version installed here",
                f"{_HERE}.mlflow_store:same_version",
                after=("mlflow.access",),
                limit_s=60.0,
            ),
            CheckSpec(
                "mlflow.speed",
                "how long it takes to answer",
                f"{_HERE}.mlflow_store:speed",
                after=("mlflow.access",),
                limit_s=60.0,
            ),
            CheckSpec(
                "mlflow.clock",
                "its clock goes with this machine's",
                f"{_HERE}.clocks:mlflow",
                after=("mlflow.reachable",),
            ),
            CheckSpec(
                "mlflow.write",
                "a run and a file can be recorded, read back and deleted (with --write)",
                f"{_HERE}.mlflow_write:write",
                after=("mlflow.access",),
                limit_s=120.0,
            ),
            CheckSpec(
                "store.reachable",
                "the bucket or folder of the feature store is there",
                f"{_HERE}.feature_store:reachable",
                limit_s=60.0,
            ),
            CheckSpec(
                "store.write",
                "a file can be written there, read back and deleted",
                f"{_HERE}.feature_store:write",
                after=("store.reachable",),
                limit_s=60.0,
            ),
            CheckSpec(
                "store.commits",
                "of two writers of one object the second is told",
                f"{_HERE}.feature_store:commits",
                after=("store.write",),
                limit_s=60.0,
            ),
            CheckSpec(
                "store.clock",
                "its clock goes with this machine's",
                f"{_HERE}.clocks:store",
                after=("store.reachable",),
            ),
            CheckSpec(
                "cluster.reachable",
                "the cluster the campaign names can be used",
                f"{_HERE}.cluster_workers:reachable",
                limit_s=60.0,
            ),
            CheckSpec(
                "cluster.versions",
                "scheduler and workers have what is installed here",
                f"{_HERE}.cluster_workers:versions",
                after=("cluster.reachable",),
                limit_s=90.0,
            ),
            CheckSpec(
                "cluster.workers",
                "there are workers, with the memory the campaign asks for",
                f"{_HERE}.cluster_workers:workers",
                after=("cluster.versions",),
                limit_s=90.0,
            ),
            CheckSpec(
                "cluster.folder",
                "every worker sees the workspace",
                f"{_HERE}.cluster_workers:folder",
                after=("cluster.workers", "workspace.writable"),
                limit_s=90.0,
            ),
        )
    }
)
