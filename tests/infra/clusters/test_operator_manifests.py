"""What the operator's manifests hold is held against Kubernetes' own schemas, and against our workers' settings."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml  # type: ignore[import-untyped]

from matsluice.infra.clusters.worker_settings import worker_environment

FOLDER = Path(__file__).parents[3] / "infra" / "kubernetes" / "operator"
KUBERNETES = "1.30"
ROLES = ("scheduler", "worker")


def manifest(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((FOLDER / name).read_text(encoding="utf-8"))
    return loaded


def valid(kind: str, spec: dict[str, Any], version: str = "v1") -> None:
    kubernetes_validate.validate(
        {"apiVersion": version, "kind": kind, "metadata": {"name": "held"}, "spec": spec},
        KUBERNETES,
        strict=True,
    )


@pytest.mark.parametrize("role", ROLES)
def test_pods_are_pods(role: str) -> None:
    spec = manifest("daskcluster.yaml")["spec"][role]["spec"]
    valid("Pod", spec)
    spoilt = {**spec, "containers": [{**spec["containers"][0], "volumeMount": []}]}
    with pytest.raises(kubernetes_validate.ValidationError):
        valid("Pod", spoilt)


def test_service_leads_to_the_scheduler() -> None:
    cluster = manifest("daskcluster.yaml")
    scheduler = cluster["spec"]["scheduler"]
    valid("Service", scheduler["service"])
    # The operator names and labels what it makes of a cluster so.
    assert scheduler["service"]["selector"] == {
        "dask.org/cluster-name": cluster["metadata"]["name"],
        "dask.org/component": "scheduler",
    }
    ports = {port["name"] for port in scheduler["spec"]["containers"][0]["ports"]}
    assert {port["targetPort"] for port in scheduler["service"]["ports"]} == ports


def test_workers_are_set_up_as_a_runs_own() -> None:
    (worker,) = manifest("daskcluster.yaml")["spec"]["worker"]["spec"]["containers"]
    assert {each["name"]: each["value"] for each in worker["env"]} == worker_environment()


def test_autoscaler_is_the_clusters() -> None:
    spec = manifest("daskautoscaler.yaml")["spec"]
    assert spec["cluster"] == manifest("daskcluster.yaml")["metadata"]["name"]
    assert set(spec) == {"cluster", "minimum", "maximum"}
    assert 0 < spec["minimum"] < spec["maximum"]
