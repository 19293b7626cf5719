"""A campaign over crystals: polymorphs told apart, kept together, screened, and predicted by every door."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

if TYPE_CHECKING:
    from tests.end_to_end.conftest import CampaignFolder

pytestmark = pytest.mark.models


def test_the_counts_add_up_and_every_refusal_has_its_line(
    summary: dict[str, Any], run_path: Path, made: SimpleNamespace
) -> None:
    features = summary["features"]
    assert (features["rows_in"], features["computed"], features["reused"], features["rejected"]) == (
        79,
        76,
        0,
        3,
    )
    assert (features["columns"], features["blocks"]) == (65 + 10 + 48 + 18, made.blocks)
    assert summary["snapshot"]["unique_materials"] == 76
    rejected = pd.read_parquet(run_path / "rejected.parquet").set_index("id")
    assert rejected["reason"].to_dict() == {
        **{name: reason for name, (_, _, reason) in made.bad.items()},
        "none": "no structure",
    }
    assert rejected["stage"].tolist() == ["ingest"] * 3 + ["screen"]
    assert rejected["detail"].str.match(r"(crystals|candidates)\.csv:\d+: ").all()


def test_polymorphs_are_told_apart_and_kept_together(summary: dict[str, Any], run_path: Path) -> None:
    predicted = pd.read_parquet(run_path / "cv_predictions.parquet")
    folds: dict[str, set[int]] = {"composition": set(), "random": set()}
    for (split, _), rows in predicted.groupby(["split", "formula"]):
        folds[str(split)].add(rows["fold"].nunique())
    assert folds == {"composition": {1}, "random": {1, 2}}
    scores = {(e["model"], e["split"]): e["metrics"]["mae"]["mean"] for e in summary["models"]}
    for model in ("ridge", "xgboost"):
        assert scores[model, "composition"] < 0.6 * scores["dummy", "composition"]
    # The composition is the same: only the structure can say which of the two has the higher energy.
    ours = predicted[(predicted["model"] == "ridge") & (predicted["split"] == "composition")]
    energies = ours.set_index("id")["y_pred"]
    pairs = [
        (n, n.replace("rock-salt", "caesium-chloride")) for n in energies.index if n.endswith("rock-salt")
    ]
    pairs = [(low, high) for low, high in pairs if high in energies.index]
    assert len(pairs) > 8
    assert sum(energies[high] > energies[low] for low, high in pairs) == len(pairs)


def test_hits_say_whether_the_crystal_is_known(
    summary: dict[str, Any], run_path: Path, made: SimpleNamespace
) -> None:
    screen = summary["screen"]
    assert (screen["candidates"], screen["rejected"], screen["excluded"]) == (62, 1, 15)
    assert screen["scored"] == 62 - 1 - 15
    hits = pd.read_csv(run_path / "hits.csv").set_index("id")
    # Known is the crystal, not the composition: blende of LiF is new, however its rock salt is written is not.
    measured_names = {name for name, _, _ in made.rows}
    named = hits.rename({"LiF:again": "LiF:rock-salt"})
    assert named["known"].to_dict() == {name: name in measured_names for name in named.index}
    assert named.index.is_unique
    assert {"LiF:rock-salt", "LiF:blende", "CsF:caesium-chloride"} <= set(named.index)
    assert not hits["formula"].str.contains("Br").any()
    # No halide was learned from as blende.
    assert named.loc["LiF:rock-salt", "in_domain"]
    assert not named.loc["LiF:blende", "in_domain"]
    assert (named.loc[named["known"], "distance"] < 1e-6).all()
    assert len(hits) == screen["hits"] > 20


def test_the_page_tells_of_the_blocks(run_path: Path, made: SimpleNamespace) -> None:
    page = (run_path / "report.html").read_text(encoding="utf-8")
    for block in made.blocks:
        assert block in page
    assert "overlapping sites" in page


def test_another_campaign_computes_nothing_twice(
    folder: CampaignFolder, summary: dict[str, Any], made: SimpleNamespace
) -> None:
    text = made.campaign.replace('"crystals"', '"again"', 1).replace('"random", ', "")
    start, end = text.index('[[models]]\nkind = "xgboost"'), text.index("[cluster]")
    (folder.path / "again.toml").write_text(text[:start] + text[end:])
    again = folder("run", "again.toml", "--json")
    assert again.code == 0, again.err
    features = again.record["features"]
    assert (features["computed"], features["reused"], features["rejected"]) == (0, 76, 3)
    assert again.record["snapshot"] == summary["snapshot"]
    # The same fold by fold: features that were read are those that were computed.
    assert again.record["models"][1]["metrics"] == next(
        e["metrics"] for e in summary["models"] if (e["model"], e["split"]) == ("ridge", "composition")
    )
    other = (folder.path / "again.toml").read_text().replace("bonding=voronoi", "bonding=crystal_nn")
    (folder.path / "other.toml").write_text(other)
    blocks = folder("plan", "other.toml", "--json").record["blocks"]
    # Other parameters are other features.
    assert {name: block["to_compute"] for name, block in blocks.items()} == {
        **dict.fromkeys(made.blocks[:3], 0),
        "graph.topology(bonding=crystal_nn)": 76,
    }


PREDICT = """
import sys
import mlflow, pandas
from pandas.testing import assert_frame_equal as assert_equal
from pymatgen.core import Structure
from matsluice.infra.mistakes import InvalidInput
from matsluice.tasks import load_model

