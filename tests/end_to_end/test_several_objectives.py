"""A campaign that looks for two targets at once: a model each, one list of hits, by score and by fronts."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

if TYPE_CHECKING:
    from tests.end_to_end.conftest import CampaignFolder, MakeFolder

pytestmark = pytest.mark.models

MEASURED = Path(__file__).parents[2] / "flows" / "campaign_file" / "first-campaign" / "measured_band_gaps.csv"

OBJECTIVES = """\
[[screen.objectives]]
target = "band_gap"
between = [0.8, 2.6]
weight = 2.0
[[screen.objectives]]
target = "hardness"
maximize = true
[screen.candidates]
"""
FRONTS = 'at_most_per_system = 2\nrank = "pareto"\n' + OBJECTIVES.replace("weight = 2.0\n", "")


@pytest.fixture(scope="module")
def folder(session_folder: MakeFolder) -> CampaignFolder:
    table = pd.read_csv(MEASURED)
    chance = np.random.default_rng(1)
    table["hardness"] = 30.0 / (1.0 + table["band_gap"]) * chance.uniform(0.8, 1.2, len(table))
    return session_folder(
        ("holdout = 0.2", "holdout = 0.0"),
        ('"random", ', ""),
        ('[[models]]\nkind = "random_forest"\nparams = { n_estimators = 40 }\n', ""),
        ("[features]", '[[targets]]\ncolumn = "hardness"\nunit = "GPa"\n[features]'),
        ('objective = { target = "band_gap", between = [0.8, 2.6] }\n', ""),
        ("top = 500\n[screen.candidates]\n", f"top = 40\n{OBJECTIVES}"),
        table=table.to_csv(index=False),
        own_server=False,
    )


def hits_of(folder: CampaignFolder) -> pd.DataFrame:
    hits: pd.DataFrame = pq.read_table(folder.runs()[-1] / "hits.parquet").to_pandas()
    return hits


def test_two_targets_make_one_list(folder: CampaignFolder) -> None:
    from pymatgen.core.composition import Composition

    summary: dict[str, Any] = folder.run()
    assert summary["champion"]["target"] == "band_gap"
    assert [one["target"] for one in summary["further"]] == ["hardness"]
    hits = hits_of(folder)
    assert len(hits) == 40
    assert hits["prediction"].between(0.8, 2.6).all()
    assert (hits["hardness_lower"] < hits["hardness_prediction"]).all()
    assert hits["hardness_probability"].isna().all()
    assert hits["probability"].tolist() == hits["band_gap_probability"].tolist()
    order = list(zip(~hits["in_domain"], -hits["score"], strict=True))
    assert order == sorted(order)
    text = (folder.runs()[-1] / "report.html").read_text(encoding="utf-8")
    assert "weighted 2, 1" in text
    assert "hardness (GPa)" in text

    # The models are those there are; only the list is another.
    folder.change((f"top = 40\n{OBJECTIVES}", f"top = 40\n{FRONTS}"))
    folder.run()
    hits = hits_of(folder)
    assert "score" not in hits
    assert hits["front"].tolist() == sorted(hits["front"])
    assert hits["front"].min() == 1
    systems = hits["formula"].map(lambda formula: Composition(formula).chemical_system)
    assert systems.value_counts().max() <= 2
