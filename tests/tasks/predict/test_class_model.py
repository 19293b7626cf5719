"""A fitted classifier as people use it: from formulas to a class, its probability, and a set."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from matsluice.models.catalogue import make_model
from matsluice.models.class_sets import ClassSets, Surprises
from matsluice.models.uncertainty.learned_from import LearnedFrom
from matsluice.models.uncertainty.row_signs import RowSigns
from matsluice.tasks.features import featurize
from matsluice.tasks.predict.material_model import MaterialModel
from matsluice.tasks.predict.predictions import ClassPredictions
from matsluice.tasks.predict.table_file import predict_file

# MLflow says so of its own classes when it is imported.
pytestmark = pytest.mark.filterwarnings("ignore:.*Any type hint is inferred as AnyType:UserWarning")

KINDS = {
    "NaCl": 0, "KCl": 0, "NaBr": 0, "LiF": 0, "MgO": 0, "ZnO": 0, "GaN": 0, "CaF2": 0, "Al2O3": 0, "SiO2": 0,
    "Cu": 1, "Ag": 1, "CuZn": 1, "NiAl": 1, "Fe3Al": 1, "TiNi": 1, "CuAu": 1, "AgMg": 1, "FeCo": 1, "Ni3Al": 1,
}  # fmt: skip
BLOCKS = ("composition.elemental",)
COLUMNS = ["prediction", "probability_false", "probability_true", "set", "in_domain", "domain", "reason"]


@pytest.fixture(scope="module")
def classifier() -> MaterialModel:
    """Trees on elemental statistics; the true class was surprising by 0.05 to 0.5 on unseen rows."""
    X = featurize(list(KINDS), list(BLOCKS)).to_numpy()
    y = np.array([*KINDS.values()])
    return MaterialModel(
        pipeline=make_model("extra_trees", {"n_estimators": 20}, 1, "classification").fit(X, y),
        blocks=dict.fromkeys(BLOCKS, 1),
        target="is_metal",
        unit="",
        learned_from=LearnedFrom.rows(X, None, None),
        intervals=None,
        confidence=0.8,
        classes=("false", "true"),
        sets=ClassSets(Surprises.of(np.linspace(0.05, 0.5, 19))),
    )


def test_predictions_of_materials(classifier: MaterialModel) -> None:
    table = classifier.predict(["NaCl", "Cu", "Xx2O3"])
    assert list(table.columns) == COLUMNS
    assert table["prediction"].tolist() == ["false", "true", None]
    given = table[["probability_false", "probability_true"]].to_numpy()
    assert given[:2].sum(axis=1) == pytest.approx([1.0, 1.0])
    assert np.isnan(given[2]).all()
    assert table["set"].tolist() == ["false", "true", None]
    assert table["in_domain"].dtype == bool
    assert table["reason"].tolist()[:2] == ["", ""]
    assert table["reason"][2].startswith("unknown element")


def test_a_set_holds_what_is_probable_enough(classifier: MaterialModel) -> None:
    # 16 of 19 surprises are asked for; the 16th is 0.425, so a class of 0.575 belongs to the set, and others do not.
    table = classifier.predict(["CuO", "AgCl", "GaAs", "Fe2O3", "NaCl", "AlN"])
    for row in table.to_dict("records"):
        expected = {name for name in ("false", "true") if float(row[f"probability_{name}"]) >= 0.575 - 1e-12}
        assert set(str(row["set"]).split(" | ")) == (expected or {"(no class)"})
    assert "(no class)" in set(table["set"])


def test_sets_are_the_same_whatever_is_asked_beside(classifier: MaterialModel) -> None:
    """Among equally probable classes the distance decides, so it must not depend on the batch."""
    X = featurize([*KINDS, "CuO", "GaAs", "AlN", "AgCl"], list(BLOCKS)).to_numpy()
    tied = replace(classifier, sets=ClassSets.of(*_votes(classifier, X)))
    whole = tied.predict_features(X)
    alone = [tied.predict_features(X[i : i + 1]) for i in range(len(X))]
    assert isinstance(whole, ClassPredictions)
    assert whole.inside.tobytes() == b"".join(one.inside.tobytes() for one in alone)  # type: ignore[union-attr]
    assert whole.distance.tobytes() == b"".join(one.distance.tobytes() for one in alone)


def _votes(model: MaterialModel, X: np.ndarray) -> tuple[np.ndarray, np.ndarray, RowSigns]:
    """Return classes, probabilities in steps of a twentieth, and signs: most are equal to some others."""
    said = model.predict_features(X)
    assert isinstance(said, ClassPredictions)
    return np.arange(len(X)) % 2, said.probability, said.signs


def test_nothing_readable_and_nothing_at_all(classifier: MaterialModel) -> None:
    assert classifier.predict(["Xx"])["prediction"].tolist() == [None]
    assert list(classifier.predict([]).columns) == COLUMNS


@pytest.mark.parametrize("name", ["out.csv", "out.parquet"])
def test_a_file_of_predictions(classifier: MaterialModel, tmp_path: Path, name: str) -> None:
    (tmp_path / "in.csv").write_text("formula\nNaCl\nCu\nXx\n")
    counts = predict_file(classifier, tmp_path / "in.csv", tmp_path / name)
    assert {key: counts[key] for key in ("rows", "predicted", "rejected")} == {
        "rows": 3,
        "predicted": 2,
        "rejected": 1,
    }
    read = pd.read_csv if name.endswith("csv") else pd.read_parquet
    table = read(tmp_path / name)
    assert list(table.columns) == ["id", "formula", *COLUMNS]
    assert [str(one).lower() for one in table["prediction"][:2]] == ["false", "true"]


def test_the_logged_model_says_what_it_gives(classifier: MaterialModel) -> None:
    from matsluice.tasks.predict.pyfunc import MaterialPyfunc, signature

    outputs = signature(("formula",), classifier.classes).outputs
    assert outputs.input_names() == COLUMNS
    served = MaterialPyfunc()
    served.columns = ("formula",)
    served._model = classifier
    table = served.predict(None, pd.DataFrame({"formula": ["Cu", "NaCl"]}, index=[5, 9]))
    assert list(table.columns) == COLUMNS
    assert table.index.tolist() == [5, 9]
    assert table["prediction"].tolist() == ["true", "false"]
