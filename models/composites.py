"""Kinds of model that are made of other models: their lines of the catalogue."""

from __future__ import annotations

from matsluice.models.model_spec import TASKS, ModelSpec

COMPOSITES: tuple[ModelSpec, ...] = (
    ModelSpec(
        name="stacking",
        maker="matsluice.models.stacking:make",
        tasks=TASKS,
        summary="weighs other models by predictions for rows they were not fitted on",
        cost="(inner_folds + 1) · its members'",
        source="Wolpert 1992, doi:10.1016/S0893-6080(05)80023-1",
        parameters={"inner_folds": 5, "combine": "learned"},
        by_task={
            "regression": {"members": ("svm", "extra_trees", "xgboost"), "objective": "mse"},
            "classification": {"members": ("logistic", "extra_trees", "xgboost")},
        },
        by_objective={"mae": {"objective": "mae"}},
    ),
    ModelSpec(
        name="hurdle",
        maker="matsluice.models.hurdle:make",
        tasks=("regression",),
        summary="is a value above its floor, and how far: for targets that are often zero",
        cost="(inner_folds + 1) · its members'",
        source="Cragg 1971, doi:10.2307/1909582",
        parameters={
            "classifiers": ("extra_trees", "xgboost"),
            "regressors": ("svm", "extra_trees", "xgboost"),
            "inner_folds": 5,
            "floor": None,
            "scale": "log",
        },
        by_task={"regression": {"predicts": "mean"}},
        by_objective={"mae": {"predicts": "median"}},
    ),
)
