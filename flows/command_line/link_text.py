"""Where a run can be watched, as lines for a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from matsluice.flows.links import links_of


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
    >>> state = {"run_id": "20260504T120000-000", "links": {"dask": "http://127.0.0.1:4123/status"}}
    >>> for line in link_lines(state, Path("c.toml")):
    ...     print(line)
    run      20260504T120000-000
    log      matsluice logs c.toml --follow
    Dask     http://127.0.0.1:4123/status
    """
    if "links" not in state:
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
