"""MLflow's address of this process, borrowed and given back."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from matsluice.infra.tracking.access import VARIABLE


@contextmanager
def addressed(uri: str) -> Iterator[None]:
    """Set MLflow's address for the whole process, and leave it as it was: named here, by the environment, or not.

    Parts of MLflow (its registry, its loading of models) take no other address. MLflow writes the one it is given
    into the environment too, where the next call would take it for the person's.

    Parameters
    ----------
    uri
        Address of a server or database.

    Examples
    --------
    >>> import mlflow
    >>> with addressed("sqlite:///a.db"):
    ...     print(mlflow.get_tracking_uri())
    sqlite:///a.db
    >>> mlflow.is_tracking_uri_set()
    False
    """
    import mlflow

    named = os.environ.pop(VARIABLE, None)
    before = mlflow.get_tracking_uri() if mlflow.is_tracking_uri_set() else None  # type: ignore[no-untyped-call]
    mlflow.set_tracking_uri(uri)
    try:
        yield
    finally:
        mlflow.set_tracking_uri(before)  # type: ignore[arg-type]  # None, its first value, is accepted
        os.environ.pop(VARIABLE, None)
        if named is not None:
            os.environ[VARIABLE] = named
