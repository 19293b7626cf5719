"""What scheduler and workers compute with, compared with this process: the numbers must not depend on who computes."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, cast

from matsluice.infra.lost_cluster import scheduler_address
from matsluice.infra.mistakes import Hindered

if TYPE_CHECKING:
    from distributed import Client

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


def versions_here() -> dict[str, str]:
    """Return the versions of Python and of `PACKAGES` in this process; "none" where one is not installed."""
    found = {"Python": platform.python_version()}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "none"
    return found


def versions_there(client: Client) -> dict[str, Mapping[str, str]]:
    """Return who computes, "the scheduler" first and then "the worker ADDRESS" → versions.

    Raises
    ------
    Hindered
        One of them cannot import what it is to compute.
    """
    answers: dict[str, object] = {}
    try:
        # Only an asynchronous client gives something to await.
        answers["the scheduler"] = cast("object", client.run_on_scheduler(versions_here))
    except ImportError as error:
        answers["the scheduler"] = error
    workers = cast("Mapping[str, object]", client.run(versions_here, on_error="return"))
    answers |= {f"the worker {address}": answer for address, answer in workers.items()}
    return {
        who: _as_versions(who, answer, client)
        for who, answer in answers.items()
        if not isinstance(answer, OSError)  # one that has gone computes nothing
    }


def _as_versions(who: str, answer: object, client: Client) -> Mapping[str, str]:
    if isinstance(answer, ImportError):
        raise Hindered(
            f"{who} of {scheduler_address(client)} cannot import what it is to compute ({answer}): "
            "install there what is installed here, and run the same command"
        ) from answer
    if isinstance(answer, Exception):
        raise answer
    return cast("Mapping[str, str]", answer)


def check_same_everywhere(client: Client) -> None:
    """Raise Hindered where scheduler or workers have other versions of what decides the numbers."""
    here = versions_here()
    for who, there in versions_there(client).items():
        if other := differences(here, there):
            raise Hindered(
                f"{who} has {'; '.join(other)}, and the numbers would depend on who computes them: "
                "install the same on both, and run the same command"
            )


def differences(here: Mapping[str, str], there: Mapping[str, str]) -> list[str]:
    """Return what is of another version there.

    Examples
    --------
    >>> differences({"numpy": "2.4.0", "gemmi": "0.7.3"}, {"numpy": "1.26.4", "gemmi": "0.7.3"})
    ['numpy 1.26.4 and this process 2.4.0']
    """
    return [
        f"{name} {there[name]} and this process {here[name]}" for name in here if there[name] != here[name]
    ]
