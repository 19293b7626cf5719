"""Rows that cannot be used, where the campaign allows for some: each is in rejected.parquet with its reason."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pandas as pd
import pytest

if TYPE_CHECKING:
    from tests.end_to_end.conftest import MakeFolder

pytestmark = pytest.mark.models

BAD_ROWS = {
    "Xx2O3,1": "unknown element",
    "Fe2O3),1": "unbalanced bracket",
    ",1": "empty",
    "nan,1": "missing",
    "Fe-2O3,1": "negative amount",
    "Fe2O3,": "missing target",
    "Fe2O3,wide": "target is not a number",
    "Fe2O3,-inf": "target is not finite",
    "Fe2O3": "wrong number of fields",
    "Fe2O3,1,2": "wrong number of fields",
}
# GaAs three ways, of which one is measured, and lead, which no hit may contain.
CANDIDATES = [
    "GaAs",
    "As2Ga2",
    "In0.5Ga0.5P",
    "PbS",
    "Pb2Br4",
    "unobtainium",
    "",
    "ZnSnN2",
    "Na3Sb",
    "CdIn2Te4",
]


def test_refused_rows_are_told_and_the_rest_is_learned_from(new_folder: MakeFolder) -> None:
    folder = new_folder(
        ('formula = "composition"', 'formula = "composition"\nid = "id"'),
        ("[validation]", "max_rejected = 0.1\n[validation]"),
        ('duplicates = "keep"', 'duplicates = "median"'),
        ("[0.8, 2.6]", "[0.0, 20.0]"),
        ('"Mg", ', '"Pb", '),
        own_server=False,
    )
    table = folder.path / "measured_band_gaps.csv"
    header, *good = table.read_text().splitlines()
    rows = [*good[:20], *BAD_ROWS, *good[20:]]
    table.write_text("\n".join([f"id,{header}", *(f"m{n},{row}" for n, row in enumerate(rows)), ""]))
    folder.take_candidates_from("candidates.csv")
    (folder.path / "candidates.csv").write_text(
        "formula,note\n" + "".join(f"{formula},\n" for formula in CANDIDATES)
    )
    summary = folder.run()

    features = summary["features"]
    assert (features["rows_in"], features["computed"], features["rejected"]) == (254, 244, 10)
    (run,) = folder.runs()
    rejected = pd.read_parquet(run / "rejected.parquet")
    refused = rejected[rejected["stage"] == "ingest"]
    assert refused["reason"].tolist() == list(BAD_ROWS.values())
    # A row whose fields cannot be told apart is named by its place.
    named = [f"m{20 + n}" for n in range(8)]
    assert refused["id"].tolist() == [*named, "measured_band_gaps.csv:30", "measured_band_gaps.csv:31"]
    assert [detail.split(": ")[0] for detail in refused["detail"]] == [
        f"measured_band_gaps.csv:{22 + n}" for n in range(len(BAD_ROWS))
    ]
    predicted = pd.read_parquet(run / "cv_predictions.parquet")
    assert not set(predicted["id"]) & set(refused["id"])
    # Median: one value a material.
    assert not predicted.duplicated(["formula", "model", "split"]).any()

    screen = summary["screen"]
    screened = rejected[rejected["stage"] == "screen"]
    assert screened["reason"].tolist() == ["unknown element", "empty"]
    assert screened["detail"].str.startswith(("candidates.csv:7: ", "candidates.csv:8: ")).all()
    assert (screen["candidates"], screen["rejected"], screen["excluded"]) == (10, 2, 2)
    hits = pd.read_csv(run / "hits.csv").set_index("formula")
    assert set(hits.index) == {"GaAs", "InGaP2", "ZnSnN2", "Na3Sb", "CdIn2Te4"}
    assert hits["known"]["GaAs"]
    assert not hits["known"]["ZnSnN2"]


def test_nothing_meets_the_objective(new_folder: MakeFolder) -> None:
    folder = new_folder(
        ("[0.8, 2.6]", "[90.0, 91.0]"),
        ("holdout = 0.2", "holdout = 0.0"),
        ('"random", ', ""),
        ('[[models]]\nkind = "random_forest"\nparams = { n_estimators = 40 }\n', ""),
        own_server=False,
    )
    answer = folder("run", "campaign.toml")
    assert answer.code == 0, answer.err
    (run,) = folder.runs()
    summary = json.loads((run / "summary.json").read_text())
    assert (summary["status"], summary["holdout"]) == ("completed", None)
    assert (summary["screen"]["hits"], summary["screen"]["in_window"]) == (0, 0)
    assert "0 meet the objective" in answer.out
    # No gap is that large: whoever is predicted to have the largest comes nearest.
    nearest = summary["screen"]["nearest"]
    assert (nearest["target"], nearest["unit"]) == ("band_gap", "eV")
    assert nearest["value"] - nearest["off"] == pytest.approx(90.0)
    said = " ".join(answer.out.split())
    assert nearest["sentence"].startswith(f"{nearest['formula']} comes nearest, with band_gap = ")
    assert nearest["sentence"] in said
    assert len(pd.read_parquet(run / "hits.parquet")) == 0
    assert len((run / "hits.csv").read_text().splitlines()) == 1
    text = (run / "report.html").read_text(encoding="utf-8")
    assert f"{nearest['formula']} comes nearest, with band gap = " in text
    assert summary["champion"]["registered_version"] == 1
