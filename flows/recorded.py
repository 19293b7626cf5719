"""Prefect's own record of a run, complete before its server is stopped."""

from __future__ import annotations

from pathlib import Path

from matsluice.flows.run_directory import RunDirectory
from matsluice.infra.servers.prefect_rows import wait_until_recorded


def drain(directory: Path) -> None:
    """Wait until every task run of the attempt stands in Prefect's database in its last state."""
    wait_until_recorded(RunDirectory(directory).state()["prefect"]["flow_run_id"])
