"""A Dask scheduler that runs already, and workers that are somebody else's: they are used and left as they are."""

from __future__ import annotations

import platform
import socket
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, cast

from matsluice.infra.clusters.cluster_options import ClusterOptions
from matsluice.infra.clusters.opened import ClusterSettings, OpenCluster
from matsluice.infra.lost_cluster import scheduler_address
from matsluice.infra.mistakes import Hindered, InvalidInput

if TYPE_CHECKING:
    from distributed import Client

CONNECT_WAIT_S = 5.0
GREETING_WAIT_S = 10.0  # a scheduler under load takes some seconds
# What functions and results are written with on one side and read with on the other, and what decides the numbers.
PACKAGES = (
    "matsluice",
    "distributed",
    "cloudpickle",
    "numpy",
    "scikit-learn",
    "xgboost",
    "numba",
    "pyarrow",
    "pymatgen",
    "gemmi",
)


class SchedulerOptions(ClusterOptions):
    """It has no keys of its own beside address."""


def check_answers(settings: ClusterSettings) -> None:
    """Raise InvalidInput where nothing listens at the address, or something that is no Dask scheduler."""
    kind, _, place = settings.address.partition("://")
    host, _, port = place.rpartition(":")
    try:
        with socket.create_connection((host.strip("[]"), int(port)), CONNECT_WAIT_S) as connection:
            # A scheduler speaks first. Where nobody speaks, Dask's client would wait for ever.
            connection.settimeout(GREETING_WAIT_S)
            speaks = kind != "tcp" or _greeted(connection)
    except OSError as error:
        raise InvalidInput(
            f'cluster.address "{settings.address}": nothing answers there ({error}); start it with '
            f'`dask scheduler --port {port}`, or write kind = "local"'
        ) from error
    if not speaks:
        raise InvalidInput(
            f'cluster.address "{settings.address}": what listens there does not answer as a Dask scheduler does; '
            "look at the port, or at the scheduler's log"
        )


def _greeted(connection: socket.socket) -> bool:
    try:
        return bool(connection.recv(1))
    except OSError:
        return False


def open_cluster(settings: ClusterSettings, _scratch: Path) -> OpenCluster:
    """Connect to the scheduler, and see that it computes with what this process computes with.

    Raises
    ------
    Hindered
        It does not answer as a Dask scheduler does, or has other versions of what decides the numbers.
    """
    from distributed import Client

    try:
        client = Client(settings.address, timeout=CONNECT_WAIT_S * 2, set_as_default=True)
    except (OSError, ValueError, RuntimeError) as error:
        raise Hindered(
            f"no Dask scheduler of this version answers at {settings.address} ({type(error).__name__}: {error}): "
            "look at its log, and run the same command"
        ) from error
    try:
        _check_same_everywhere(client)
    except BaseException:
        client.close()
        raise
    return OpenCluster(client, client.close, workers=None)


def versions_here() -> dict[str, str]:
    """Return the versions of Python and of `PACKAGES` in this process; "none" where one is not installed."""
    found = {"Python": platform.python_version()}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "none"
    return found


def _check_same_everywhere(client: Client) -> None:
    here = versions_here()
    for where, there in (
        ("the scheduler", lambda: {"": client.run_on_scheduler(versions_here)}),
        ("the worker", lambda: client.run(versions_here)),
    ):
        try:
            # Only an asynchronous client gives something to await.
            answers = cast("Mapping[str, Mapping[str, str]]", there())
        except ImportError as error:
            raise Hindered(
                f"{where} of {scheduler_address(client)} cannot import what it is to compute ({error}): "
                "install there what is installed here, and run the same command"
            ) from error
        for address, found in answers.items():
            raise_for_difference(here, found, f"{where} {address}".strip())


def raise_for_difference(here: Mapping[str, str], there: Mapping[str, str], where: str) -> None:
    """Raise Hindered where a version differs.

    Examples
    --------
    >>> raise_for_difference({"numpy": "2.4.0"}, {"numpy": "1.26.4"}, "the worker tcp://10.0.0.7:40001")
    Traceback (most recent call last):
        ...
    matsluice.infra.mistakes.Hindered: the worker tcp://10.0.0.7:40001 has numpy 1.26.4 and this process 2.4.0, ...
    """
    other = [
        f"{name} {there[name]} and this process {here[name]}" for name in here if there[name] != here[name]
    ]
    if other:
        raise Hindered(
            f"{where} has {'; '.join(other)}, and the numbers would depend on who computes them: "
            "install the same on both, and run the same command"
        )
