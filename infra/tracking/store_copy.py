"""Moves what a workspace's own MLflow holds to the database and the files of a server, with every id kept.

    python -m matsluice.infra.tracking.store_copy WORKSPACE DATABASE ARTIFACTS

MLflow has no such command: its export tools make runs anew, with other ids and times.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from matsluice.infra.mistakes import Failed, InvalidInput
from matsluice.infra.tracking.access import without_secret

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine, MetaData, Table

# Where a row says where its files are.
PLACES: Mapping[str, tuple[str, ...]] = {
    "experiments": ("artifact_location",),
    "runs": ("artifact_uri",),
    "model_versions": ("source", "storage_location"),
    "logged_models": ("artifact_location",),
}
# A new database has one row in each; theirs are replaced.
MADE_WITH_IT = ("experiments", "workspaces")
OURS = "alembic_version"
ROWS_AT_ONCE = 1000
PROXIED = "mlflow-artifacts:"
FOLDER = "/mlartifacts/"


def copy_store(workspace: Path, database: str, artifacts: str) -> dict[str, int]:
    """Copy runs, numbers, models and files of a workspace; the workspace is left as it is.

    Parameters
    ----------
    workspace
        With mlflow.db and mlartifacts; no run may be under way.
    database
        SQLAlchemy's address of the server's database, which a server has made and nobody has written to.
    artifacts
        What the server is started with as --artifacts-destination: a folder, or ``s3://bucket/prefix``.

    Returns
    -------
    dict of str to int
        Rows copied, by table.

    Raises
    ------
    InvalidInput
        There is no such workspace, or the database is not one that can take it.
    Failed
        The copy did not come through; the database is as it was.
    """
    import sqlalchemy
    from sqlalchemy.exc import SQLAlchemyError

    file, files = workspace.absolute() / "mlflow.db", workspace.absolute() / "mlartifacts"
    if not file.exists():
        raise InvalidInput(f"{workspace} has no mlflow.db: name a workspace in which campaigns have run")
    source = sqlalchemy.create_engine(f"sqlite:///file:{file}?mode=ro&uri=true")
    target = sqlalchemy.create_engine(database)
    try:
        tables = _checked(source, target, without_secret(database))
        _copy_files(files, artifacts)
        with source.connect() as reading, target.begin() as writing:
            for name in reversed(MADE_WITH_IT):
                writing.execute(tables.tables[name].delete())
            counts = {
                table.name: _copy_table(table, reading, writing)
                for table in tables.sorted_tables
                if table.name != OURS
            }
            _go_on_counting(tables, writing)
    except SQLAlchemyError as error:
        said = str(error).splitlines()[0]
        raise Failed(f"nothing was copied to {without_secret(database)}: {said}") from error
    finally:
        source.dispose()
        target.dispose()
    return {name: count for name, count in counts.items() if count}


def _checked(source: Engine, target: Engine, place: str) -> MetaData:
    """Return the target's tables, where they are the source's and empty."""
    import sqlalchemy

    known = sqlalchemy.MetaData()
    known.reflect(target)
    revisions = []
    for engine in (source, target):
        if OURS not in sqlalchemy.inspect(engine).get_table_names():
            raise InvalidInput(f"{place} has no tables of MLflow: start the server once, then stop it")
        with engine.connect() as connection:
            revisions.append(
                connection.execute(sqlalchemy.text("select version_num from alembic_version")).scalar()
            )
    if revisions[0] != revisions[1]:
        raise InvalidInput(
            f"the workspace's tables are of another MLflow than those of {place} ({revisions[0]}, {revisions[1]}): "
            "use one version for both, and `mlflow db upgrade` on the older, after a backup"
        )
    with target.connect() as connection:
        for name in ("runs", "registered_models", "logged_models"):
            if connection.execute(sqlalchemy.select(known.tables[name]).limit(1)).first():
                raise InvalidInput(
                    f"{place} holds {name.replace('_', ' ')} already: a workspace is copied to a new database only"
                )
    return known


def _copy_files(files: Path, artifacts: str) -> None:
    from mlflow.store.artifact.artifact_repository_registry import get_artifact_repository

    if files.is_dir():
        get_artifact_repository(artifacts).log_artifacts(str(files))  # type: ignore[no-untyped-call]


def _copy_table(table: Table, reading: Connection, writing: Connection) -> int:
    import sqlalchemy

    here = sqlalchemy.Table(table.name, sqlalchemy.MetaData(), autoload_with=reading)
    wanted = [here.c[column.name] for column in table.columns if column.name in here.c]
    count = 0
    for rows in _portions(reading.execute(sqlalchemy.select(*wanted)).mappings()):
        writing.execute(table.insert(), [_moved(table.name, row) for row in rows])
        count += len(rows)
    return count


def _portions(rows: Any) -> Iterator[Sequence[Mapping[str, Any]]]:
    yield from rows.partitions(ROWS_AT_ONCE)


def _moved(table: str, row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row with the places of its files as the server gives them out.

    >>> _moved("runs", {"artifact_uri": "file:///w/mlartifacts/gaps/1/artifacts"})
    {'artifact_uri': 'mlflow-artifacts:/gaps/1/artifacts'}
    """
    moved = dict(row)
    for column in PLACES.get(table, ()):
        text = moved.get(column)
        # The workspace may have stood elsewhere when the row was written.
        if isinstance(text, str) and FOLDER in text and "://" in text:
            moved[column] = PROXIED + "/" + text.rpartition(FOLDER)[2]
    if table == "experiments" and moved["experiment_id"] == 0:
        moved["artifact_location"] = f"{PROXIED}/0"  # MLflow's own, in which no campaign is recorded
    return moved


def _go_on_counting(tables: MetaData, writing: Connection) -> None:
    """Let PostgreSQL number new rows after the copied ones."""
    import sqlalchemy

    if writing.dialect.name != "postgresql":
        return
    for table in tables.sorted_tables:
        numbers = (
            column for column in table.primary_key.columns if isinstance(column.type, sqlalchemy.Integer)
        )
        for column in numbers:
            asked = sqlalchemy.func.pg_get_serial_sequence(f'"{table.name}"', column.name)
            sequence = writing.execute(sqlalchemy.select(asked)).scalar()
            last = writing.execute(sqlalchemy.select(sqlalchemy.func.max(column))).scalar()
            if sequence is not None and last is not None:
                writing.execute(sqlalchemy.select(sqlalchemy.func.setval(sequence, max(int(last), 1))))


def main(words: Sequence[str] | None = None) -> int:
    """Copy as the words of a command say, and return the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m matsluice.infra.tracking.store_copy", description=__doc__
    )
    parser.add_argument("workspace", type=Path)
    parser.add_argument(
        "database", help="such as postgresql:///mlflow, with PGHOST, PGUSER and PGPASSWORD set"
    )
    parser.add_argument("artifacts", help="what the server has as --artifacts-destination")
    asked = parser.parse_args(words)
    try:
        counts = copy_store(asked.workspace, asked.database, asked.artifacts)
    except (InvalidInput, Failed) as mistake:
        sys.stderr.write(f"error: {mistake}\n")
        return 2 if isinstance(mistake, InvalidInput) else 4
    shown = ("experiments", "runs", "metrics", "params", "registered_models", "model_versions")
    sys.stdout.write(
        "copied " + ", ".join(f"{counts.get(name, 0)} {name.replace('_', ' ')}" for name in shown) + "\n"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
