"""From a name in the catalogue to an unfitted pipeline, and what is recorded of it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any

from matsluice.models.chosen_columns import COLUMNS, on_columns

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline


def make_model(kind: str, parameters: Mapping[str, Any], seed: int, task: str = "regression") -> Pipeline:
    """Return an unfitted pipeline of the kind, with what the caller did not set at its default.

    Parameters
    ----------
    kind
        A name in `MODELS`.
    parameters
        Settings that differ from the defaults; `columns`, for any kind, are the stretches of columns that it sees (see
        `on_columns`).
    seed
        Seed of every random choice the model makes while it is fitted.
    task
        "regression", or "classification": then it also has `predict_proba` and `classes_`, takes labels of any kind
        and number, and of one class alone predicts that.

    Raises
    ------
    ValueError
        The kind, or a parameter of it for the task, does not exist, or it does not learn the task.

    Examples
    --------
    >>> make_model("ridge", {"alpha": 3.0}, seed=0)[-1].alpha
    3.0
    """
    from matsluice.models.catalogue import MODELS

    if kind not in MODELS:
        raise ValueError(f'unknown model "{kind}"; there are {", ".join(MODELS)}')
    spec = MODELS[kind]
    if task not in spec.tasks:
        able = ", ".join(name for name, other in MODELS.items() if task in other.tasks)
        raise ValueError(f"{kind} does not learn {task}; those that do: {able}")
    defaults = spec.parameters_for(task)
    unknown = sorted(set(parameters) - {COLUMNS} - set(defaults))
    if unknown:
        raise ValueError(f'{kind} has no parameter "{unknown[0]}" for {task}; it has {", ".join(defaults)}')
    module, function = spec.maker.split(":")
    settings = {**defaults, **parameters}
    columns = settings.pop(COLUMNS, ())
    pipeline: Pipeline = getattr(import_module(module), function)(task, settings, seed)
    return on_columns(pipeline, columns) if columns else pipeline


def recorded_parameters(pipeline: Pipeline) -> dict[str, str]:
    """Return every setting of every step as text, defaults included, for the run's record.

    Examples
    --------
    >>> recorded_parameters(make_model("ridge", {}, seed=0))["model.alpha"]
    '1.0'
    """
    settings = {}
    for step, estimator in pipeline.steps:
        if step == COLUMNS:
            continue  # what is seen are the campaign's blocks, and told as such
        if estimator == "passthrough":
            settings[step] = "none"
            continue
        # Of an estimator inside another the innermost is what a person calls the model.
        for inside in _from_outside_in(estimator):
            settings[step] = type(inside).__name__
            for name, value in sorted(inside.get_params(deep=False).items()):
                text = value if isinstance(value, str) else json.dumps(value, default=_shown)
                # Seeds and the like of the outer one are handed in.
                settings.setdefault(f"{step}.{name}", text)
    return settings


def _from_outside_in(estimator: Any) -> Iterator[Any]:
    while estimator is not None:
        yield estimator
        settings = estimator.get_params(deep=False)
        estimator = settings.get("estimator", settings.get("regressor"))


def _shown(value: object) -> str:
    return type(value).__name__ if hasattr(value, "get_params") and hasattr(value, "fit") else repr(value)
