"""Input that cannot be used: exit 2, one sentence that says where and what, and nothing written."""

from __future__ import annotations

import gzip
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.end_to_end.conftest import CampaignFolder, MakeFolder

Changes = tuple[tuple[str, str], ...]

HEADER = "composition,band_gap\n"
GOOD = "NaCl,8.5\nGaAs,1.42\nSi,1.1\nCdS,2.4\nZnS,3.6\nGe,0.7\nAlN,6.1\nInP,1.3\n"
# Candidates beyond the first batch of 4096, damaged where only a whole reading meets it.
LONG_GZIP = gzip.compress(b"formula\n" + b"".join(b"NaCl%d\n" % n for n in range(1, 20_001)))
WITH_ID = ('formula = "composition"', 'formula = "composition"\nid = "id"')
# Root may write anywhere, by the capability CAP_DAC_OVERRIDE (1); PR_CAPBSET_DROP (24) takes it from what is
# started next. For other users it does nothing.
WITHOUT_PRIVILEGE = """
import ctypes, os, sys
ctypes.CDLL(None).prctl(24, 1, 0, 0, 0)
os.execv(sys.argv[1], sys.argv[1:])
"""
LATIN_1 = "composition,band_gap,note\nNaCl,8.5,\nGaAs,1.42,M\xfcller\n".encode("latin-1")


def refused(folder: CampaignFolder, *words: str) -> str:
    """Return the one sentence with which a command is refused that must leave everything as it is."""
    before = {name: (folder.path / name).stat().st_mtime_ns for name in folder.files()}
    answer = folder(*(words or ("run", "campaign.toml")))
    assert {name: (folder.path / name).stat().st_mtime_ns for name in folder.files()} == before
    return sentence(answer.code, answer.out, answer.err)


def sentence(code: int, out: str, err: str) -> str:
    assert (code, out) == (2, ""), (out, err)
    (line,) = [line for line in err.splitlines() if line != "starting"]
    assert line.startswith("error: ")
    return line


@pytest.mark.parametrize(
    ("table", "said"),
    [
        pytest.param("", r"measured_band_gaps\.csv is empty", id="empty file"),
        pytest.param("\n\n", r"measured_band_gaps\.csv is empty", id="blank lines"),
        pytest.param(HEADER, r"measured_band_gaps\.csv has a header but no rows", id="header only"),
        pytest.param(LATIN_1, r"csv, line 3: not UTF-8 \(byte 0xFC", id="not UTF-8"),
        pytest.param(
            "compositon,band_gap\n" + GOOD,
            r'csv has no column "composition": did you mean "compositon"\?',
            id="missing formula column",
        ),
        pytest.param(
            "composition,bandgap\n" + GOOD,
            r'csv has no column "band_gap": did you mean "bandgap"\?',
            id="missing target column",
        ),
        pytest.param(
            "composition,band_gap,band_gap\nNaCl,1,2\n",
            r'names the column "band_gap" 2 times',
            id="column named twice",
        ),
        pytest.param(
            HEADER + "".join(f"{row.split(',')[0]},2\n" for row in GOOD.split()),
            r"target band_gap is 2 in all rows: there is nothing to learn",
            id="one value",
        ),
        pytest.param(
            HEADER + "NaCl,8.5\nGaAs,1.42\n",
            r"target band_gap: 2 usable rows of 2 materials are too few for validation\.folds = 3",
            id="fewer rows than folds",
        ),
        pytest.param(
            HEADER + "NaCl,8.5\nClNa,1.42\nNa2Cl2,1\nNa3Cl3,2\nCl4Na4,3\n",
            r"5 usable rows of 1 materials are too few",
            id="fewer materials than folds",
        ),
        pytest.param(
            HEADER + "".join(f"{row.split(',')[0]},none\n" for row in GOOD.split()),
            r"target band_gap: no usable row \(8 rows read, refused: 8 × missing target\)",
            id="no value",
        ),
        pytest.param(
            HEADER + '"NaCl,8.5\n' + GOOD * 20_000,
            r"measured_band_gaps\.csv, line \d+: .*quotation mark",
            id="quote left open",
        ),
    ],
)
def test_table(new_folder: MakeFolder, table: str | bytes, said: str) -> None:
    assert re.search(said, refused(new_folder(table=table)))


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("Xx2O3,1", "unknown element"),
        ("Fe2O3),1", "unbalanced bracket"),
        (",1", "empty"),
        ("nan,1", "missing"),
        ("Fe-2O3,1", "negative amount"),
        ("Fe2O3,", "missing target"),
        ("Fe2O3,wide", "target is not a number"),
        ("Fe2O3,inf", "target is not finite"),
        ("Fe2O3", "wrong number of fields"),
    ],
)
def test_more_bad_rows_than_allowed(new_folder: MakeFolder, row: str, reason: str) -> None:
    line = refused(new_folder(table=HEADER + GOOD + f"{row}\n"))
    assert f"1 of 9 rows cannot be used (1 × {reason}), more than features.max_rejected = 0.05" in line


