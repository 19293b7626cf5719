"""How well a line parts the classes in each set of a campaign's features, and in those that SISSO makes of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from matsluice.models.separability import FOLDS, Separability, separability, separability_table
from matsluice.tasks.evaluate.figures.separability import separability_figure, share_text
from matsluice.tasks.studies.findings import Drawing, Findings

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from matsluice.tasks.studies.study_data import StudyData
    from matsluice.tasks.studies.study_options import SeparabilityOptions

ALL: Final = "all features"
# SISSO's share of a worker's memory.
_MEMORY_GB: Final = 0.5


def run(data: StudyData, options: SeparabilityOptions, seed: int) -> Findings:
    """Part the classes in each block or set of blocks, in all of them, and before and after engineering.

    Raises
    ------
    ValueError
        There is one class, or a class has too few rows.
    """
    label, names, of = classes_of(data, options.threshold)
    counts = np.bincount(label, minlength=len(names))
    if counts.min() < FOLDS:
        raise ValueError(
            f"{of} {names[int(counts.argmin())]}: {counts.min()} of {len(label)} rows, and a class needs {FOLDS} to be "
            "told from the others"
        )
    columns = min(options.columns, data.X.shape[1])
    told, made = f"{columns} most telling", f"{options.features} by SISSO of these"
    found = separability(
        {
            **{name: (data.X[:, own], _filled(None)) for name, own in sets_of(data, options.sets).items()},
            told: (data.X, _telling(columns, seed, scale=True)),
            made: (data.X, _engineered(options, columns, seed)),
        },
        label,
        folds=data.pairs(),
    )  # fmt: skip
    table = separability_table(found)
    return Findings(
        verdict=tuple(verdict(table, told, made, len(names))),
        table=tuple(table),
        series={
            "projections": {name: np.round(one.projection, 4) for name, one in found.items()},
            "label": label,
            "classes": names,
            "of": of,
        },
    )


def classes_of(data: StudyData, threshold: float | None) -> tuple[NDArray[np.int64], list[str], str]:
    """Return the place of each row's class, the classes' names, and what they are of.

    A numeric target is parted at the threshold, where there is none at its median over the rows.
    """
    if data.classes:
        return np.asarray(data.y, dtype=np.int64), list(data.classes), data.target.replace("_", " ")
    at = float(np.median(data.y)) if threshold is None else threshold
    unit = f" {data.unit}" if data.unit not in {"", "1"} else ""
    names = [f"up to {at:.4g}{unit}", f"above {at:.4g}{unit}"]
    return (data.y > at).astype(np.int64), names, data.target.replace("_", " ")


def sets_of(data: StudyData, sets: Sequence[Sequence[str]]) -> dict[str, list[int]]:
    """Return the places of the columns of each set: those asked for, else each block; and of all, where that is new."""
    chosen = [tuple(one) for one in sets] or [(block,) for block in data.blocks]
    found = {
        " + ".join(one): [column for block in one for column in range(*data.blocks[block])] for one in chosen
    }
    if all(len(columns) < data.X.shape[1] for columns in found.values()):
        found[ALL] = list(range(data.X.shape[1]))
    return found


def verdict(table: Sequence[Mapping[str, Any]], told: str, made: str, classes: int) -> list[str]:
    """Return which set parts the classes best, and what engineering has changed.

    Examples
    --------
    >>> table = [{"set": name, "probe_accuracy": share, "probe_deviation": 0.02, "fisher_ratio": ratio}
    ...          for name, share, ratio in (("magpie", 0.9, 2.0), ("told", 0.8, 1.1), ("made", 0.85, 1.6))]
    >>> for sentence in verdict(table, "told", "made", 2):
    ...     print(sentence)
    In magpie a line assigns 90 % ± 2 % of the rows left out rightly, the most of all sets; chance is 50 %.
    Engineering helps a line: 80 % ± 2 % of the rows before, 85 % ± 2 % after; the Fisher ratio goes from 1.1 to 1.6.
    """
    best = max(table, key=lambda one: float(one["probe_accuracy"]))
    before, after = (next(one for one in table if one["set"] == name) for name in (told, made))
    gain = after["probe_accuracy"] - before["probe_accuracy"]
    spread = max(before["probe_deviation"], after["probe_deviation"])
    word = "changes little for" if abs(gain) <= spread else "helps" if gain > 0 else "harms"
    most = share_text(best["probe_accuracy"], best["probe_deviation"])
    first, then = (share_text(one["probe_accuracy"], one["probe_deviation"]) for one in (before, after))
    answer = (
        f"In {best['set']} a line assigns {most} of the rows left out rightly, the most of all sets; "
        f"chance is {100 / classes:.0f} %."
    )
    change = (
        f"Engineering {word} a line: {first} of the rows before, {then} after; the Fisher ratio goes from "
        f"{before['fisher_ratio']:.2g} to {after['fisher_ratio']:.2g}."
    )
    return [answer, change]


def drawings(findings: Findings) -> list[Drawing]:
    """Return the rows of each set on the directions that part the classes."""
    lines = {str(line["set"]): line for line in findings.table}
    found = {
        name: Separability(
            lines[name]["features"],
            lines[name]["fisher_ratio"],
            lines[name]["probe_accuracy"],
            lines[name]["probe_deviation"],
            np.asarray(projection, dtype=np.float64),
        )
        for name, projection in findings.series["projections"].items()
    }
    return [
        Drawing(
            "projections",
            partial(_drawn, found, findings.series),
            "Rows left out, on the directions that part the classes best. Every number is of rows that neither the "
            "features nor the directions were fitted on; each class counts the same.",
            f"Rows of {len(found)} sets of features on two directions; the table has how well a line parts them.",
        )
    ]


def _drawn(found: Mapping[str, Separability], series: Mapping[str, Any], theme: Any) -> Any:
    names = list(series["classes"])
    return separability_figure(
        found, [names[place] for place in series["label"]], theme=theme, target=series["of"], classes=names
    )


def _filled(model: Any, *, scale: bool = False) -> Any:
    """Return features filled as fitted on the rows that are learned from, and what follows."""
    from sklearn.dummy import DummyClassifier

    from matsluice.models.preparation import prepared

    steps = prepared(DummyClassifier() if model is None else model, fill="median", scale=scale)
    return steps[:-1] if model is None else steps


def _telling(columns: int, seed: int, *, scale: bool) -> Any:
    """Return the choice of the columns that trees lean on most, among the rows that are learned from."""
    from sklearn.ensemble import ExtraTreesClassifier
    from sklearn.feature_selection import SelectFromModel

    share: Any = 1 / 3  # scikit-learn's own hints know the words alone
    trees = ExtraTreesClassifier(100, min_samples_leaf=2, max_features=share, random_state=seed)
    return _filled(SelectFromModel(trees, threshold=-np.inf, max_features=columns), scale=scale)


def _engineered(options: SeparabilityOptions, columns: int, seed: int) -> Any:
    """Return SISSO's features of those columns, in their own units."""
    from sklearn.pipeline import make_pipeline

    from matsluice.models.sisso.engineered import SISSOFeatures

    made = SISSOFeatures(
        rung=options.rung, n_features=options.features, task="classification", memory_gb=_MEMORY_GB
    )
    return make_pipeline(_telling(columns, seed, scale=False), made)
