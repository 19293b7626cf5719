"""Clocks that differ: a heartbeat looks stale, a signature is refused, a night's run comes at another hour."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from matsluice.infra.doctor.answered import Answered, ask
from matsluice.infra.doctor.check_spec import Finding, Subject, failure, ok, unused, warning
from matsluice.infra.doctor.feature_store import bucket_address
from matsluice.infra.doctor.workspace_files import probe_folder
from matsluice.infra.servers.prefect_settings import named_api_url

APART_S = 5.0  # a heartbeat of the workspace's lock is written every 5 s
REFUSED_S = 300.0  # S3 refuses at 900 s, tokens at some minutes
_DO = "have both machines keep their clocks by NTP: `timedatectl` says whether they do"


def workspace(subject: Subject) -> Finding:
    """Compare the time a new file gets with this machine's."""
    with probe_folder(subject) as folder:
        file = folder / "now"
        before = time.time()
        file.touch()
        there = file.stat().st_mtime
    return _judged(there - before, "the file system's clock")


def prefect(_subject: Subject) -> Finding:
    """Compare the date in an answer of Prefect's server."""
    url = named_api_url()
    if url is None:
        return unused("Prefect's server runs on this machine")
    return _of_answer(ask(f"{url}/health"), "Prefect's clock")


def mlflow(subject: Subject) -> Finding:
    """Compare the date in an answer of MLflow's server."""
    if not subject.tracking_server:
        return unused("there is no MLflow server")
    return _of_answer(ask(f"{subject.tracking_server}/health"), "MLflow's clock")


def store(subject: Subject) -> Finding:
    """Compare the date in an answer of the bucket's server."""
    address = bucket_address(subject.store)
    if not address:
        return unused("the feature store is a folder")
    return _of_answer(ask(address), "the bucket's clock")


def _of_answer(answer: Answered, whose: str) -> Finding:
    try:
        there = parsedate_to_datetime(answer.headers.get("date", ""))
    except ValueError:
        return unused("its answers carry no date")
    there = there if there.tzinfo else there.replace(tzinfo=UTC)
    # A date is cut to seconds; the answer was written somewhere between question and receipt.
    here = datetime.fromtimestamp(answer.asked_at + answer.seconds / 2, UTC)
    apart = (there - here).total_seconds()
    return _judged(0.0 if -1.0 <= apart <= 0.0 else apart, whose)


def _judged(apart: float, whose: str) -> Finding:
    said = f"{whose} is {abs(apart):.0f} s {'ahead' if apart > 0 else 'behind'}"
    if abs(apart) > REFUSED_S:
        return failure(said, _DO)
    return warning(said, _DO) if abs(apart) > APART_S else ok(f"{whose} agrees")
