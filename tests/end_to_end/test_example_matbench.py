"""A benchmark's recipe is a campaign: run as one on the same folds, it errs by the same numbers."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

RECIPES = Path(__file__).parents[2] / "examples" / "matbench"
TASK = "matbench_steels"

pytestmark = [pytest.mark.examples, pytest.mark.timeout(900)]


def test_a_campaign_and_the_benchmark_err_alike(
    tmp_path: Path, environment: dict[str, str], public_data: Callable[[str], Path]
) -> None:
    for name in (f"{TASK}.csv", f"{TASK}.folds.json"):
        (tmp_path / name).write_bytes(public_data(f"matbench/{name}").read_bytes())
    # A twentieth of the trees: what is compared is how, and not how well.
    recipe = (RECIPES / f"{TASK}.toml").read_text(encoding="utf-8")
    assert recipe.count("n_estimators = 1000") == 2
    (tmp_path / f"{TASK}.toml").write_text(
        recipe.replace("n_estimators = 1000", "n_estimators = 50"), encoding="utf-8"
    )

    def matsluice(*words: str) -> Any:
        command = [str(Path(sys.executable).with_name("matsluice")), *words, "--json"]
        done = subprocess.run(
            command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    scores = matsluice("bench", "matbench", "--data", ".", "--recipes", ".", "--tasks", TASK)[TASK]
    summary = matsluice("run", f"{TASK}.toml")
    (of_campaign,) = (
        entry["metrics"]["mae"]
        for entry in summary["models"]
        if (entry["model"], entry["split"]) == ("recipe", "official")
    )
    assert of_campaign["folds"] == scores["folds"]
    assert 60 < of_campaign["mean"] < 90  # MPa
