"""The run's Parquet tables as arrays and rows, read only as far as the report shows them."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from matsluice.tasks.predict.predictions import PROBABILITY, SET_SIGN

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import pyarrow as pa
    from numpy.typing import NDArray

# The hits table on the page; hits.csv holds the rest.
SHOWN_HITS = 25
# Rows quoted per reason of rejection.
EXAMPLES = 3


@dataclass(frozen=True, slots=True)
class Predictions:
    """Cross-validated predictions of one model for one target under one split, each array of shape (rows,).

    `lower` and `upper` are NaN and `in_domain` is None where the model gives none; `formulas` is empty, and
    `distance` (to the nearest row learned from) NaN, where the table has no such column. Of a target with classes
    `y_true` and `y_pred` are the classes' places, `probability` is that of each, shape (rows, classes), and `inside`
    says which are in the row's set, of the same shape. `level` is the confidence up to which the row's interval or set
    misses the truth, NaN where the table does not say.
    """

    ids: list[str]
    formulas: list[str]
    y_true: NDArray[np.float64]
    y_pred: NDArray[np.float64]
    lower: NDArray[np.float64]
    upper: NDArray[np.float64]
    in_domain: NDArray[np.bool_] | None
    classes: tuple[str, ...] = ()
    probability: NDArray[np.float64] = field(default_factory=lambda: np.empty((0, 0)))
    inside: NDArray[np.bool_] = field(default_factory=lambda: np.empty((0, 0), dtype=bool))
    distance: NDArray[np.float64] = field(default_factory=lambda: np.empty(0))
    level: NDArray[np.float64] = field(default_factory=lambda: np.empty(0))

    @property
    def absolute_error(self) -> NDArray[np.float64]:
        """Distance of prediction and truth, shape (rows,); of a class 1 where it is wrong, 0 where it is right."""
        if self.classes:
            return np.asarray(self.y_pred != self.y_true, dtype=np.float64)
        return np.abs(self.y_pred - self.y_true)

    def take(self, mask: NDArray[np.bool_]) -> Predictions:
        """Return the rows of a mask, (rows,)."""
        chosen = np.flatnonzero(mask)
        columns: dict[str, Any] = {
            each.name: value[chosen]
            for each in fields(self)
            if isinstance(value := getattr(self, each.name), np.ndarray) and len(value) == len(mask)
        }
        texts: dict[str, Any] = {
            name: [getattr(self, name)[i] for i in chosen]
            for name in ("ids", "formulas")
            if getattr(self, name)
        }
        return replace(self, **texts, **columns)

    @property
    def of_truth(self) -> NDArray[np.float64]:
        """Probability that was given to the true class, shape (rows,)."""
        return np.asarray(self.probability[np.arange(len(self.ids)), self.y_true.astype(np.int64)])


@dataclass(frozen=True, slots=True)
class OtherTarget:
    """What a target beside the first is predicted to be; numbers are NaN where they are not known."""

    prediction: float | str
    lower: float
    upper: float
    probability: float


@dataclass(frozen=True, slots=True)
class Hit:
    """One ranked candidate; numbers are NaN and flags None where they are not known."""

    rank: int
    id: str
    formula: str
    prediction: float | str
    lower: float
    upper: float
    spread: float
    probability: float
    in_domain: bool | None
    known: bool | None
    domain: str = ""
    why: str = ""
    nearest: str = ""
    nearest_value: float | str = float("nan")
    set: str = ""
    score: float = float("nan")
    front: int | None = None
    others: tuple[OtherTarget, ...] = ()


@dataclass(frozen=True, slots=True)
class Hits:
    """The first ranked candidates, how many there are in all, and the targets beside the first."""

    count: int = 0
    new: int | None = None
    shown: tuple[Hit, ...] = ()
    further: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RejectionClass:
    """Rows that were refused for one reason in one stage, with (id, detail) of the first few."""

    stage: str
    block: str
    reason: str
    count: int
    examples: tuple[tuple[str, str], ...] = field(default=())


def read_predictions(
    run_directory: Path, model: str, target: str, classes: tuple[str, ...] = ()
) -> dict[str, Predictions]:
    """Return the model's cross-validated predictions per split; nothing where the run did not come so far.

    `classes` are the target's, in their order; none where it is a number.
    """
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    path = run_directory / "cv_predictions.parquet"
    if not path.exists():
        return {}
    table = pq.read_table(path, filters=(pc.field("model") == model) & (pc.field("target") == target))
    splits = table["split"].unique().to_pylist()
    return {split: _predictions(table.filter(pc.field("split") == split), classes) for split in splits}


def read_hits(run_directory: Path) -> Hits:
    """Return the first hits in the order of their rank."""
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    path = run_directory / "hits.parquet"
    if not path.exists():
        return Hits()
    table = pq.read_table(path).sort_by("rank")
    known = _column(table, "known")
    new = None if known is None else table.num_rows - int(pc.call_function("sum", [known]).as_py() or 0)
    rows = table.slice(0, SHOWN_HITS).to_pylist()
    further = _further_targets(table.column_names)
    return Hits(table.num_rows, new, tuple(_hit(row, further) for row in rows), further)


def _further_targets(columns: Sequence[str]) -> tuple[str, ...]:
    """Return the targets that hits are predicted for beside the first.

    Examples
    --------
    >>> _further_targets(["id", "prediction", "in_domain", "mass_prediction", "mass_in_domain"])
    ('mass',)
    """
    found = [name.removesuffix("_prediction") for name in columns if name.endswith("_prediction")]
    return tuple(target for target in found if f"{target}_in_domain" in columns)


def read_rejections(run_directory: Path) -> tuple[RejectionClass, ...]:
    """Return the refused rows, gathered by stage, block and reason, the largest class first."""
    import pyarrow.parquet as pq

    path = run_directory / "rejected.parquet"
    if not path.exists():
        return ()
    table = pq.read_table(path)
    gathered: dict[tuple[str, str, str], list[tuple[str, str]]] = {}
    counts: dict[tuple[str, str, str], int] = {}
    columns = [[_text(value) for value in table[name].to_pylist()] for name in
               ("id", "stage", "block", "reason", "detail")]  # fmt: skip
    for identifier, stage, block, reason, detail in zip(*columns, strict=True):
        key = (stage, block, reason)
        counts[key] = counts.get(key, 0) + 1
        examples = gathered.setdefault(key, [])
        if len(examples) < EXAMPLES:
            examples.append((identifier, detail))
    order = sorted(counts, key=lambda key: (-counts[key], key))
    return tuple(RejectionClass(*key, counts[key], tuple(gathered[key])) for key in order)


def _predictions(table: pa.Table, classes: tuple[str, ...]) -> Predictions:
    in_domain = _column(table, "in_domain")
    if in_domain is not None and in_domain.null_count == len(in_domain):
        in_domain = None
    formulas = _column(table, "formula")
    return Predictions(
        ids=[_text(value) for value in table["id"].to_pylist()],
        formulas=[] if formulas is None else [_text(value) for value in formulas.to_pylist()],
        y_true=_places(table, "y_true", classes) if classes else _numbers(table, "y_true"),
        y_pred=_places(table, "y_pred", classes) if classes else _numbers(table, "y_pred"),
        lower=_numbers(table, "lower"),
        upper=_numbers(table, "upper"),
        distance=_numbers(table, "distance"),
        level=_numbers(table, "level"),
        in_domain=None if in_domain is None else np.array([value is True for value in in_domain.to_pylist()]),
        classes=classes,
        **(_class_columns(table, classes) if classes else {}),
    )


def _places(table: pa.Table, name: str, classes: tuple[str, ...]) -> NDArray[np.float64]:
    place = {text: number for number, text in enumerate(classes)}
    return np.array([place[text] for text in table[name].to_pylist()], dtype=np.float64)


def _class_columns(table: pa.Table, classes: tuple[str, ...]) -> dict[str, NDArray[Any]]:
    sets = [set(_text(value).split(SET_SIGN)) for value in table["set"].to_pylist()]
    return {
        "probability": np.stack([_numbers(table, PROBABILITY + name) for name in classes], axis=1),
        "inside": np.array([[name in some for name in classes] for some in sets], dtype=bool),
    }


def _column(table: pa.Table, name: str) -> pa.ChunkedArray | None:
    return table[name] if name in table.column_names else None


def _numbers(table: pa.Table, name: str) -> NDArray[np.float64]:
    import pyarrow as pa

    column = _column(table, name)
    if column is None:
        return np.full(table.num_rows, np.nan)
    return np.array(column.cast(pa.float64()).to_numpy(), dtype=np.float64)


def _hit(row: dict[str, Any], further: Sequence[str] = ()) -> Hit:
    numbers = {name: _number(row.get(name)) for name in ("lower", "upper", "spread", "probability", "score")}
    return Hit(
        rank=int(row["rank"]),
        id=_text(row["id"]),
        formula=_text(row["formula"]),
        prediction=_predicted(row.get("prediction")),
        in_domain=row.get("in_domain"),
        known=row.get("known"),
        domain=_text(row.get("domain")),
        why=_text(row.get("why")),
        nearest=_text(row.get("nearest")),
        nearest_value=_predicted(row.get("nearest_value")),
        set=_text(row.get("set")),
        front=row.get("front"),
        others=tuple(
            OtherTarget(
                _predicted(row[f"{target}_prediction"]),
                *(_number(row.get(f"{target}_{name}")) for name in ("lower", "upper", "probability")),
            )
            for target in further
        ),
        **numbers,
    )


def _number(value: Any) -> float:
    return float("nan") if value is None else float(value)


def _predicted(value: Any) -> float | str:
    return value if isinstance(value, str) else _number(value)


def _text(value: object) -> str:
    return "" if value is None else str(value)
