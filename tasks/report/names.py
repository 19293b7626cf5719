"""The words of the campaign file as words of a sentence."""

from __future__ import annotations

MODEL_TITLES = {
    "dummy": "Training mean",
    "knn": "k nearest neighbours",
    "mlp": "Multilayer perceptron",
    "svm": "Support vector machine",
    "xgboost": "XGBoost",
    "kan": "Kolmogorov–Arnold network",
    "sisso": "SISSO",
}
# The model that every other one is compared with.
BASELINE = "dummy"
# Metric to (name in a heading, power of the target's unit it is in, whether less is better).
METRICS = {
    "mae": ("MAE", 1, True),
    "rmse": ("RMSE", 1, True),
    "mse": ("MSE", 2, True),
    "r2": ("R²", 0, False),
    "medae": ("median error", 1, True),
    "spearman": ("Spearman ρ", 0, False),
    "log_loss": ("log-loss", 0, True),
    "roc_auc": ("ROC-AUC", 0, False),
    "pr_auc": ("PR-AUC", 0, False),
    "accuracy": ("accuracy", 0, False),
    "balanced_accuracy": ("balanced acc.", 0, False),
    "f1_macro": ("F1 (macro)", 0, False),
    "mcc": ("MCC", 0, False),
    "brier": ("Brier", 0, True),
}
# The score that decides, as words of a sentence.
DECIDING = {"mae": "mean absolute error", "log_loss": "log-loss"}
# What a split keeps apart: "no … on both sides".
NEW_UNDER = {
    "composition": "new compositions",
    "chemical-system": "new chemical systems",
    "cluster": "new kinds of material",
    "element": "elements never seen",
    "periodic-table-group": "groups of elements never seen",
    "structure-prototype": "new structure prototypes",
    "space-group": "new space groups",
    "target-extreme": "values beyond those learned from",
    "time": "later materials",
}


def model_title(kind: str, deciding: str = "mae") -> str:
    """Return a model's name for a reader; what the dummy says depends on the metric that decides.

    >>> model_title("random_forest"), model_title("xgboost"), model_title("dummy", "log_loss")
    ('Random forest', 'XGBoost', 'Class shares')
    """
    if kind == BASELINE and deciding == "log_loss":
        return "Class shares"
    return MODEL_TITLES.get(kind) or kind.replace("_", " ").replace("-", " ").capitalize()


def metric_title(metric: str, unit: str) -> str:
    """Return a metric's name with its unit.

    >>> metric_title("mse", "eV"), metric_title("r2", "eV"), metric_title("mae", "meV/atom")
    ('MSE (eV²)', 'R²', 'MAE (meV/atom)')
    """
    title, power, _ = METRICS.get(metric, (metric, 0, False))
    if not unit or power == 0:
        return title
    if power == 1:
        return f"{title} ({unit})"
    return f"{title} ({unit}²)" if unit.isalpha() else f"{title} (({unit})²)"


def less_is_better(metric: str) -> bool:
    """Return whether a small value of the metric is a good one.

    >>> less_is_better("mae"), less_is_better("r2")
    (True, False)
    """
    return METRICS.get(metric, ("", 0, False))[2]


def quantity(column: str) -> str:
    """Return a column's name as words of a sentence.

    >>> quantity("band_gap"), quantity("gap expt")
    ('band gap', 'gap expt')
    """
    return column.replace("_", " ")


def new_under(split: str) -> str:
    """Return what is new to the model under a split, for "on …".

    >>> new_under("composition"), new_under("official")
    ('new compositions', 'the official split')
    """
    return NEW_UNDER.get(split, f"the {split} split")
