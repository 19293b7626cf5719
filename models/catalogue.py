"""Every kind of model a campaign file can name: one frozen line each, imported only when made."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from matsluice.models.composites import COMPOSITES
from matsluice.models.model_spec import TASKS, ModelSpec
from matsluice.models.pipelines import make_model, recorded_parameters
from matsluice.models.search_space import Choices, Integers, LogUniform, Range, Uniform

__all__ = ["MODELS", "TASKS", "ModelSpec", "make_model", "recorded_parameters"]

FILL = {"fill": "median"}
# What a forest looks at before each branch: a share of the columns, or a word of scikit-learn's.
FOREST: Mapping[str, Any] = {"n_estimators": 300, "max_depth": None, "min_samples_leaf": 1, **FILL}
FOREST_BY_TASK: Mapping[str, Mapping[str, Any]] = {
    "regression": {"max_features": 1 / 3, "predicts": "mean"},
    "classification": {"max_features": "sqrt", "class_weight": None},
}
FOREST_SPACE: Mapping[str, Range] = {
    "max_features": Uniform(0.05, 1.0),
    "min_samples_leaf": Integers(1, 20, log=True),
}
# For the absolute error: the median of a distribution that the model has anyway.
MEDIAN: Mapping[str, Mapping[str, Any]] = {"mae": {"predicts": "median"}}
# Networks learn by whatever loss they are given.
ABSOLUTE: Mapping[str, Mapping[str, Any]] = {"mae": {"loss": "mae"}}
# A model whose cost grows faster than the rows says from how many on it wants to be asked.
BOUNDED = {"subsample": False, **FILL}

MODELS: Mapping[str, ModelSpec] = MappingProxyType(
    {
        spec.name: spec
        for spec in (
            ModelSpec(
                name="dummy",
                maker="matsluice.models.dummy:make",
                tasks=TASKS,
                summary="the mean of the training targets, or the classes' shares: the score to beat",
                cost="n",
                source="scikit-learn DummyRegressor, DummyClassifier",
                by_task={"regression": {"strategy": "mean"}, "classification": {"strategy": "prior"}},
                by_objective={"mae": {"strategy": "median"}},
            ),
            ModelSpec(
                name="linear",
                maker="matsluice.models.linear:make_least_squares",
                tasks=("regression",),
                summary="linear least squares without a penalty, on standardised features",
                cost="n·p²",
                source="Gauss 1823; scikit-learn LinearRegression, doi:10.5555/1953048.2078195",
                parameters=FILL,
            ),
            ModelSpec(
                name="ridge",
                maker="matsluice.models.ridge:make",
                tasks=("regression",),
                summary="linear least squares with an L2 penalty, on standardised features",
                cost="n·p² + p³",
                source="Hoerl & Kennard 1970, doi:10.1080/00401706.1970.10488634",
                parameters={"alpha": 1.0, **FILL},
                space={"alpha": LogUniform(1e-4, 1e4)},
            ),
            ModelSpec(
                name="lasso",
                maker="matsluice.models.linear:make_lasso",
                tasks=("regression",),
                summary="linear least squares with an L1 penalty, which leaves out most features",
                cost="n·p a sweep",
                source="Tibshirani 1996, doi:10.1111/j.2517-6161.1996.tb02080.x",
                parameters={"alpha": 0.01, "max_iter": 20000, **FILL},
                space={"alpha": LogUniform(1e-4, 1.0)},
            ),
            ModelSpec(
                name="elastic_net",
                maker="matsluice.models.linear:make_elastic_net",
                tasks=("regression",),
                summary="linear least squares with both penalties: like features stay together",
                cost="n·p a sweep",
                source="Zou & Hastie 2005, doi:10.1111/j.1467-9868.2005.00503.x",
                parameters={"alpha": 0.01, "l1_ratio": 0.5, "max_iter": 20000, **FILL},
                space={"alpha": LogUniform(1e-4, 1.0), "l1_ratio": Uniform(0.05, 1.0)},
            ),
            ModelSpec(
                name="logistic",
                maker="matsluice.models.logistic:make",
                tasks=("classification",),
                summary="logistic regression with an L2 penalty, on standardised features",
                cost="n·p a step",
                source="Cox 1958, doi:10.1111/j.2517-6161.1958.tb00292.x",
                parameters={"C": 1.0, "class_weight": None, "max_iter": 5000, **FILL},
                space={"C": LogUniform(1e-4, 1e3)},
            ),
            ModelSpec(
                name="svm",
                maker="matsluice.models.svm:make",
                tasks=TASKS,
                summary="support vector machine with a radial kernel, on standardised features",
                cost="n² to n³",
                source="Cortes & Vapnik 1995, doi:10.1007/BF00994018",
                parameters={"C": 10.0, "gamma": "scale", "kernel": "rbf", "max_rows": 20_000, **BOUNDED},
                by_task={
                    "regression": {"epsilon": 0.1},
                    "classification": {"class_weight": None, "calibration_folds": 5},
                },
                space={
                    "C": LogUniform(0.1, 1e3),
                    "gamma": LogUniform(1e-5, 1.0),
                    "epsilon": LogUniform(1e-3, 1.0),
                },
            ),
            ModelSpec(
                name="knn",
                maker="matsluice.models.knn:make",
                tasks=TASKS,
                summary="k nearest neighbours: the mean, or the shares, of the most similar materials",
                cost="n·p a prediction",
                source="Cover & Hart 1967, doi:10.1109/TIT.1967.1053964",
                parameters={"n_neighbors": 5, "weights": "distance", "p": 2.0, **FILL},
                by_task={"regression": {"predicts": "mean"}},
                by_objective=MEDIAN,
                space={
                    "n_neighbors": Integers(1, 30, log=True),
                    "weights": Choices(("uniform", "distance")),
                    "p": Choices((1.0, 2.0)),
                },
            ),
            ModelSpec(
                name="gaussian_process",
                maker="matsluice.models.gaussian_process:make",
                tasks=TASKS,
                summary="Gaussian process, with a kernel fitted by its likelihood",
                cost="n³",
                source="Rasmussen & Williams 2006, doi:10.7551/mitpress/3206.001.0001",
                parameters={
                    "kernel": "matern",
                    "nu": 1.5,
                    "length_scale": 10.0,
                    "n_restarts_optimizer": 0,
                    "max_rows": 2000,
                    **BOUNDED,
                },
                space={"kernel": Choices(("matern", "rbf")), "nu": Choices((0.5, 1.5, 2.5))},
            ),
            ModelSpec(
                name="decision_tree",
                maker="matsluice.models.trees:make_tree",
                tasks=TASKS,
                summary="one decision tree: questions to one feature after the other",
                cost="p·n log n",
                source="Breiman et al. 1984, doi:10.1201/9781315139470",
                parameters={"max_depth": None, "min_samples_leaf": 1, "ccp_alpha": 0.0, **FILL},
                by_task={"regression": {"predicts": "mean"}, "classification": {"class_weight": None}},
                by_objective=MEDIAN,
                space={
                    "max_depth": Integers(2, 30),
                    "min_samples_leaf": Integers(1, 50, log=True),
                    "ccp_alpha": LogUniform(1e-6, 0.1),
                },
            ),
            ModelSpec(
                name="random_forest",
                maker="matsluice.models.trees:make_random_forest",
                tasks=TASKS,
                summary="mean of decision trees, each grown on a bootstrap sample of the rows",
                cost="trees·p·n log n",
                source="Breiman 2001, doi:10.1023/A:1010933404324",
                parameters=FOREST,
                by_task=FOREST_BY_TASK,
                by_objective=MEDIAN,
                space=FOREST_SPACE,
            ),
            ModelSpec(
                name="extra_trees",
                maker="matsluice.models.trees:make_extra_trees",
                tasks=TASKS,
                summary="mean of decision trees whose thresholds are drawn at random",
                cost="trees·p·n log n",
                source="Geurts, Ernst & Wehenkel 2006, doi:10.1007/s10994-006-6226-1",
                parameters=FOREST,
                by_task=FOREST_BY_TASK,
                by_objective=MEDIAN,
                space=FOREST_SPACE,
            ),
            ModelSpec(
                name="xgboost",
                maker="matsluice.models.xgboost:make",
                tasks=TASKS,
                summary="gradient-boosted decision trees",
                cost="trees·p·n",
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
                by_task={"regression": {"loss": "mse"}},
                by_objective=ABSOLUTE,
                space={
                    "n_estimators": Integers(100, 2000, log=True),
                    "learning_rate": LogUniform(0.01, 0.3),
                    "max_depth": Integers(2, 12),
                    "min_child_weight": LogUniform(0.1, 20.0),
                    "subsample": Uniform(0.5, 1.0),
                    "colsample_bytree": Uniform(0.1, 1.0),
                    "reg_lambda": LogUniform(1e-3, 100.0),
                    "reg_alpha": LogUniform(1e-4, 10.0),
                },
            ),
            ModelSpec(
                name="mlp",
                maker="matsluice.models.mlp:make",
                tasks=TASKS,
                summary="multilayer perceptron: layers of sums through a bent curve",
                cost="epochs·n·weights",
                source="Rumelhart, Hinton & Williams 1986, doi:10.1038/323533a0",
                parameters={
                    "hidden": (100, 100),
                    "activation": "silu",
                    "optimizer": "adam",
                    "learning_rate": None,
                    "schedule": "cosine",
                    "batch_size": None,
                    "epochs": 300,
                    "alpha": 2e-2,
                    "dropout": 0.0,
                    "ensemble": 1,
                    "precision": "float64",
                    **FILL,
                },
                by_task={"regression": {"loss": "mse"}},
                by_objective=ABSOLUTE,
                space={
                    "hidden": Choices(((50,), (100, 100), (200, 200))),
                    "optimizer": Choices(("adam", "lbfgs")),
                    "learning_rate": LogUniform(1e-4, 1e-2),
                    "alpha": LogUniform(1e-6, 0.1),
                    "dropout": Uniform(0.0, 0.3),
                },
            ),
            ModelSpec(
                name="kan",
                maker="matsluice.models.kan:make",
                tasks=TASKS,
                summary="Kolmogorov–Arnold network: sums of fitted curves, to be read as a formula",
                cost="steps·n·weights",
                source="Liu et al. 2024, doi:10.48550/arXiv.2404.19756",
                parameters={
                    "hidden": (5,),
                    "grid": 5,
                    "degree": 3,
                    "optimizer": "lbfgs",
                    "steps": 200,
                    "smoothness": 1e-4,
                    "sparsity": 0.0,
                    "formula": False,
                    **FILL,
                },
                by_task={"regression": {"loss": "mse"}},
                by_objective=ABSOLUTE,
                space={
                    "hidden": Choices(((2,), (5,), (10,), (5, 5))),
                    "grid": Integers(3, 10),
                    "smoothness": LogUniform(1e-9, 0.1),
                    "sparsity": Uniform(0.0, 0.01),
                },
            ),
            ModelSpec(
                name="sisso",
                maker="matsluice.models.formula_search:make",
                tasks=TASKS,
                summary="SISSO: a short formula of the features, found among millions",
                cost="n·p^(2^rung), bounded by max_candidates",
                source="Ouyang et al. 2018, doi:10.1103/PhysRevMaterials.2.083802",
                parameters={
                    "rung": 1,
                    "dimension": 2,
                    "memory_gb": 1.0,
                    "max_candidates": 2e9,
                    "cv": None,
                    **FILL,
                },
                space={"rung": Integers(0, 1), "dimension": Integers(1, 3)},
            ),
            *COMPOSITES,
        )
    }
)
