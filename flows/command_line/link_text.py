"""Where a run can be watched, as lines for a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from matsluice.flows.command_line.chosen import all_latest_runs
from matsluice.flows.links import links_of, mlflow_path, prefect_path


def link_lines(state: dict[str, Any], campaign_file: Path) -> Iterator[str]:
    """Give the lines that are known by now; addresses are not broken, so that they can be clicked.

    Parameters
    ----------
    state
        The run's state.
    campaign_file
        As the person wrote it, for the commands.

    Examples
    --------
    >>> state = {"status": "running", "run_id": "20260504T120000-000"}
    >>> state["links"] = {"dask": "http://127.0.0.1:4123/status"}
    >>> for line in link_lines(state, Path("c.toml")):
    ...     print(line)
    run      20260504T120000-000
    log      matsluice logs c.toml --follow
    Dask     http://127.0.0.1:4123/status
    """
    if "links" not in state or state["status"] != "running":
        return
    links = links_of(state)
    yield f"run      {state['run_id']}"
    yield f"log      matsluice logs {campaign_file} --follow"
    if links.prefect or links.prefect_now:
        yield f"Prefect  {links.prefect or links.prefect_now}"
    if links.metrics:
        yield f"metrics  {links.metrics}"
    if links.dask:
        yield f"Dask     {links.dask}"
    if "mlflow" in state:
        yield f"MLflow   {links.mlflow or f'matsluice ui {campaign_file}'}"


def run_page_lines(workspace: Path, mlflow_url: str, prefect_url: str) -> Iterator[str]:
    """Give, for the latest run of each campaign of a workspace, the addresses of its own pages.

    Parameters
    ----------
    workspace
        The workspace.
    mlflow_url, prefect_url
        Where the two servers' pages are.
    """
    root = mlflow_url.partition("/#")[0].rstrip("/")
    for run in all_latest_runs(workspace):
        state = run.state()
        yield f"{state['campaign']}, run {run.run_id}"
        if mlflow_path(state):
            yield f"  {root}{mlflow_path(state)}"
        if "prefect" in state:
            yield f"  {prefect_url.rstrip('/')}{prefect_path(state)}"
