"""A campaign divided by the year a material was known in: every fold learns from the past alone."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from pymatgen.core import Composition

if TYPE_CHECKING:
    from tests.end_to_end.conftest import MakeFolder

pytestmark = [pytest.mark.models, pytest.mark.timeout(600)]

RIDGE_ONLY = ('[[models]]\nkind = "random_forest"\nparams = { n_estimators = 40 }\n', "")
BY_TIME = ('splits = ["random", "composition"]', 'splits = ["random", "time"]')
COLUMN = ("[screen]", '[validation.time]\ncolumn = "year"\n[screen]')
QUICK = ('"composition.magpie", "composition.stoichiometry"]', '"composition.stoichiometry"]')


def material(formula: str) -> str:
    """Return one writing for all of a composition."""
    return Composition(formula).get_integer_formula_and_factor()[0]


def test_no_fold_knows_its_future(new_folder: MakeFolder) -> None:
    folder = new_folder(RIDGE_ONLY, BY_TIME, COLUMN, QUICK, own_server=False)
    path = folder.path / "measured_band_gaps.csv"
    table = pd.read_csv(path)
    # A material that was measured twice is known when its last label is.
    table["year"] = np.random.default_rng(4).integers(1990, 2021, len(table))
    table.to_csv(path, index=False)
    summary = folder.run()

    known = table.groupby(table["composition"].map(material))["year"].transform("max")
    run = folder.runs()[-1]
    predictions = pd.read_parquet(run / "cv_predictions.parquet")
    tested = predictions[(predictions["split"] == "time") & (predictions["model"] == "ridge")]
    years = known.loc[tested["id"].astype(int)].set_axis(tested.index)
    spans = years.groupby(tested["fold"]).agg(["min", "max"])
    assert len(spans) == 3
    # No year is in two folds, and each fold is later than the one before; the oldest rows are learned from alone.
    assert (spans["min"].to_numpy()[1:] > spans["max"].to_numpy()[:-1]).all()
    assert spans["min"].iloc[0] > known.min()

    groups = summary["splits"]["band_gap"]["time"]
    assert groups["folds"] == 3
    scores = {(one["model"], one["split"]): one["metrics"]["mae"] for one in summary["models"]}
    errors = (tested["y_true"] - tested["y_pred"]).abs().groupby(tested["fold"]).mean()
    assert scores["ridge", "time"]["folds"] == pytest.approx(errors.tolist())
    audit = json.loads((run / "audit.json").read_text())
    assert not [one for one in audit["findings"] if one["weight"] == "stops"]
    assert ">time<" in (run / "report.html").read_text()
