"""MLflow: the server or database that is named, or the workspace's own SQLite."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from importlib.metadata import version
from pathlib import Path

from matsluice.infra.doctor.answered import SLOW_S, TOO_SLOW_S, ask, seconds_to_answer
from matsluice.infra.doctor.check_spec import Finding, Subject, failure, ok, unused, warning
from matsluice.infra.tracking.access import (
    ask_mlflow,
    asked_to_read,
    refused_sentence,
    told_by,
    without_secret,
)
from matsluice.infra.tracking.store import default_uri

_SQLITE = "sqlite:///"
_NOT_MADE = "not made yet: the first run makes it"


def _file(subject: Subject) -> Path | None:
    """Return the SQLite file that records go to, or None where it is another database or a server."""
    uri = subject.tracking_uri or default_uri(subject.workspace)
    return Path(uri.removeprefix(_SQLITE)) if uri.startswith(_SQLITE) else None


def reachable(subject: Subject) -> Finding:
    """Ask a server for its health; open a database."""
    if server := subject.tracking_server:
        return _server_answers(server)
    file = _file(subject)
    if file is not None and not file.exists():
        return ok(f"embedded: {file} is {_NOT_MADE}")
    if file is not None:
        try:
            with closing(
                sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True, timeout=5)
            ) as database:
                runs = database.execute("select count(*) from runs").fetchone()[0]
        except sqlite3.Error as error:
            return failure(
                f"{file} cannot be read ({error})",
                "end what keeps it locked; where it is damaged, take it from a backup",
            )
        return ok(f"{runs} runs in {file}")
    return _database_answers(subject.tracking_uri)


def _server_answers(server: str) -> Finding:
    do = f"start the server, mend {told_by(server)}, or leave it out: records then go to the workspace"
    place = without_secret(server)
    try:
        answer = ask(f"{server.rstrip('/')}/health")
    except OSError as error:
        return failure(f"{place} does not answer ({error})", do)
    if answer.status != 200 or answer.text.strip() != "OK":
        return failure(f"{place} answers, but not as an MLflow server ({answer.status})", do)
    return ok(place)


def _database_answers(uri: str) -> Finding:
    import sqlalchemy
    from sqlalchemy.exc import SQLAlchemyError

    place = without_secret(uri)
    try:
        engine = sqlalchemy.create_engine(uri, connect_args={"connect_timeout": 5})
        with engine.connect() as connection:
            connection.execute(sqlalchemy.text("select 1"))
    except (SQLAlchemyError, ImportError) as error:
        # SQLAlchemy adds its own words, and the database's go on for several lines.
        said = str(getattr(error, "orig", None) or error).partition("\n")[0]
        return failure(
            f"{place} does not answer ({said})",
            "start the database or mend its address; its driver comes with `pip install 'matsluice[servers]'`",
        )
    engine.dispose()
    return ok(place)


def access(subject: Subject) -> Finding:
    """Ask the server for something that needs the rights."""
    server = subject.tracking_server
    if not server:
        return unused("there is no MLflow server")
    status, answered = asked_to_read(server)
    if status in (401, 403):
        said, _, do = refused_sentence(server, status, answered).partition(": ")
        return failure(said, do)
    if status != 200:
        return failure(f"the server answers {status}", "look at its log: its database may be away")
    return ok("let in")


def same_version(subject: Subject) -> Finding:
    """Compare a server's version, or a database's tables, with those of the MLflow installed here."""
    here = version("mlflow")
    if server := subject.tracking_server:
        there = ask_mlflow(server, "/version")[1].strip()  # one with logins tells nobody else
        if there.split(".")[:2] == here.split(".")[:2]:
            return ok(there if here == there else f"{there}, and {here} here: alike enough")
        # MLflow promises that a client works with a newer server of its major version, and no more.
        return failure(
            f"the server has MLflow {there or 'of no version'}, and this environment {here}",
            f"`pip install mlflow=={here}` where the server runs, then `mlflow db upgrade` on its database",
        )
    file = _file(subject)
    if file is not None and not file.exists():
        return unused(_NOT_MADE)
    return _same_tables(subject.tracking_uri or default_uri(subject.workspace), here)


def _same_tables(uri: str, here: str) -> Finding:
    import sqlalchemy
    from alembic.script import ScriptDirectory
    from mlflow.store.db.utils import _get_alembic_config

    engine = sqlalchemy.create_engine(uri)
    with engine.connect() as connection:
        there = connection.execute(sqlalchemy.text("select version_num from alembic_version")).scalar()
    engine.dispose()
    scripts = ScriptDirectory.from_config(_get_alembic_config(db_url=""))  # type: ignore[no-untyped-call]
    if there == scripts.get_current_head():
        return ok(f"tables as MLflow {here} makes them")
    known = there in {script.revision for script in scripts.walk_revisions()}
    if known:
        return failure(
            f"its tables are of an older MLflow than {here}",
            f"make a backup, then `mlflow db upgrade {without_secret(uri)}`",
        )
    return failure(
        f"its tables are of a newer MLflow than {here}",
        "install the MLflow that made them: the way back is a backup",
    )


def speed(subject: Subject) -> Finding:
    """Take the median of some answers of a server."""
    server = subject.tracking_server
    if not server:
        return unused("there is no MLflow server")
    seconds = seconds_to_answer(f"{server.rstrip('/')}/health")
    said = f"{1000 * seconds:.0f} ms"
    if seconds > TOO_SLOW_S:
        return failure(said, "look at the server's load, its database, and the way to it")
    if seconds > SLOW_S:
        return warning(f"{said}: a run delivers its records that much later", "have the server nearer")
    return ok(said)
