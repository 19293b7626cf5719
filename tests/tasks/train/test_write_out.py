"""The champion written out from the file of its fit, with what every symbol means."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from matsluice.models.pipelines import make_model
from matsluice.models.uncertainty.learned_from import LearnedFrom
from matsluice.tasks.features import featurize
from matsluice.tasks.predict.material_model import MaterialModel
from matsluice.tasks.train import training_rows
from matsluice.tasks.train.fit_final import FinalCall
from matsluice.tasks.train.formula_text import formula_text
from matsluice.tasks.train.training_rows import TrainingRows
from matsluice.tasks.train.write_out import WriteOutCall, Written, write_out, written_of

FORMULAS = [
    "NaCl",
    "KCl",
    "MgO",
    "ZnO",
    "GaN",
    "CaF2",
    "Al2O3",
    "SiO2",
    "Cu",
    "Ag",
    "CuZn",
    "NiAl",
    "TiNi",
    "CuAu",
]
BLOCKS = ("composition.elemental",)


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, np.ndarray, np.ndarray]:
    """A work folder with features of some materials and values; the features, and the values."""
    work = tmp_path_factory.mktemp("work")
    X = featurize(FORMULAS, list(BLOCKS)).to_numpy()
    y = 0.02 * X[:, 0] + np.arange(len(X)) % 3
    np.save(work / "matrix.npy", X)
    n = np.arange(len(X))
    training_rows.save(
        TrainingRows(n.astype(str), np.array(FORMULAS), n, y, np.empty(0, dtype=np.str_)), work / "rows"
    )
    return work, X, y


def written(rows: tuple[Path, np.ndarray, np.ndarray], folder: Path, kind: str, **params: Any) -> Written:
    import joblib

    work, X, y = rows
    pipeline = make_model(kind, params, 0).fit(X, y)
    final = FinalCall(
        matrix=str(work / "matrix.npy"),
        rows=str(work / "rows"),
        folds="",
        kind=kind,
        seed=0,
        output=str(folder / "champion.joblib"),
        parameters=params,
        blocks=dict.fromkeys(BLOCKS, 1),
        target="gap",
        unit="eV",
    )
    model = MaterialModel(pipeline, final.blocks, "gap", "eV", LearnedFrom.rows(X, y, None), None, 0.9)
    joblib.dump(model, final.output)
    call = WriteOutCall.of(final, "key", 0.005, read_network=False)
    file = Path(write_out(call))
    before = file.read_bytes()
    assert write_out(replace(call, tolerance=1.0)) == str(file)
    assert file.read_bytes() == before  # what is there was written whole
    return written_of(json.loads(before))


def test_symbols_have_their_feature_unit_and_range(
    rows: tuple[Path, np.ndarray, np.ndarray], tmp_path: Path
) -> None:
    found = written(rows, tmp_path, "lasso", alpha=0.05)
    _, X, _ = rows
    assert found.kind == "linear model"
    assert 0 < len(found.symbols) < X.shape[1]
    columns = featurize(["NaCl"], list(BLOCKS)).columns.tolist()
    for one in found.symbols:
        place = columns.index(one.column)
        assert (one.low, one.high) == (X[:, place].min(), X[:, place].max())
        assert one.filled == pytest.approx(np.median(X[:, place]))
        assert one.clipped
        assert one.definition
    assert any(one.unit for one in found.symbols)
    assert all(one.unit != "dimensionless" for one in found.symbols)
    text = formula_text(found)
    assert text.startswith("gap (eV)\n  = ")
    assert "It is the model itself: the printed numbers give what it predicts to within" in text
    for one in found.symbols:
        assert f"{one.column}" in text


def test_a_tree_has_rules_too(rows: tuple[Path, np.ndarray, np.ndarray], tmp_path: Path) -> None:
    found = written(rows, tmp_path, "decision_tree", max_depth=2)
    assert "Piecewise" in found.outputs[0].text
    assert "The same as rules:" in formula_text(found)
    assert found.off_by <= 0.005


def test_what_is_not_written_out_says_why(rows: tuple[Path, np.ndarray, np.ndarray], tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    found = written(rows, tmp_path / "deep", "kan", hidden=(1,), grid=2, steps=2)
    assert not found.is_empty
    assert "formula = true" in found.reason
    assert formula_text(found) == f"The champion (kan) is not written out: {found.reason}.\n"
    assert written(rows, tmp_path, "extra_trees", n_estimators=2).is_empty
