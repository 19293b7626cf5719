"""Secrets that come in by every door, told by a block and by errors: none of them is in anything a run leaves."""

from __future__ import annotations

import base64
import json
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import pyarrow.parquet as pq
import pytest

if TYPE_CHECKING:
    from tests.end_to_end.conftest import Answer, CampaignFolder, MakeFolder

pytestmark = [pytest.mark.faults, pytest.mark.timeout(1800)]

PLUGIN = Path(__file__).parents[1] / "plugins" / "telltale.py"
PLANTED = {
    "MLFLOW_TRACKING_USERNAME": "somebody",
    "MLFLOW_TRACKING_PASSWORD": "pl4nted-mlflow/password+1",
    "MLFLOW_TRACKING_TOKEN": "pl4nted-mlflow-token",
    "AWS_SECRET_ACCESS_KEY": "pl4nted/aws+secret=",
    "AWS_SESSION_TOKEN": "pl4nted-aws-session",
    "MP_API_KEY": "pl4nted-materials-project",
    "PMG_MAPI_KEY": "pl4nted-mapi",
    "PREFECT_API_KEY": "pl4nted-prefect-key",
    "PREFECT_API_AUTH_STRING": "admin:pl4nted-prefect-auth",
    "PGPASSWORD": "pl4nted 'quoted\" password",
    "OPTIMADE_TOKEN": "pl4nted-optimade",
    "SOME_DATABASE": "postgresql+psycopg://mlflow:pl4nted%2Fdatabase@db.example:5432/mlflow",
    "HTTPS_PROXY_OF_MINE": "http://user:pl4nted-proxy@proxy.example:3128",
}
FORMS = {
    form
    for secret in [*PLANTED.values(), "pl4nted/database"]
    if "pl4nted" in secret
    for form in ("pl4nted", quote(secret, safe=""), base64.b64encode(secret.encode()).decode())
}
CHANGES = (
    ('"composition.magpie", "composition.stoichiometry"]', '"telltale.elements"]'),
    ('"radioactive"', '"Pb"'),
    ("[screen]", '[plugins]\nmodules = ["telltale.py"]\n[screen]'),
)


def indiscreet(brief: MakeFolder, *, fails: bool = False) -> CampaignFolder:
    made = brief(*CHANGES, own_server=True)
    temporary = made.path.parent / "temporary"
    temporary.mkdir()
    more = {"TMPDIR": str(temporary), "XDG_CACHE_HOME": str(made.path.parent / "cache")}
    failing = {"TELLTALE_FAILS": "1"} if fails else {}
    folder = replace(made, environment={**made.environment, **PLANTED, **more, **failing}, calls=made.calls)
    shutil.copy(PLUGIN, folder.path)
    table = folder.path / "measured_band_gaps.csv"
    text = table.read_text().rstrip("\n")
    width = text.splitlines()[0].count(",") - 1
    table.write_text(
        text + "".join(f"\n{formula},1.0{',' * width}" for formula in ("HeO", "NeO", "ArO")) + "\n"
    )
    return folder


def texts_of(path: Path) -> Iterator[bytes]:
    """Give what a file holds, as it stands there, and unpacked where it is a table or a database."""
    yield path.read_bytes()
    if path.suffix == ".parquet":
        yield repr(pq.read_table(path).to_pylist()).encode()
    if path.suffix == ".db":
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database, suppress(sqlite3.Error):
            for line in database.iterdump():
                yield line.encode(errors="replace")


def leaks(folder: CampaignFolder, answer: Answer) -> list[str]:
    """Return where a planted secret stands in what was left and said."""
    found = [f"said: {form}" for form in FORMS for text in (answer.out, answer.err) if form in text]
    for path in folder.path.parent.rglob("*"):
        if not path.is_file() or path.is_symlink() or path.name == PLUGIN.name:
            continue
        content = b"\n".join(texts_of(path)).replace(f'MARK = "{"pl4nted"}"'.encode(), b"")
        found += [
            f"{path.relative_to(folder.path.parent)}: {form}" for form in FORMS if form.encode() in content
        ]
    return found


def told(folder: CampaignFolder, *words: str) -> str:
    answer = folder("logs", "campaign.toml", *words)
    assert answer.code == 0, answer.err
    return answer.out


def test_a_run_that_completes_tells_none(brief: MakeFolder) -> None:
    folder = indiscreet(brief)
    answer = folder("run", "campaign.toml", "--metrics-file", str(folder.path / "m.prom"), timeout_s=800)
    assert answer.code == 0, answer.err
    assert leaks(folder, answer) == []
    # What was said is there, but for the secrets.
    rejected = pq.read_table(folder.runs()[-1] / "rejected.parquet").to_pylist()
    details = {row["reason"]: row["detail"] for row in rejected if row["stage"] == "featurize"}
    assert "refused with MLFLOW_TRACKING_PASSWORD [hidden]" in details["raised"]
    assert "killed" in details
    log = told(folder, "--level", "warning")
    assert "pl4nted" not in log
    assert "refused with" in log
    lines = [json.loads(line) for line in (folder.runs()[-1] / "log.jsonl").read_text().splitlines()]
    in_log = {(line["rejected_in"], line["id"], line["reason"]) for line in lines if "id" in line}
    assert in_log == {(row["stage"], row["id"], row["reason"]) for row in rejected}
    assert sum(line["rejected"] for line in lines if "rejected" in line) == len(rejected) > 1


def test_a_run_that_fails_tells_none(brief: MakeFolder) -> None:
    folder = indiscreet(brief, fails=True)
    answer = folder("run", "campaign.toml", timeout_s=800)
    assert answer.code == 4, answer.err
    assert "cannot be made with" in answer.err
    assert "Traceback" not in answer.err
    assert folder("report", "campaign.toml").code == 0
    assert folder("status", "campaign.toml").code == 0
    assert leaks(folder, answer) == []
    log = told(folder, "--level", "error")
    assert "Traceback" in log
    assert "cannot be made with" in " ".join(log.split())
    assert "[hidden]" in log
