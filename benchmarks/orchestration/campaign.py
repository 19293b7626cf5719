"""The campaign against a plain script that computes the same: equal numbers first, then how much longer."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NamedTuple

import pandas as pd
from orchestration.result import load_said, result

from matsluice.flows.campaign_file.toml_text import toml_text

ROOT: Final = Path(__file__).parents[2]
EXAMPLE: Final = ROOT / "examples" / "solar-absorbers" / "campaign.toml"
SCRIPT: Final = ROOT / "benchmarks" / "plain_campaign.py"
BAR: Final = 1.15
STAGES: Final = ("ingest", "featurize", "train", "screen", "report")


@dataclass(frozen=True, slots=True)
class Size:
    """How much there is to do: trees of the forest, boosted trees, and numbers of elements in a candidate."""

    forest: int
    boosted: int
    elements: tuple[int, ...]


# The whole takes a plain script some 5 minutes on two idle cores.
WHOLE: Final = Size(800, 1250, (3, 4))
QUICK: Final = Size(10, 20, (3,))


def campaign_file(folder: Path, size: Size) -> Path:
    """Write the example's campaign, scaled to a size."""
    document = tomllib.loads(EXAMPLE.read_text())
    document["data"]["path"] = str(EXAMPLE.with_name(document["data"]["path"]))
    document["screen"]["candidates"]["sizes"] = list(size.elements)
    trees = {"random_forest": size.forest, "xgboost": size.boosted}
    for model in document["models"]:
        if model["kind"] in trees:
            model.setdefault("params", {})["n_estimators"] = trees[model["kind"]]
    path = folder / "campaign.toml"
    path.write_text(toml_text(document))
    return path


class Spent(NamedTuple):
    """Seconds of a whole process: by the clock, and of processors, its children's with it."""

    wall: float
    processor: float


def run_script(file: Path) -> tuple[Spent, dict[str, Any], pd.DataFrame]:
    """Run the plain script, and return what the whole process took, its scores and its hits."""
    folder = file.parent / "plain"
    folder.mkdir()
    spent, _ = whole_process([sys.executable, str(SCRIPT), str(file), str(folder)])
    return (
        spent,
        json.loads((folder / "scores.json").read_text()),
        pd.read_csv(folder / "hits.csv", float_precision="round_trip"),
    )


def run_campaign(file: Path) -> tuple[Spent, dict[str, Any], pd.DataFrame]:
    """Run the campaign, and return what the whole process took, its summary and its hits."""
    matsluice = Path(sys.executable).with_name("matsluice")
    spent, printed = whole_process([str(matsluice), "run", str(file), "--json"])
    summary = json.loads(printed)
    return spent, summary, pd.read_parquet(Path(summary["directory"]) / "hits.parquet")


def whole_process(command: list[str]) -> tuple[Spent, str]:
    """Run a process to its end, and return what it took and what it printed."""
    before, began = processor_seconds(), time.perf_counter()
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)  # noqa: S603
    return Spent(time.perf_counter() - began, processor_seconds() - before), done.stdout


def processor_seconds() -> float:
    """Return what processes that this one has started and seen end have taken."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return children.ru_utime + children.ru_stime


def check_equal(
    script: dict[str, Any], campaign: dict[str, Any], script_hits: pd.DataFrame, hits: pd.DataFrame
) -> None:
    """Raise AssertionError where the two sides have not computed the same, to the last bit."""
    ours, theirs = (
        {(model["model"], model["split"]): model["metrics"]["mae"]["mean"] for model in side["models"]}
        for side in (campaign, script)
    )
    assert ours == theirs, f"errors differ: {ours} and {theirs}"
    assert campaign["holdout"]["metrics"]["mae"] == script["holdout_mae"], "errors on the hold-out differ"
    assert hits["formula"].tolist() == script_hits["formula"].tolist(), "other hits, or another order"
    assert hits["prediction"].tolist() == script_hits["prediction"].tolist(), "other predictions"


def both(size: Size) -> tuple[Spent, dict[str, Any], Spent, dict[str, Any]]:
    """Run both sides, compare what they found, and give what the script took and told, then the campaign."""
    with tempfile.TemporaryDirectory() as folder:
        file = campaign_file(Path(folder), size)
        plain, scores, plain_hits = run_script(file)
        whole, summary, hits = run_campaign(file)
        check_equal(scores, summary, plain_hits, hits)
    return plain, scores, whole, summary


def measured(*, quick: bool) -> Iterator[dict[str, Any]]:
    """Give both times, their ratio, and where the difference goes."""
    if not quick:
        # Kernels on disk, Prefect's empty database, the libraries in the system's cache: neither side pays.
        both(QUICK)
    plain, scores, whole, summary = both(QUICK if quick else WHOLE)
    equal = len(summary["models"])
    print(f"{equal} contests, the hold-out and {summary['screen']['hits']} hits are equal to the last bit")
    yield result("plain script with joblib, whole process", plain.wall, "s")
    yield result("matsluice run, whole process", whole.wall, "s")
    load_said()
    yield result("campaign to plain script", whole.wall / plain.wall, "times", None if quick else BAR)
    # On a busy machine the clock says little. The Prefect server outlives the run and is not counted.
    yield result("campaign to plain script, processor time", whole.processor / plain.processor, "times")
    spent, own = summary["seconds"], scores["seconds"]
    for stage in STAGES:
        longer = spent[stage] - own.get(stage, 0.0)
        yield result(f"of the difference: {stage}", longer, "s")
    longer = spent["outside_stages"] + (whole.wall - spent["total"]) - (plain.wall - sum(own.values()))
    yield result("of the difference: start, servers, end", longer, "s")