def test_ids_that_are_not_different(new_folder: MakeFolder) -> None:
    rows = "".join(f"m{n},{row}\n" for n, row in enumerate(GOOD.split()))
    folder = new_folder(WITH_ID, table="id," + HEADER + rows + "m3,KCl,8.4\n")
    line = refused(folder)
    assert 'the id "m3" stands at measured_band_gaps.csv:5 and at measured_band_gaps.csv:10' in line


def test_several_values_where_one_is_allowed(new_folder: MakeFolder) -> None:
    folder = new_folder(('duplicates = "keep"', 'duplicates = "error"'), table=HEADER + GOOD + "ClNa,8\n")
    line = refused(folder)
    assert "is 8.5 at measured_band_gaps.csv:2 and 8 at measured_band_gaps.csv:10" in line


def test_damaged_gzip(new_folder: MakeFolder) -> None:
    folder = new_folder(("measured_band_gaps.csv", "gaps.csv.gz"))
    whole = gzip.compress((HEADER + GOOD * 4000).encode())
    for damaged in (whole[: len(whole) // 2], b"no gzip at all", whole[:200] + b"\0\1\2\3" + whole[204:]):
        (folder.path / "gaps.csv.gz").write_bytes(damaged)
        assert re.search(r"gaps\.csv\.gz, after line \d+: not a whole gzip file", refused(folder))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ((("composition.magpie", "composition.magpei"),), 'did you mean "composition.magpie"?'),
        ((('"ridge"', '"rigde"'),), 'did you mean "ridge"?'),
        ((('"random", ', '"randon", '),), 'did you mean "random"?'),
        ((("holdout", "holdoat"),), 'did you mean "holdout"?'),
        ((("n_estimators", "n_estimator"),), 'did you mean "n_estimators"?'),
        ((("folds = 3", "folds = 1"),), "validation.folds"),
        ((('path = "measured', 'path = "mesured'),), 'did you mean "measured_band_gaps.csv"?'),
        ((("[features]", "[features"),), "not TOML"),
    ],
)
def test_campaign_file(new_folder: MakeFolder, changes: Changes, said: str) -> None:
    line = refused(new_folder(*changes))
    assert re.match(r"error: (\S*/)?campaign\.toml:\d+", line)
    assert said in line


def test_campaign_file_that_is_none(new_folder: MakeFolder) -> None:
    folder = new_folder()
    assert "there is no file campain.toml" in refused(folder, "run", "campain.toml")
    (folder.path / "campaigns").mkdir()
    assert re.search(r"campaigns is a (folder|directory)", refused(folder, "run", "campaigns"))


@pytest.mark.parametrize(
    ("candidates", "said"),
    [
        pytest.param(None, r'campaign\.toml:\d+: .*no file matches "candidates\.csv"', id="missing"),
        pytest.param("formula\n", r"candidates\.csv has a header but no rows", id="no rows"),
        pytest.param("name\nNaCl\n", r'candidates\.csv has no column "formula"', id="no such column"),
        pytest.param(
            "formula,a\nrock salt,1\nXx,2\nYy,3\n",
            r"candidates\.csv has no candidate that can be read \(3 × unknown element",
            id="no formula",
        ),
    ],
)
def test_candidates(new_folder: MakeFolder, candidates: str | None, said: str) -> None:
    folder = new_folder()
    folder.take_candidates_from("candidates.csv")
    if candidates is not None:
        (folder.path / "candidates.csv").write_text(candidates)
    assert re.search(said, refused(folder))


