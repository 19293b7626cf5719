"""The studies, small: their tables hold what was measured, and their figures show it."""

from __future__ import annotations

import numpy as np
import pytest

from matsluice.tasks.evaluate.figures.style import png_bytes
from matsluice.tasks.studies.figures import error_by_width_figure, error_for_cost, loss_by_cost
from matsluice.tasks.studies.kan_against_mlp import compare_kan_with_mlp
from matsluice.tasks.studies.optimizer_study import compare_optimizers, converged_at
from matsluice.tasks.studies.study_data import as_folds
from matsluice.tasks.studies.universal_approximation import error_by_width

X = np.random.default_rng(0).uniform(-1, 1, size=(90, 2))
Y = np.exp(np.sin(np.pi * X[:, 0]) + X[:, 1] ** 2)
FOLDS = as_folds(X, Y, np.arange(90) % 3)[:2]


def test_optimisers() -> None:
    rates = {"gd": (0.1,), "sgd": (0.01, 1e3), "adam": (0.01,), "lbfgs": None}
    study = compare_optimizers(FOLDS, hidden=(8,), epochs=40, learning_rates=rates)
    lines = {one["optimizer"]: one for one in study.table}
    assert list(lines) == ["gd", "sgd", "adam", "lbfgs"]
    assert lines["sgd"]["learning_rate"] == 0.01  # the other explodes
    assert lines["lbfgs"]["learning_rate"] is None
    assert lines["lbfgs"]["final_loss"] < lines["gd"]["final_loss"]
    for optimizer, line in lines.items():
        fits = study.histories[optimizer]
        assert len(fits) == 2
        at = [converged_at(one["loss"]) for one in fits]
        assert line["epoch_to_converge"] == np.median(at) + 1
        assert line["gradient_evaluations_in_all"] == np.median(
            [one["gradient_evaluations"][-1] for one in fits]
        )
    for cost in ("epoch", "seconds", "gradient_evaluations"):
        figure = loss_by_cost(study, cost)
        assert len(figure.axes[0].lines) == 8
        assert png_bytes(figure).startswith(b"\x89PNG")


def test_kan_against_mlp() -> None:
    contest = compare_kan_with_mlp(
        "a smooth function",
        FOLDS,
        contestants={
            "MLP 4": ("mlp", {"hidden": (4,)}),
            "MLP 8-8": ("mlp", {"hidden": (8, 8)}),
            "KAN 2": ("kan", {"hidden": (2,), "refine": False, "steps": 60}),
        },
        common={"mlp": {"optimizer": "lbfgs", "epochs": 60, "activation": "tanh"}, "kan": {"grid": 3}},
    )
    lines = {one["name"]: one for one in contest.table}
    assert lines["MLP 4"]["parameters"] == 3 * 4 + 5
    assert lines["MLP 8-8"]["parameters"] == 3 * 8 + 9 * 8 + 9
    assert lines["KAN 2"]["parameters"] == (2 * 2 + 2) * 7
    best = min(contest.table, key=lambda one: one["rmse"])
    assert best["on_front"]
    assert best["on_time_front"]
    word = "wins" if best["kind"] == "kan" else "loses"
    assert contest.verdict.startswith(f"On a smooth function the KAN {word}: ")
    for cost in ("parameters", "seconds"):
        assert png_bytes(error_for_cost(contest, cost)).startswith(b"\x89PNG")


def test_universal_approximation() -> None:
    table = error_by_width(widths=(1, 12), activations=("tanh", "relu"), starts=2, steps=150, points=80)
    assert [(one["activation"], one["width"]) for one in table] == [
        ("tanh", 1),
        ("tanh", 12),
        ("relu", 1),
        ("relu", 12),
    ]
    for narrow, wide in (table[:2], table[2:]):
        assert wide["largest_error"] < 0.5 * narrow["largest_error"]
        assert wide["rmse"] < wide["largest_error"] <= wide["median_largest_error"]
    assert png_bytes(error_by_width_figure(table)).startswith(b"\x89PNG")


def test_a_study_without_folds_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one fold"):
        compare_optimizers([])
