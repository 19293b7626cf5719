"""Every kind of model a campaign file can name: one frozen line each, imported only when made."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import import_module
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline


@dataclass(frozen=True, slots=True)
class ModelSpec:
    """One kind of model.

    Attributes
    ----------
    name
        The word in the campaign file.
    maker
        "module:function" of ``make(parameters, seed) -> sklearn.pipeline.Pipeline``.
    tasks
        What it learns: "regression", "classification".
    parameters
        What a campaign file may set, with the defaults.
    summary
        One line for `matsluice models`.
    source
        Where the method comes from (DOI).
    extra
        The optional dependency group it needs, or "".
    """

    name: str
    maker: str
    tasks: tuple[str, ...]
    summary: str
    source: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    extra: str = ""


FILL = {"fill": "median"}

MODELS: Mapping[str, ModelSpec] = MappingProxyType(
    {
        spec.name: spec
        for spec in (
            ModelSpec(
                name="dummy",
                maker="matsluice.models.dummy:make",
                tasks=("regression",),
                summary="the mean of the training targets: the score to beat",
                source="scikit-learn DummyRegressor",
                parameters={"strategy": "mean"},
            ),
            ModelSpec(
                name="ridge",
                maker="matsluice.models.ridge:make",
                tasks=("regression",),
                summary="linear least squares with an L2 penalty, on standardised features",
                source="Hoerl & Kennard 1970, doi:10.1080/00401706.1970.10488634",
                parameters={"alpha": 1.0, **FILL},
            ),
            ModelSpec(
                name="svm",
                maker="matsluice.models.svm:make",
                tasks=("regression",),
                summary="support vector machine with a radial kernel, on standardised features",
                source="Cortes & Vapnik 1995, doi:10.1007/BF00994018",
                parameters={"C": 10.0, "epsilon": 0.1, "gamma": "scale", "kernel": "rbf", **FILL},
            ),
            ModelSpec(
                name="random_forest",
                maker="matsluice.models.random_forest:make",
                tasks=("regression",),
                summary="mean of decision trees, each grown on a bootstrap sample of the rows",
                source="Breiman 2001, doi:10.1023/A:1010933404324",
                parameters={
                    "n_estimators": 300,
                    "max_features": 1 / 3,
                    "max_depth": None,
                    "min_samples_leaf": 1,
                    **FILL,
                },
            ),
            ModelSpec(
                name="xgboost",
                maker="matsluice.models.xgboost:make",
                tasks=("regression",),
                summary="gradient-boosted decision trees",
                source="Chen & Guestrin 2016, doi:10.1145/2939672.2939785",
                parameters={
                    "n_estimators": 500,
                    "learning_rate": 0.05,
                    "max_depth": 6,
                    "min_child_weight": 1.0,
                    "subsample": 0.8,
                    "colsample_bytree": 0.5,
                    "reg_lambda": 1.0,
                    "reg_alpha": 0.0,
                    "fill": "none",
                },
            ),
        )
    }
)


def make_model(kind: str, parameters: Mapping[str, Any], seed: int) -> Pipeline:
    """Return an unfitted pipeline of the kind, with what the caller did not set at its default.

    Parameters
    ----------
    kind
        A name in `MODELS`.
    parameters
        Settings that differ from the defaults.
    seed
        Seed of every random choice the model makes while it is fitted.

    Raises
    ------
    ValueError
        The kind, or a parameter of it, does not exist.

    Examples
    --------
    >>> make_model("ridge", {"alpha": 3.0}, seed=0)[-1].alpha
    3.0
    """
    if kind not in MODELS:
        raise ValueError(f'unknown model "{kind}"; there are {", ".join(MODELS)}')
    spec = MODELS[kind]
    unknown = sorted(set(parameters) - set(spec.parameters))
    if unknown:
        raise ValueError(f'{kind} has no parameter "{unknown[0]}"; it has {", ".join(spec.parameters)}')
    module, function = spec.maker.split(":")
    pipeline: Pipeline = getattr(import_module(module), function)({**spec.parameters, **parameters}, seed)
    return pipeline


def recorded_parameters(pipeline: Pipeline) -> dict[str, str]:
    """Return every setting of every step as text, defaults included, for the run's record.

    Examples
    --------
    >>> recorded_parameters(make_model("ridge", {}, seed=0))["model.alpha"]
    '1.0'
    """
    settings = {}
    for step, estimator in pipeline.steps:
        if estimator == "passthrough":
            settings[step] = "none"
            continue
        settings[step] = type(estimator).__name__
        for name, value in sorted(estimator.get_params(deep=False).items()):
            settings[f"{step}.{name}"] = value if isinstance(value, str) else json.dumps(value, default=repr)
    return settings
