"""Prefect: the server that is named, or what the embedded one needs."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from importlib.metadata import version

from matsluice.infra.doctor.answered import SLOW_S, TOO_SLOW_S, ask, seconds_to_answer
from matsluice.infra.doctor.check_spec import Finding, Subject, failure, ok, unused, warning
from matsluice.infra.servers.prefect_access import ask_prefect, refused_sentence
from matsluice.infra.servers.prefect_settings import named_api_url, prefect_folder
from matsluice.infra.servers.prefect_template import can_be_written, template_folder
from matsluice.infra.servers.server_record import read_record

_EMBEDDED = "a run starts its own server, on this machine"


def reachable(subject: Subject) -> Finding:
    """Ask the server that is named, or the one that runs on the workspace, for its health."""
    url = named_api_url()
    if url is None:
        record = read_record(subject.workspace / "servers" / "prefect.json")
        if record is None or not record.running:
            return ok(f"embedded: {_EMBEDDED}")
        do = f"end what uses this workspace, and see {record.log_file}"
        url, where = record.url, "the workspace's own server"
    else:
        do = "start the server, mend PREFECT_API_URL, or unset it: a run then starts its own"
        where = "PREFECT_API_URL"
    try:
        answer = ask(f"{url}/health")
    except OSError as error:
        return failure(f"{where} {url} does not answer ({error})", do)
    if answer.status != 200:
        return failure(
            f"{where} {url} answers, but not as Prefect's API ({answer.status})",
            "give the API's address, which ends in /api",
        )
    return ok(f"{where} {url}")


def access(_subject: Subject) -> Finding:
    """Ask for something that needs the rights."""
    url = named_api_url()
    if url is None:
        return unused(_EMBEDDED)
    answer = ask_prefect(url, "/admin/version")
    if answer.status_code in (401, 403):
        said, _, do = refused_sentence(url).partition(": set ")
        return failure(said, f"set {do}")
    if answer.status_code != 200:
        return failure(f"{url}/admin/version answers {answer.status_code}", "look at the server's log")
    return ok("let in")


def same_version(_subject: Subject) -> Finding:
    """Compare the first two numbers: Prefect's API changes with the second."""
    url = named_api_url()
    if url is None:
        return unused(_EMBEDDED)
    here, there = version("prefect"), str(ask_prefect(url, "/admin/version").json())
    if here.split(".")[:2] != there.split(".")[:2]:
        return failure(
            f"the server has Prefect {there}, and this environment {here}",
            f"`pip install prefect=={here}` where the server runs, then `prefect server database upgrade`",
        )
    return ok(there if here == there else f"{there}, and {here} here: alike enough")


def speed(_subject: Subject) -> Finding:
    """Take the median of some answers."""
    url = named_api_url()
    if url is None:
        return unused(_EMBEDDED)
    seconds = seconds_to_answer(f"{url}/health")
    said = f"{1000 * seconds:.0f} ms"
    if seconds > TOO_SLOW_S:
        return failure(said, "look at the server's load, its database, and the way to it")
    if seconds > SLOW_S:
        return warning(f"{said}: each step of a run waits for some answers", "have the server nearer")
    return ok(said)


def database(subject: Subject) -> Finding:
    """Read the embedded server's SQLite file, where there is one."""
    file = prefect_folder(subject.workspace) / "prefect.db"
    if named_api_url() is not None or not file.exists():
        return unused("PREFECT_API_URL names a server" if named_api_url() else "not made yet")
    try:
        with closing(sqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True, timeout=5)) as connection:
            runs = connection.execute("select count(*) from flow_run").fetchone()[0]
    except sqlite3.Error as error:
        return failure(
            f"{file} cannot be read ({error})",
            "end what keeps it locked; a damaged one can be moved away: it is Prefect's history, no result",
        )
    return ok(f"{runs} flow runs in {file.name}")


def template(_subject: Subject) -> Finding:
    """See whether the copy of an empty database can be kept in this user's cache."""
    if named_api_url() is not None:
        return unused("PREFECT_API_URL names a server")
    folder = template_folder()
    if can_be_written(folder):
        return ok(f"in {folder}")
    return warning(
        f"{folder} cannot be written, so the server of a new workspace takes 15 s to start instead of 5",
        "set XDG_CACHE_HOME to a folder that can be written",
    )