workspace, table, out = sys.argv[1:]
model = load_model("crystals", workspace=workspace)
table = pandas.read_csv(table, keep_default_na=False)
mine = model.predict(list(table["cif"]))
structures = [Structure.from_str(text, fmt="cif") for text in table["cif"][:9]]
assert_equal(model.predict(structures), mine[:9])
assert_equal(model.predict([structures[0], table["cif"][1], structures[2].as_dict()]), mine[:3])
assert_equal(model.predict([structures[0] * (2, 1, 1)]), mine[:1])
formula, none = model.predict(["NaCl", None])["reason"]
assert formula.startswith("unreadable structure"), formula
assert none.startswith("no structure"), none
for one in (table["cif"][0], structures[0]):
    try:
        model.predict(one)
    except InvalidInput as mistake:
        assert "put it into a list" in str(mistake)
    else:
        raise AssertionError("one structure was taken for a list of them")
mlflow.set_tracking_uri(f"sqlite:///{workspace}/mlflow.db")
logged = mlflow.pyfunc.load_model("models:/crystals@champion")
assert_equal(logged.predict(table), mine)
assert_equal(logged.predict(table.rename(columns={"cif": "structure"})), mine)
assert_equal(logged.predict(pandas.DataFrame({"structure": structures})), mine[:9])
try:
    logged.predict(pandas.DataFrame({"formula": ["NaCl"]}))
except InvalidInput as mistake:
    assert "no column cif or structure" in str(mistake)
mine.to_parquet(out)
"""


def test_the_champion_predicts_crystals_by_every_door(
    folder: CampaignFolder, summary: dict[str, Any], tmp_path: Path
) -> None:
    assert summary["champion"]["registered_version"] == 1
    table, out = folder.path / "candidates.csv", tmp_path / "by-call.parquet"
    subprocess.run(
        [sys.executable, "-W", "ignore", "-c", PREDICT, folder.path / "workspace", table, out],
        check=True,
        timeout=120,
        env=folder.environment,
        cwd=tmp_path,
    )
    answer = folder(
        "predict", "crystals", str(table), "--out", str(tmp_path / "by-command.parquet"), "--json"
    )
    assert answer.code == 0, answer.err
    assert {k: answer.record[k] for k in ("rows", "predicted", "rejected")} == {
        "rows": 62,
        "predicted": 61,
        "rejected": 1,
    }
    mine, theirs = pd.read_parquet(tmp_path / "by-command.parquet"), pd.read_parquet(out)
    pd.testing.assert_frame_equal(mine[theirs.columns.tolist()], theirs)
    (tmp_path / "formulas.csv").write_text("formula\nNaCl\n")
    refused = folder("predict", "crystals", str(tmp_path / "formulas.csv"), "--out", "predicted.csv")
    assert (refused.code, refused.out) == (2, "")
    (line,) = refused.err.splitlines()
    assert "the model needs crystal structures" in line
    assert "formulas only" in line
    assert not (folder.path / "predicted.csv").exists()
