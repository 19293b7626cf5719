"""What the report and the first lines of a run say about its pages."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from matsluice.flows.command_line.link_text import link_lines
from matsluice.flows.links import links_of
from matsluice.flows.pages import ONLY_HERE, pages_of
from matsluice.flows.run_directory import RunDirectory

EMBEDDED: dict[str, Any] = {
    "status": "running",
    "stage": "train",
    "run_id": "20260504T120000-000",
    "prefect": {"flow_run_id": "f1"},
    "mlflow": {"tracking_uri": "sqlite:////w/mlflow.db", "experiment_id": "1", "run_id": "r1"},
    "links": {"prefect_now": "http://127.0.0.1:4200/runs/flow-run/f1", "dask": "http://127.0.0.1:1/status"},
}
SERVERS: dict[str, Any] = {
    **EMBEDDED,
    "mlflow": {"tracking_uri": "http://127.0.0.1:5000/", "experiment_id": "1", "run_id": "r1"},
    "links": {"prefect": "https://prefect.example/runs/flow-run/f1", "dask": "http://node1:8787/status"},
}


def run_with(folder: Path, state: dict[str, Any]) -> RunDirectory:
    path = folder / "w" / "runs" / "gaps" / state["run_id"]
    path.mkdir(parents=True)
    (path / "state.json").write_text(json.dumps(state))
    return RunDirectory(path)


def test_what_ends_with_the_run_is_shown_by_a_command(tmp_path: Path) -> None:
    pages = {page.name: page for page in pages_of(run_with(tmp_path, EMBEDDED | {"stage": "report"}))}
    assert list(pages) == ["Its pages", "Log"]
    assert pages["Its pages"].command == f"matsluice ui --workspace {tmp_path / 'w'}"
    assert "Prefect and MLflow" in pages["Its pages"].remark
    assert not any(page.address for page in pages.values())


def test_servers_that_stay_are_linked_and_loopback_is_marked(tmp_path: Path) -> None:
    pages = {page.name: page for page in pages_of(run_with(tmp_path, SERVERS))}
    assert list(pages) == ["Prefect page", "MLflow page", "Dask page", "Log"]
    assert pages["Prefect page"].address == "https://prefect.example/runs/flow-run/f1"
    assert pages["Prefect page"].remark == ""
    assert pages["MLflow page"].address == "http://127.0.0.1:5000/#/experiments/1/runs/r1"
    assert pages["MLflow page"].remark == ONLY_HERE


@pytest.mark.parametrize(
    ("state", "lines"),
    [
        (EMBEDDED, ["Prefect  http://127.0.0.1:4200/runs/flow-run/f1", "MLflow   matsluice ui c.toml"]),
        (SERVERS, ["Prefect  https://prefect.example/runs/flow-run/f1"]),
        (SERVERS, ["MLflow   http://127.0.0.1:5000/#/experiments/1/runs/r1"]),
    ],
)
def test_the_first_lines_of_a_run(state: dict[str, Any], lines: list[str]) -> None:
    said = list(link_lines(state, Path("c.toml")))
    assert said[:2] == ["run      20260504T120000-000", "log      matsluice logs c.toml --follow"]
    assert set(lines) <= set(said)


def test_an_earlier_runs_links_are_not_shown() -> None:
    assert list(link_lines(EMBEDDED | {"status": "completed"}, Path("c.toml"))) == []


def test_an_attempt_whose_state_has_no_links_yet_says_nothing() -> None:
    assert links_of({"run_id": "x"}).prefect == ""
    assert list(link_lines({"status": "running", "run_id": "x"}, Path("c.toml"))) == []
