"""`matsluice screen backtest` and `replay` as a person runs them: killed, taken up, on fewer workers."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

if TYPE_CHECKING:
    from tests.end_to_end.conftest import CampaignFolder, MakeFolder

pytestmark = [pytest.mark.faults, pytest.mark.timeout(1800)]

BACKTEST = ("screen", "backtest", "campaign.toml", "--model", "ridge", "--k", "5,500")
REPLAY = ("screen", "replay", "campaign.toml", "--model", "ridge", "--rounds", "3", "--seeds", "3")
# What a clock or a folder says is another thing elsewhere.
# The id names the campaign as it stands, its cluster included.
ELSEWHERE = ("fit_seconds", "directory", "id")


def pieces(folder: CampaignFolder, kind: str) -> dict[str, tuple[int, int]]:
    """Return every piece with its file's identity and time."""
    found = folder.path.glob(f"workspace/runs/gaps/{kind}/*/pieces/*.npz")
    return {path.name: (path.stat().st_ino, path.stat().st_mtime_ns) for path in found}


def numbers(record: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in record.items() if name not in ELSEWHERE}


@pytest.fixture(scope="module")
def folder(session_folder: MakeFolder) -> CampaignFolder:
    """The small campaign, which was never run: features are computed by the first command that needs them."""
    return session_folder(own_server=False)


@pytest.fixture(scope="module")
def elsewhere(session_folder: MakeFolder) -> CampaignFolder:
    """The same with one worker."""
    return session_folder(("workers = 2", "workers = 1"), own_server=False)


def test_a_backtest_and_again(folder: CampaignFolder) -> None:
    answer = folder(*BACKTEST, "--seeds", "2", "--json")
    assert answer.code == 0, answer.err
    record = answer.record
    assert (record["model"], record["split"], record["screens"]) == ("ridge", "composition", 6)
    assert record["data"]["holdout"] > 0
    of_five, of_all = record["at"]
    assert of_five["k"] == 5
    assert of_all["model"]["recall"]["mean"] == pytest.approx(1.0)
    place = Path(record["directory"])
    names = {path.name for path in place.iterdir() if path.is_file() and not path.name.startswith(".")}
    assert {"backtest.json", "backtest.parquet", "precision.png", "recall.png"} <= names
    assert not (place / "work").exists()
    table = pd.read_parquet(place / "backtest.parquet")
    # Each candidate is hidden once a seed, and its material with it.
    assert table.groupby("seed")["id"].nunique().tolist() == [record["data"]["candidates"]] * 2
    assert int(table["hit"].sum()) == 2 * record["data"]["hits"]
    assert table.loc[table["hit"], "value"].between(0.8, 2.6).all()

    before = pieces(folder, "backtests")
    again = folder(*BACKTEST, "--seeds", "2")
    assert again.code == 0, again.err
    assert max(map(len, again.out.splitlines()[:-1])) <= 80
    assert pieces(folder, "backtests") == before
    assert json.loads((place / "backtest.json").read_text()) == record


def test_a_replay_that_is_killed(folder: CampaignFolder, elsewhere: CampaignFolder) -> None:
    call = folder.start(*REPLAY)
    call.wait_for(lambda: len(pieces(folder, "replays")) >= 2)
    os.kill(call.process.pid, signal.SIGKILL)
    call.process.wait(10)
    assert call.left_over(grace_s=60) == {}
    before = pieces(folder, "replays")
    answer = folder(*REPLAY, "--json")
    assert answer.code == 0, answer.err
    assert before.items() <= pieces(folder, "replays").items()
    assert len(pieces(folder, "replays")) == 3 * 4
    record = answer.record
    assert [one["rule"] for one in record["rules"]] == [
        "exploit",
        "expected_improvement",
        "upper_bound",
        "random",
    ]
    assert record["labels"] == [20, 30, 40, 50]

    other = elsewhere(*REPLAY, "--json")
    assert other.code == 0, other.err
    assert numbers(other.record) == numbers(record)
    tables = [Path(one["directory"], "replay.parquet").read_bytes() for one in (record, other.record)]
    assert tables[0] == tables[1]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("backtest", "campaign.toml"), "has no champion for band_gap yet: name a model with --model"),
        (("backtest", "campaign.toml", "--model", "ridgy"), 'did you mean "ridge"?'),
        (("backtest", "campaign.toml", "--model", "ridge", "--k", "ten"), "write whole numbers from 1"),
        (("replay", "campaign.toml", "--rules", "explor"), 'did you mean "explore"?'),
        (("replay", "nowhere.toml"), "nowhere.toml"),
    ],
)
def test_mistakes(new_folder: MakeFolder, words: tuple[str, ...], sentence: str) -> None:
    folder = new_folder(own_server=False)
    before = folder.files()
    answer = folder("screen", *words)
    assert (answer.code, answer.out) == (2, "")
    assert sentence in answer.err
    assert "Traceback" not in answer.err
    assert folder.files() == before


def test_a_window_that_nothing_meets(new_folder: MakeFolder) -> None:
    folder = new_folder(("between = [0.8, 2.6]", "at_least = 99.5"), own_server=False)
    before = folder.files()
    answer = folder(*BACKTEST)
    assert (answer.code, answer.out) == (2, "")
    assert "no labelled band_gap is at least 99.5, the nearest is" in answer.err
    assert folder.files() == before
