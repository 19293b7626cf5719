"""A client of the Prefect that keeps the schedules: the one that is named, or the workspace's own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from matsluice.infra.servers.prefect_server import start_prefect
from matsluice.infra.servers.prefect_services import mark_scheduled, start_services
from matsluice.infra.servers.prefect_settings import named_api_url, prefect_folder, prefect_settings

if TYPE_CHECKING:
    from prefect.client.orchestration import SyncPrefectClient


@contextmanager
def prefect_of(workspace: Path) -> Iterator[SyncPrefectClient]:
    """Give a client of the Prefect that is named, or of the workspace's own, which then makes runs by schedule."""
    if not named_api_url():
        mark_scheduled(workspace)
    prefect_folder(workspace).mkdir(
        parents=True, exist_ok=True
    )  # Prefect warns where it cannot make its home
    with start_prefect(workspace) as server, prefect_settings(server.environment):
        from prefect.client.orchestration import get_client

        server.wait_ready()
        if server.embedded:
            start_services(workspace, server.api_url)
        with get_client(sync_client=True) as client:
            yield client
