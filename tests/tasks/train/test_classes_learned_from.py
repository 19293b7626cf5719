"""Rows with classes: merged, divided, fitted, put together, whatever their order."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import joblib
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from numpy.typing import NDArray

from matsluice.infra.mistakes import Failed, InvalidInput
from matsluice.models.class_sets import ClassSets
from matsluice.models.pipelines import make_model
from matsluice.models.uncertainty.row_signs import RowSigns
from matsluice.tasks.evaluate.class_metrics import CLASS_METRICS
from matsluice.tasks.ingest.examine import examine
from matsluice.tasks.ingest.snapshot import Snapshot, freeze
from matsluice.tasks.ingest.source_batch import SourceBatch
from matsluice.tasks.split.assign import divide
from matsluice.tasks.split.folds import HOLDOUT, Folds, load_folds
from matsluice.tasks.train.class_votes import add_tied, tied_rows
from matsluice.tasks.train.cross_validation import gather_folds, prediction_table
from matsluice.tasks.train.fit_final import FinalCall, fit_final, holdout_record, predict_holdout
from matsluice.tasks.train.fit_fold import fit_fold
from matsluice.tasks.train.model_artifacts import (
    ArtifactCall,
    champion_predictions,
    concatenate_tables,
    write_artifacts,
)
from matsluice.tasks.train.plan import Contest
from matsluice.tasks.train.training_rows import TrainingRows, labelled_rows, usable_rows

Row = tuple[str, str, str]
VOTED: list[Row] = [
    ("a", "Fe2O3", "metal"), ("b", "O3Fe2", "gap"), ("c", "Fe4O6", "metal"),  # two to one
    ("d", "NaCl", "gap"), ("e", "ClNa", "metal"),  # even
    ("f", "Cu", "metal"), ("g", "Si", "gap"),
]  # fmt: skip


def frozen(rows: Sequence[Row], folder: Path) -> Snapshot:
    ids, formulas, kinds = (list(column) for column in zip(*rows, strict=True))
    places = [f"t.csv:{line}" for line in range(2, len(rows) + 2)]
    examined = examine(SourceBatch(ids, places, formulas, {"kind": kinds}), ["kind"], ["kind"])
    return freeze([examined], ["kind"], folder, {}, ["kind"])


def learned(snapshot: Snapshot, duplicates: str) -> TrainingRows:
    return labelled_rows(snapshot, "kind", duplicates, np.zeros(snapshot.unique_materials, dtype=bool))


def as_dict(rows: TrainingRows) -> dict[str, str]:
    return {str(one): str(rows.classes[place]) for one, place in zip(rows.ids, rows.y, strict=True)}


@pytest.mark.parametrize(
    ("duplicates", "kept"),
    [
        ("majority", {"a": "metal", "f": "metal", "g": "gap"}),
        ("median", {"a": "metal", "f": "metal", "g": "gap"}),
        ("first", {"a": "metal", "d": "gap", "f": "metal", "g": "gap"}),
        (
            "keep",
            {"a": "metal", "b": "gap", "c": "metal", "d": "gap", "e": "metal", "f": "metal", "g": "gap"},
        ),
    ],
)
def test_labels_of_one_material(tmp_path: Path, duplicates: str, kept: dict[str, str]) -> None:
    rows = learned(frozen(VOTED, tmp_path), duplicates)
    assert as_dict(rows) == kept
    assert rows.classes.tolist() == ["gap", "metal"]


def test_a_contradiction_stops_where_it_shall(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=r"kind of one material is metal at t\.csv:2 and gap at t\.csv:3"):
        learned(frozen(VOTED, tmp_path), "error")


def test_rows_of_an_even_vote_are_told_once(tmp_path: Path) -> None:
    snapshot = frozen(VOTED, tmp_path / "snapshots")
    names = ("id", "stage", "block", "reason", "detail")
    file = tmp_path / "rejected.parquet"
    before = ["x", "ingest", "", "unknown element", "t.csv:9: Xx"]
    pq.write_table(pa.table([[text] for text in before], names=list(names)), file)
    usable, _ = usable_rows(snapshot, "kind", np.zeros(snapshot.unique_materials, dtype=bool))
    for _ in range(2):  # as when a run is taken up again
        add_tied(tied_rows(usable, "kind"), "kind", file)
    told = pq.read_table(file).to_pylist()
    assert [line["id"] for line in told] == ["x", "d", "e"]
    assert told[1] == {
        "id": "d",
        "stage": "train",
        "block": "",
        "reason": "even vote",
        "detail": "t.csv:5: kind of its material is 1 × gap, 1 × metal",
    }


def test_one_class_that_is_left_ends_the_run_with_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(Failed, match="of the classes of kind only gap is left in the rows"):
        learned(frozen(VOTED[3:5] + VOTED[6:], tmp_path), "majority")


def test_shuffled_rows_give_the_same_bytes(tmp_path: Path) -> None:
    made = []
    for name, order in {"a": VOTED, "b": VOTED[::-1]}.items():
        rows = learned(frozen(order, tmp_path / name), "keep")
        made.append([getattr(rows, field).tobytes() for field in ("ids", "y", "classes", "formulas")])
    assert made[0] == made[1]


@pytest.fixture(scope="module")
def classes(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, TrainingRows, NDArray[np.float64]]:
    """A work folder with a matrix, rows of three classes, and their folds."""
    chance = np.random.default_rng(6)
    X = chance.normal(size=(90, 4))
    y = np.digitize(X[:, 0] + 0.3 * chance.normal(size=90), [-0.4, 0.6])
    names = np.char.add("M", np.arange(90).astype(str))
    rows = TrainingRows(
        np.arange(90).astype(str), names, np.arange(90), y, np.array(["gap", "metal", "semi"])
    )
    work = tmp_path_factory.mktemp("classes")
    np.save(work / "matrix.npy", X)
    division: Any = SimpleNamespace(holdout=0.2, folds=3, splits=("random", "composition"))
    divide(rows, division, seed=7, folder=work / "target-0")
    return work, rows, X


def contest(kind: str, **parameters: Any) -> Contest:
    return Contest(kind, kind, parameters, "kind", "", 0, "composition", 3, "classification")


def test_a_fold_is_predicted_by_the_others(classes: tuple[Path, TrainingRows, NDArray[np.float64]]) -> None:
    work, rows, X = classes
    call = contest("extra_trees", n_estimators=10).fold_calls(work, 7)[1]
    fold = load_folds(call.folds).partition()
    train, test = np.flatnonzero((fold >= 0) & (fold != 1)), np.flatnonzero(fold == 1)
    by_hand = make_model("extra_trees", {"n_estimators": 10}, call.seed, "classification")
    by_hand.fit(X[train], rows.y[train])
    with np.load(fit_fold(call)) as said:
        assert (said["row"] == test).all()
        assert said["probability"] == pytest.approx(by_hand.predict_proba(X[test]), abs=1e-15)
        assert "y_pred" not in said


def test_a_class_that_the_training_folds_lack_has_probability_0(
    classes: tuple[Path, TrainingRows, NDArray[np.float64]], tmp_path: Path
) -> None:
    work, rows, _ = classes
    call = contest("xgboost", n_estimators=5).fold_calls(work, 7)[0]
    fold = load_folds(call.folds).partition()
    fold[(rows.y == 1) & (fold >= 0)] = 0
    Folds.of_partition(fold).save(tmp_path / "folds.npy")
    from dataclasses import replace

    moved = replace(call, folds=str(tmp_path / "folds.npy"), output=str(tmp_path / "fold-0.npz"))
    with np.load(fit_fold(moved)) as said:
        assert said["probability"].shape[1] == 3
        assert (said["probability"][:, 1] == 0.0).all()
        assert said["probability"].sum(axis=1) == pytest.approx(np.ones(len(said["row"])))


def test_a_model_that_refuses_the_rows_ends_the_run_with_a_sentence(
    classes: tuple[Path, TrainingRows, NDArray[np.float64]], tmp_path: Path
) -> None:
    work, _, _ = classes
    from dataclasses import replace

    call = replace(contest("svm", max_rows=10).fold_calls(work, 7)[0], output=str(tmp_path / "f.npz"))
    with pytest.raises(
        Failed, match=r"svm cannot learn from \d+ rows of 4 columns: .* max_rows = 10 allows no more"
    ):
        fit_fold(call)


@pytest.fixture(scope="module")
def outputs(classes: tuple[Path, TrainingRows, NDArray[np.float64]]) -> list[str]:
    work, _, _ = classes
    return [fit_fold(call) for call in contest("extra_trees", n_estimators=10).fold_calls(work, 7)]


def test_the_table_of_predictions(
    classes: tuple[Path, TrainingRows, NDArray[np.float64]], outputs: list[str]
) -> None:
    _, rows, _ = classes
    result = gather_folds(outputs, rows, 0.8)
    table = prediction_table(result, rows, "kind", "extra_trees", "composition")
    assert list(table.columns) == [
        "id", "formula", "target", "model", "split", "fold", "y_true", "y_pred", "lower", "upper", "in_domain",
        "distance", "expected_error", "level", "set", "probability_gap", "probability_metal", "probability_semi",
    ]  # fmt: skip
    given = table[["probability_gap", "probability_metal", "probability_semi"]].to_numpy()
    assert (table["y_pred"] == rows.classes[given.argmax(axis=1)]).all()
    assert (table["y_true"] == rows.classes[rows.y[result.row]]).all()
    assert table["lower"].isna().all()
    for said, inside in zip(table["set"], result.inside, strict=True):
        assert said.split(" | ") == (rows.classes[inside].tolist() or ["(no class)"])
    # The scores are those of the table.
    for number, value in enumerate(result.scores["log_loss"].folds):
        mine = result.fold == number
        assert value == CLASS_METRICS["log_loss"].compute(result.y_true[mine], result.probability[mine])


def test_what_is_kept_of_a_model(
    classes: tuple[Path, TrainingRows, NDArray[np.float64]], outputs: list[str], tmp_path: Path
) -> None:
    work, _, _ = classes
    columns = ("a", "b", "c", "d")
    rows_folder = str(contest("extra_trees").rows(work))
    call = ArtifactCall(
        tuple(outputs), rows_folder, "extra_trees", "kind", "", "composition", 0.9, columns, str(tmp_path)
    )
    names = {Path(path).name for path in write_artifacts(call)}
    assert names == {
        "cv_predictions.parquet", "importance.csv", "importance.png", "confusion.png", "roc.png",
        "precision_recall.png", "calibration.png",
    }  # fmt: skip


def test_tables_of_numbers_and_of_classes_stand_in_one_file(tmp_path: Path) -> None:
    numbers = pd.DataFrame({"id": ["a"], "y_true": [0.1 + 0.2], "y_pred": [1.0], "lower": [0.0]})
    kinds = pd.DataFrame(
        {"id": ["b"], "y_true": ["metal"], "y_pred": ["gap"], "lower": [np.nan], "probability_gap": [0.7]}
    )
    numbers.to_parquet(tmp_path / "n.parquet")
    kinds.to_parquet(tmp_path / "k.parquet")
    concatenate_tables([tmp_path / "n.parquet", tmp_path / "k.parquet"], tmp_path / "both.parquet")
    both = pq.read_table(tmp_path / "both.parquet").to_pylist()
    assert float(both[0]["y_true"]) == 0.1 + 0.2
    assert (both[1]["y_true"], both[1]["lower"], both[0]["probability_gap"]) == ("metal", None, None)


def test_holdout_and_final_model(
    classes: tuple[Path, TrainingRows, NDArray[np.float64]], outputs: list[str], tmp_path: Path
) -> None:
    work, rows, X = classes
    won = contest("extra_trees", n_estimators=10)
    champion_predictions(outputs, won.rows(work), tmp_path / "seen.npz")
    call = FinalCall(
        matrix=str(work / "matrix.npy"),
        rows=str(won.rows(work)),
        folds=str(won.fold_file(work)),
        kind="extra_trees",
        seed=3,
        output=str(tmp_path / "holdout.npz"),
        parameters={"n_estimators": 10},
        predictions=str(tmp_path / "seen.npz"),
        blocks={"composition.elemental": 1},
        target="kind",
        confidence=0.8,
        groups=won.group_file(work),
    )
    test = np.flatnonzero(load_folds(call.folds).partition() == HOLDOUT)
    record = holdout_record(Path(predict_holdout(call)), Path(call.predictions), 0.8)
    with np.load(call.output) as said, np.load(call.predictions) as seen:
        assert (said["row"] == test).all()
        learned_from = ClassSets.of(seen["y_true"], seen["probability"], RowSigns.of(seen))
        sets = learned_from.holds(said["probability"], 0.8, RowSigns.of(said))
        assert record["coverage"] == sets[np.arange(len(test)), rows.y[test]].mean()
        assert record["set_size"] == sets.sum(axis=1).mean()
        assert record["empty_sets"] == (sets.sum(axis=1) == 0).mean()
        assert record["rows"] == len(test)
        for name, metric in CLASS_METRICS.items():
            value = metric.compute(rows.y[test], said["probability"])
            assert record["metrics"][name] == (value if np.isfinite(value) else None)
    from dataclasses import replace

    model = joblib.load(fit_final(replace(call, output=str(tmp_path / "final.joblib"))))
    assert model.classes == ("gap", "metal", "semi")
    assert model.intervals is None
    by_hand = make_model("extra_trees", {"n_estimators": 10}, 3, "classification").fit(X, rows.y)
    assert model.pipeline.predict_proba(X) == pytest.approx(by_hand.predict_proba(X), abs=1e-15)
