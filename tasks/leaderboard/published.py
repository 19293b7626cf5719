"""What others have published for the tasks, and where a score of ours would stand."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from typing import TYPE_CHECKING

from matsluice.infra.mistakes import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

COLUMNS = ("task", "method", "metric", "value")


@dataclass(frozen=True, slots=True)
class Published:
    """One entry of the leaderboard."""

    task: str
    method: str
    metric: str
    value: float


def read_leaderboard(path: Path) -> list[Published]:
    """Return the entries of leaderboard.csv; none where there is no such file.

    Raises
    ------
    InvalidInput
        It lacks a column, or a value is no number.
    """
    if not path.exists():
        return []
    with path.open(encoding="utf-8-sig", newline="") as file:
        table = csv.DictReader(file)
        missing = [name for name in COLUMNS if name not in (table.fieldnames or ())]
        if missing:
            raise InvalidInput(f'{path} has no column "{missing[0]}"; it needs {", ".join(COLUMNS)}')
        rows = list(table)
    try:
        return [Published(row["task"], row["method"], row["metric"], float(row["value"])) for row in rows]
    except (TypeError, ValueError) as error:
        raise InvalidInput(f"{path}: a value is no number: {error}") from None


def rank(value: float, published: Sequence[Published], *, less_is_better: bool) -> int:
    """Return the place of a score among published ones, 1 for the best.

    Examples
    --------
    >>> rank(80.0, [Published("a", "b", "MAE", 79.95), Published("a", "c", "MAE", 97.5)], less_is_better=True)
    2
    """
    return 1 + sum((entry.value < value) if less_is_better else (entry.value > value) for entry in published)
