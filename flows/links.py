"""Where a run can be watched: the pages of Dask, Prefect and MLflow, and its metrics."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from matsluice.flows.run_directory import RunDirectory
from matsluice.infra.metrics import counts
from matsluice.infra.redaction import redacted
from matsluice.infra.servers.prefect_server import is_embedded

if TYPE_CHECKING:
    from distributed import Client

LOOPBACK_HOSTS = frozenset({"127.0.0.1", "localhost", "::1"})
SERVERS = ("http://", "https://")


@dataclass(frozen=True, slots=True)
class Links:
    """Addresses that a browser opens; "" where there is none.

    Attributes
    ----------
    prefect, mlflow
        The run's own page, where a server that outlives the run serves it.
    prefect_now
        The run's page on the embedded server, which is there while the run lasts.
    dask, metrics
        There while the run lasts.
    """

    prefect: str = ""
    prefect_now: str = ""
    mlflow: str = ""
    dask: str = ""
    metrics: str = ""


def tell_links(run: RunDirectory) -> None:
    """Note in the state where this attempt can be watched, as far as it is known when it begins."""
    from prefect.settings import get_current_settings

    settings = get_current_settings()
    address = settings.ui_url or ""
    page = (
        redacted(f"{address.rstrip('/')}{prefect_path(run.state())}") if address.startswith(SERVERS) else ""
    )
    passing = is_embedded(settings.api.url or "", run.workspace.path)
    links = Links(
        prefect="" if passing else page, prefect_now=page if passing else "", metrics=counts().address
    )
    run.tell(links=asdict(links))


def tell_dashboard(run: RunDirectory, client: Client) -> None:
    """Note where the scheduler's pages are."""
    run.tell(links={"dask": dashboard_of(client)})


def dashboard_of(client: Client) -> str:
    """Return the address of the scheduler's pages, "" where it has none that is drawn."""
    try:
        return redacted(str(client.dashboard_link or ""))
    except Exception:  # noqa: BLE001 - a page to look at is not worth a run
        return ""


def prefect_path(state: dict[str, Any]) -> str:
    """Return the part of the address that is the run's page in Prefect's UI."""
    return f"/runs/flow-run/{state['prefect']['flow_run_id']}"


def mlflow_path(state: dict[str, Any]) -> str:
    """Return the part of the address that is the run's page in MLflow's UI, "" before MLflow has the run."""
    told = state.get("mlflow")
    return "" if told is None else f"/#/experiments/{told['experiment_id']}/runs/{told['run_id']}"


def links_of(state: dict[str, Any]) -> Links:
    """Return the links of a run from its state; MLflow's once its server has the run."""
    known = Links(**state.get("links", {}))
    told = state.get("mlflow", {}).get("tracking_uri", "")
    mlflow = f"{told.rstrip('/')}{mlflow_path(state)}" if told.startswith(SERVERS) else ""
    return Links(**{**asdict(known), "mlflow": mlflow})


def on_this_machine(address: str) -> bool:
    """Return whether an address can be opened only on the machine that serves it.

    Examples
    --------
    >>> on_this_machine("http://127.0.0.1:4200/runs"), on_this_machine("https://mlflow.example.org")
    (True, False)
    """
    return (urlsplit(address).hostname or "") in LOOPBACK_HOSTS
