"""A store that is there already, opened to be looked at or changed by hand: nothing is made where there is none."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from matsluice.infra.mistakes import InvalidInput
from matsluice.infra.tracking.access import check_access
from matsluice.infra.tracking.away import patiently
from matsluice.infra.tracking.store import TrackingStore, check_address, connect, set_environment

# A person waits before the terminal.
PATIENCE_S = 15.0
SQLITE = "sqlite:///"


def existing_store(uri: str, said_by: str = "") -> TrackingStore:
    """Open a store that is there.

    Parameters
    ----------
    uri
        Address of an MLflow server or database.
    said_by
        What has named it, for sentences: "--uri"; where left out, as in `check_address`.

    Raises
    ------
    InvalidInput
        There is no such store, or it does not let us in.
    Failed
        It does not answer, or cannot be read.
    """
    check_address(uri, said_by)
    if uri.startswith(SQLITE):
        _check_database(Path(uri.removeprefix(SQLITE)))
    check_access(uri)
    set_environment()
    client = patiently(lambda: connect(uri), "open the MLflow store", uri, PATIENCE_S)
    # Files of runs are not written from here.
    return TrackingStore(uri, client, None, PATIENCE_S)


def _check_database(path: Path) -> None:
    """Raise InvalidInput where a file is not MLflow's: it would be made, or given MLflow's tables."""
    if not path.is_file():
        raise InvalidInput(
            f"{path.parent} is no workspace with models (no {path.name}): run a campaign first, or name one with "
            "--workspace, --campaign or --uri"
        )
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as database:
            known = database.execute(
                "SELECT 1 FROM sqlite_master WHERE name = 'registered_models'"
            ).fetchone()
    except sqlite3.DatabaseError as error:
        raise InvalidInput(f"{path} cannot be read as a database ({error}): name MLflow's") from error
    if known is None:
        raise InvalidInput(f"{path} is a database and not MLflow's: name MLflow's")
