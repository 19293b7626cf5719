"""Kolmogorov–Arnold networks against perceptrons, on the campaign's folds and on a smooth function."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from matsluice.models.catalogue import MODELS
from matsluice.tasks.studies.figures import error_for_cost
from matsluice.tasks.studies.findings import Drawing, Findings
from matsluice.tasks.studies.kan_against_mlp import CONTESTANTS, Contest, compare_kan_with_mlp
from matsluice.tasks.studies.study_data import as_folds

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from matsluice.tasks.studies.study_data import FoldRows, StudyData
    from matsluice.tasks.studies.study_options import KanAgainstMlpOptions

SMOOTH: Final = "smooth function"
# Settings that are the same for every contestant of a kind; how large each is it says itself.
_MLP: Final = ("activation", "optimizer", "schedule", "batch_size", "alpha", "dropout")
_KAN: Final = ("grid", "degree", "optimizer", "smoothness", "sparsity")
_CAPTIONS: Final = {
    "parameters": "Error on rows left out against parameters; bars are the standard deviation over folds. Nobody "
    "below the dashed line has fewer.",
    "seconds": "The same against the seconds of a fit.",
}


def run(data: StudyData, options: KanAgainstMlpOptions, seed: int) -> Findings:
    """Fit every network in each fold of the campaign's rows and, where asked for, of a smooth function of two."""
    learned = {f"the {data.target.replace('_', ' ')}": (data.prepared(options.columns, seed=seed), True)}
    if options.smooth:
        learned[f"the {SMOOTH}"] = smooth_folds(len(data.y), len(data.pairs()), seed), False
    chosen = {name: CONTESTANTS[name] for name in options.contestants}
    contests = [
        compare_kan_with_mlp(name, folds, contestants=chosen, common=recipes(options, noisy=noisy), seed=seed)
        for name, (folds, noisy) in learned.items()
    ]
    return Findings(
        verdict=tuple(sentence for contest in contests for sentence in contest.verdict.splitlines()),
        table=tuple(
            {"data": contest.data.removeprefix("the "), **line}
            for contest in contests
            for line in contest.table
        ),
    )


def recipes(options: KanAgainstMlpOptions, *, noisy: bool) -> dict[str, dict[str, Any]]:
    """Return how networks of either kind are fitted: measured values as the catalogue fits them by default.

    There the defaults of either kind are for noise. Without any, both are fitted by L-BFGS with next to no penalty, to
    the end.
    """
    if noisy:
        mlp = {
            name: value for name, value in MODELS["mlp"].parameters_for("regression").items() if name in _MLP
        }
        kan = {
            name: value for name, value in MODELS["kan"].parameters_for("regression").items() if name in _KAN
        }
        return {"mlp": {**mlp, "epochs": options.epochs}, "kan": {**kan, "steps": options.steps}}
    mlp = {"optimizer": "lbfgs", "epochs": options.epochs, "activation": "tanh", "alpha": 1e-6}
    return {"mlp": mlp, "kan": {"steps": options.steps, "smoothness": 1e-9, "early_stopping": False}}


def smooth_folds(rows: int, folds: int, seed: int) -> tuple[FoldRows, ...]:
    """Return as many rows of exp(sin πx + y²) over the square [−1, 1]², without noise, in as many folds.

    The function is the first example of the paper on Kolmogorov–Arnold networks (Liu et al. 2024,
    doi:10.48550/arXiv.2404.19756).
    """
    X = np.random.default_rng(seed).uniform(-1, 1, size=(rows, 2))
    return as_folds(X, smooth(X), np.arange(rows) % folds)


def smooth(X: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the function at points X (rows, 2).

    Examples
    --------
    >>> smooth(np.zeros((1, 2))).tolist()
    [1.0]
    """
    return np.asarray(np.exp(np.sin(np.pi * X[:, 0]) + X[:, 1] ** 2))


def drawings(findings: Findings) -> list[Drawing]:
    """Return error against parameters and seconds, for each data set."""
    found = []
    for place, data in enumerate(dict.fromkeys(line["data"] for line in findings.table)):
        table = [dict(line) for line in findings.table if line["data"] == data]
        contest = Contest(data, table, "")
        of = " The smooth function is exp(sin πx + y²) on the square [−1, 1]²." if data == SMOOTH else ""
        found += [
            Drawing(f"error-by-{cost}-{place}", partial(_drawn, contest, cost), caption + of * (cost == "parameters"),
                    f"Error of {len(table)} networks on {data} against {cost}; the table has the numbers.")
            for cost, caption in _CAPTIONS.items()
        ]  # fmt: skip
    return found


def _drawn(contest: Contest, cost: str, theme: Any) -> Any:
    return error_for_cost(contest, cost, theme=theme)