def test_candidates_damaged_far_down(new_folder: MakeFolder) -> None:
    folder = new_folder()
    folder.take_candidates_from("candidates.csv.gz")
    (folder.path / "candidates.csv.gz").write_bytes(LONG_GZIP[:-2000])
    assert re.search(r"candidates\.csv\.gz, after line \d{4,}: not a whole gzip", refused(folder))


def test_workspace_that_is_a_file(new_folder: MakeFolder) -> None:
    folder = new_folder()
    (folder.path / "workspace").write_text("mine")
    assert "workspace is a file" in refused(folder)
    assert "workspace is a file" in refused(folder, "run", "campaign.toml", "--workspace", "workspace/deeper")


def test_workspace_without_permission(new_folder: MakeFolder) -> None:
    folder = new_folder()
    folder.path.chmod(0o555)
    command = Path(sys.executable).with_name("matsluice")
    try:
        answer = subprocess.run(
            [sys.executable, "-c", WITHOUT_PRIVILEGE, command, "run", "campaign.toml"],
            check=False,
            capture_output=True,
            text=True,
            timeout=60,
            cwd=folder.path,
            env=dict(folder.environment),
        )
    finally:
        folder.path.chmod(0o755)
    assert "cannot be written: no permission in" in sentence(answer.returncode, answer.stdout, answer.stderr)
    assert folder.files() == {"campaign.toml", "measured_band_gaps.csv"}


def test_port_in_use(new_folder: MakeFolder) -> None:
    folder = new_folder()
    (folder.path / "workspace").mkdir()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        for option, server in (("--mlflow-port", "MLflow"), ("--prefect-port", "Prefect")):
            call = folder.start("ui", "--workspace", "workspace", option, str(port))
            answer = call.wait(60)
            said = sentence(answer.code, answer.out, answer.err)
            assert f"port {port} for {server} is in use by another program" in said
            assert call.left_over(grace_s=10) == {}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("status", "--workspace", "nowhere"), "there is no workspace nowhere"),
        (("status", "campaign.toml"), "campaign gaps has no run in"),
        (("report", "campaign.toml"), "campaign gaps has no run in"),
        (("ui", "campaign.toml"), "there is no workspace"),
        (("blocks", "composition.magpei"), 'did you mean "composition.magpie"?'),
        (("init", "."), "has a campaign.toml already"),
        (("predict", "gaps", "measured_band_gaps.csv", "--out", "p.csv"), "is no workspace with models"),
        (("featurize", "nothing.csv", "--blocks", "composition.magpie", "--out", "f.parquet"), "nothing.csv"),
        (
            ("featurize", "measured_band_gaps.csv", "--blocks", "composition.magpei", "--out", "f.parquet"),
            'did you mean "composition.magpie"?',
        ),
        (
            (
                "featurize",
                "measured_band_gaps.csv",
                "--blocks",
                "composition.magpie",
                "--out",
                "no/f.parquet",
            ),
            "there is no folder",
        ),
    ],
)
def test_other_commands(new_folder: MakeFolder, words: tuple[str, ...], said: str) -> None:
    assert said in refused(new_folder(), *words)


def test_words_that_are_no_command(new_folder: MakeFolder) -> None:
    folder = new_folder()
    for words in (("rnu",), ("run",), ("run", "campaign.toml", "--jsn"), ("ui", "--mlflow-port", "many")):
        answer = folder(*words)
        assert answer.code == 2
        assert "Traceback" not in answer.err
        assert "Usage: matsluice" in answer.err


def test_plan_refuses_what_run_refuses(new_folder: MakeFolder) -> None:
    folder = new_folder(table=HEADER)
    assert refused(folder, "plan", "campaign.toml") == refused(folder)
    assert refused(folder, "plan", "campaign.toml", "--json") == refused(
        folder, "run", "campaign.toml", "--json"
    )


def test_a_signal_before_anything_is_written(new_folder: MakeFolder) -> None:
    folder = new_folder(table=HEADER + GOOD * 20_000)
    before = folder.files()
    call = folder.start("run", "campaign.toml")
    call.wait_for(lambda: "starting" in call.err.read_text(), timeout_s=30)
    call.send(signal.SIGINT)
    answer = call.wait(60)
    assert (answer.code, folder.files()) == (3, before), answer.err
