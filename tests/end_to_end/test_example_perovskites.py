"""The second example as a person would run it: formation energies of 3787 perovskites from their crystals."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

EXAMPLE = Path(__file__).parents[2] / "examples" / "perovskites" / "campaign.toml"

pytestmark = [pytest.mark.examples, pytest.mark.timeout(900)]


def test_it_learns_formation_energies_from_structures(
    tmp_path: Path, environment: dict[str, str], public_data: Callable[[str], Path]
) -> None:
    shutil.copy(EXAMPLE, tmp_path)
    shutil.copy(public_data("perov5/perov5_val.csv.gz"), tmp_path)
    command = [str(Path(sys.executable).with_name("matsluice")), "run", "campaign.toml", "--json"]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    summary = json.loads(done.stdout)
    assert summary["status"] == "completed"
    assert summary["features"]["rows_in"] == summary["features"]["computed"] == 3787
    assert summary["features"]["rejected"] == 0
    assert summary["snapshot"]["unique_materials"] == 3787
    errors = {(m["model"], m["split"]): m["metrics"]["mae"]["mean"] for m in summary["models"]}
    # eV/atom. With the composition blocks alone xgboost stays at 0.42: a formula is several crystals here.
    assert errors["xgboost", "composition"] < 0.2 < 0.5 < errors["dummy", "composition"]
    assert summary["champion"]["model"] == "xgboost"
    predictions = pd.read_parquet(tmp_path / "workspace/runs/perovskites/latest/cv_predictions.parquet")
    assert set(predictions.groupby(["model", "split"]).size()) == {3787 - 758}
    assert (tmp_path / "workspace/runs/perovskites/latest/report.html").stat().st_size > 10_000
