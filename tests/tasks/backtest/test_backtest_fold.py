"""A hidden fold: ranked as a screen ranks, with its labels out of reach."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pytest

from matsluice.models.uncertainty.row_signs import RowSigns
from matsluice.tasks.backtest.backtest_fold import BacktestCall, backtest_fold, screen_standing
from matsluice.tasks.backtest.backtest_record import backtest_record
from matsluice.tasks.backtest.found_at_k import found
from matsluice.tasks.backtest.hidden_folds import HiddenFold, backtest_table, curves
from matsluice.tasks.backtest.hits import hit_window
from matsluice.tasks.screen.acquisition import Foreseen
from matsluice.tasks.screen.objective import Objective
from matsluice.tasks.screen.order import best
from matsluice.tasks.screen.wanted import hit_schema

if TYPE_CHECKING:
    from tests.tasks.backtest.conftest import OnDisk

WINDOW = Objective(2.5, 3.5)


def call(on_disk: OnDisk, objective: Objective = WINDOW, fold: int = 1, **other: Any) -> BacktestCall:
    work = on_disk.work
    asked: dict[str, Any] = {
        "matrix": str(work / "matrix.npy"),
        "rows": str(work / "rows"),
        "folds": str(work / "folds.npy"),
        "fold": fold,
        "kind": "ridge",
        "seed": 3,
        "output": str(work / f"piece-{fold}.npz"),
        "candidates": str(work / "may-be.npy"),
        "objective": objective,
        "window": hit_window(objective, on_disk.rows.y, 0.2),
        "columns": tuple("abcde"),
        "groups": str(work / "groups.npy"),
    }
    return BacktestCall(**{**asked, **other})


def done(asked: BacktestCall) -> HiddenFold:
    return HiddenFold.read(Path(backtest_fold(asked)), 0, asked.fold)


def test_hits_stand_first_where_there_is_something_to_learn(materials: OnDisk) -> None:
    folds = [done(call(materials, fold=fold)) for fold in range(3)]
    assert sum(len(fold.hit) for fold in folds) == 89  # the last material may be no candidate
    record = backtest_record(folds, (5, 1000))
    of_five, of_all = record["at"]
    assert of_five["model"]["precision"]["mean"] > 2 * of_five["random"]["precision"]["mean"]
    assert of_five["model"]["precision"]["mean"] > of_five["feature"]["precision"]["mean"]
    assert of_five["random"]["precision"]["mean"] == pytest.approx(
        np.mean([fold.hit.mean() for fold in folds])
    )
    for way in ("model", "feature", "random", "best_possible"):
        assert of_all[way]["recall"]["mean"] == pytest.approx(1.0)
        assert of_all[way]["enrichment"]["mean"] == pytest.approx(1.0)
    assert record["listed"]["discovery_acceleration"]["mean"] > 1.5
    assert {entry["column"] for entry in record["feature"]} <= set("abcde")


def test_hidden_labels_change_nothing_but_who_is_a_hit(materials: OnDisk, tmp_path: Path) -> None:
    before = done(call(materials)).arrays
    hidden = np.flatnonzero((np.arange(90) // 2) % 3 == 1)
    window = hit_window(WINDOW, materials.rows.y, 0.2)
    other = materials.relabelled(tmp_path / "other", hidden, np.linspace(-1e6, 1e6, len(hidden)))
    after = done(call(other, window=window)).arrays
    for name in (
        "place",
        "single_place",
        "prediction",
        "probability",
        "in_domain",
        "listed",
        "feature",
        "sign",
    ):
        assert before[name].tobytes() == after[name].tobytes(), name
    assert before["hit"].tolist() != after["hit"].tolist()


@pytest.mark.parametrize(
    "objective",
    [Objective(direction=1), Objective(direction=-1), Objective(low=2.8), Objective(high=1.5)],
    ids=lambda one: one.text("y", ""),
)
def test_every_form_of_objective(materials: OnDisk, objective: Objective) -> None:
    fold = done(call(materials, objective))
    hits = int(fold.hit.sum())
    assert hits
    assert found(fold.arrays["place"], fold.hit)[hits] > 0.6 * hits


def test_classes(class_materials: OnDisk) -> None:
    objective = Objective(low=0.5, wanted_class="yes", place=1)
    fold = done(call(class_materials, objective, kind="logistic"))
    hits = int(fold.hit.sum())
    assert found(fold.arrays["place"], fold.hit)[hits] > 0.6 * hits
    table = backtest_table([fold], ["no", "yes"])
    assert ((table["value"] == "yes") == table["hit"]).all()


def test_a_piece_that_is_there_is_left_as_it_is(materials: OnDisk) -> None:
    asked = call(materials)
    first = Path(backtest_fold(asked)).read_bytes()
    assert backtest_fold(replace(asked, kind="no such model")) == asked.output
    assert Path(asked.output).read_bytes() == first


def test_the_order_is_a_screens() -> None:
    chance = np.random.default_rng(2)
    n, objective = 60, Objective(0.0, 1.0)
    value, probability = chance.uniform(0.0, 1.0, n), chance.integers(0, 4, n) / 4
    signs = replace(
        RowSigns.nothing_known(value), in_domain=chance.uniform(size=n) < 0.7, distance=chance.uniform(size=n)
    )
    place = screen_standing(objective, Foreseen(value, probability, signs))
    names = [f"M{row:02d}" for row in range(n)]
    columns = {
        "id": names,
        "key": names,
        "formula": names,
        "in_domain": signs.in_domain,
        "distance": signs.distance,
        "merit": probability,
    }
    schema = hit_schema()
    empty = {name: pa.nulls(n, schema.field(name).type) for name in schema.names}
    hits = pa.table({**empty, **columns}, schema=schema)
    assert best(hits, n).column("id").to_pylist() == [names[row] for row in np.argsort(place)]


def test_what_is_not_predicted_to_meet_it_stands_behind() -> None:
    value = np.array([0.5, 2.0])
    signs = replace(RowSigns.nothing_known(value), distance=np.zeros(2))
    seen = Foreseen(value, np.array([0.1, 0.9]), signs)
    assert screen_standing(Objective(0.0, 1.0), seen).tolist() == [0, 1]


def test_curves_end_where_the_smallest_fold_does(materials: OnDisk) -> None:
    folds = [done(call(materials, fold=fold)) for fold in range(3)]
    drawn = curves(folds, "recall")
    assert drawn.k[-1] == min(len(fold.hit) for fold in folds)
    assert (np.diff(drawn.model) >= -1e-12).all()
    assert drawn.random[-1] == pytest.approx(np.mean([drawn.k[-1] / len(fold.hit) for fold in folds]))
    assert curves(folds, "precision").model[0] == pytest.approx(
        np.mean([found(fold.arrays["place"], fold.hit)[1] for fold in folds])
    )
