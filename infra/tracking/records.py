"""What is recorded of one model, as plain values."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class DatasetRecord:
    """The data a run has learned from.

    Attributes
    ----------
    name
        What a person calls it: the file's name.
    digest
        The snapshot's content name; MLflow keeps 36 characters.
    source
        Path or address it was read from.
    rows
        Number of rows.
    columns
        The type of each column: {"composition": "string", "band_gap": "double"}.
    context
        What it was used for, as MLflow's UI shows it.
    """

    name: str
    digest: str
    source: str
    rows: int
    columns: Mapping[str, str] = field(default_factory=dict)
    context: str = "training"


@dataclass(frozen=True, slots=True)
class ModelRunRecord:
    """One model, cross-validated with one split on one target.

    Attributes
    ----------
    name
        Unique within the campaign's run: "random_forest band_gap composition".
    params
        Every parameter, also defaults that matter.
    fold_metrics
        The values of each metric, one per fold, in the folds' order; NaN where it is undefined.
    tags
        Further words to search by: snapshot, feature set, code version, seed, split.
    dataset
        What it learned from.
    artifacts
        Files to keep with the run.
    started_at, ended_at
        Unix times in seconds; the time of recording where left out.
    curves
        Metrics that have a value at each of many steps, as a loss after each epoch: (step, value) pairs.
    """

    name: str
    params: Mapping[str, object]
    fold_metrics: Mapping[str, Sequence[float]]
    tags: Mapping[str, str] = field(default_factory=dict)
    dataset: DatasetRecord | None = None
    artifacts: tuple[Path, ...] = ()
    started_at: float | None = None
    ended_at: float | None = None
    curves: Mapping[str, Sequence[tuple[int, float]]] = field(default_factory=dict)

    @property
    def content_name(self) -> str:
        """The name of what the record says (blake2b, 32 hex digits), without times and files."""
        content: dict[str, object] = {
            "name": self.name,
            "params": {key: str(value) for key, value in self.params.items()},
            # repr keeps every bit of a float, and NaN.
            "folds": {key: [repr(float(v)) for v in values] for key, values in self.fold_metrics.items()},
            "tags": dict(self.tags),
            "data": self.dataset.digest if self.dataset else "",
        }
        if self.curves:  # a record without any keeps the name it has always had
            content["curves"] = {
                key: [(step, repr(float(value))) for step, value in curve]
                for key, curve in self.curves.items()
            }
        text = json.dumps(content, sort_keys=True, ensure_ascii=False)
        return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def mean_and_spread(values: Sequence[float]) -> tuple[float, float]:
    """Return the mean of the folds' values and their standard deviation (n - 1; 0 for one fold).

    >>> mean_and_spread([1.0, 2.0, 3.0, 4.0])
    (2.5, 1.2909944487358056)
    """
    mean = math.fsum(values) / len(values)
    return mean, math.sqrt(math.fsum((value - mean) ** 2 for value in values) / max(len(values) - 1, 1))
