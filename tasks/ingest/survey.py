"""One pass over a source before anything is written, to see whether there is enough to learn from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from matsluice.infra.mistakes import InvalidInput
from matsluice.tasks.ingest.examine import ExaminedRows
from matsluice.tasks.ingest.labels import class_order, contradiction, there
from matsluice.tasks.material.key_columns import CELL_KEY, KEY_COLUMNS
from matsluice.tasks.material.writings import writing_ranks

if TYPE_CHECKING:
    from numpy.typing import NDArray

# More classes than this are a quantity that somebody has called a class, or names of the rows.
MOST_CLASSES = 100


@dataclass(slots=True)
class Survey:
    """What a pass over the rows has counted.

    Attributes
    ----------
    rows
        Rows read.
    materials
        Key → reduced formula of each material, in order of first appearance.
    refused
        Reason → number of rows.
    labelled
        Target → number of rows with a value.
    classes
        Target with classes → class → number of rows.
    block_keys
        A block's `key_column` → the different keys there, except those of cells.
    """

    rows: int = 0
    materials: dict[str, str] = field(default_factory=dict)
    refused: Counter[str] = field(default_factory=Counter)
    labelled: Counter[str] = field(default_factory=Counter)
    classes: dict[str, Counter[str]] = field(default_factory=dict)
    block_keys: dict[str, set[str]] = field(default_factory=dict)
    _cells: dict[str, tuple[int, str]] = field(default_factory=dict)
    _labelled_materials: dict[str, set[str]] = field(default_factory=dict)
    _range: dict[str, tuple[float, float]] = field(default_factory=dict)
    _ids: dict[str, str] = field(default_factory=dict)

    def add(self, rows: ExaminedRows) -> None:
        """Count some more rows.

        Raises
        ------
        InvalidInput
            Two rows have the same id.
        """
        self.rows += len(rows.keys)
        self.refused.update(refusal.reason for refusal in rows.refusals.values())
        for key, formula in zip(rows.keys, rows.formulas, strict=True):
            if key:
                self.materials.setdefault(key, formula)
        for column in KEY_COLUMNS.values():
            keys = rows.materials.column(column).drop_null().to_pylist()
            self.block_keys.setdefault(column, set()).update(keys)
        cells = rows.materials.column(CELL_KEY).to_pylist()
        for key, rank, cell in zip(rows.keys, writing_ranks(rows.materials), cells, strict=True):
            if key and cell:
                self._cells[key] = min(self._cells.get(key, (rank, cell)), (rank, cell))
        for place, label in zip(rows.batch.places, rows.batch.ids, strict=True):
            if label in self._ids:
                raise InvalidInput(
                    f'the id "{label}" stands at {self._ids[label]} and at {place}: ids must differ; '
                    "leave data.id out to number the rows"
                )
            self._ids[label] = place
        for target, values in rows.labels.items():
            usable = np.array([bool(key) for key in rows.keys]) & there(values)
            self.labelled[target] += int(usable.sum())
            with_value = self._labelled_materials.setdefault(target, set())
            with_value.update(rows.keys[row] for row in np.flatnonzero(usable))
            self._add_values(target, values[usable])

    def _add_values(self, target: str, values: NDArray[Any]) -> None:
        if values.dtype == object:
            self.classes.setdefault(target, Counter()).update(values.tolist())
        elif len(values):
            low, high = self._range.get(target, (np.inf, -np.inf))
            self._range[target] = min(low, float(values.min())), max(high, float(values.max()))

    def rows_learned_from(self, target: str, *, merged: bool) -> int:
        """Return how many rows a model of the target is given at most: where labels are merged, one a material."""
        return len(self._labelled_materials.get(target, ())) if merged else self.labelled[target]

    def keys_of(self, column: str) -> list[str]:
        """Return, sorted, the different keys under which a block with this `key_column` stores its values."""
        # Of a crystal's writings only the one that stands for it in the snapshot is computed.
        cells = {cell for _, cell in self._cells.values()}
        return sorted(cells if column == CELL_KEY else self.block_keys.get(column, ()))

    def check_learnable(self, targets: Sequence[str], folds: int) -> None:
        """Raise InvalidInput where a target has too few rows for the folds, one value only, or too many classes."""
        why = "; ".join(f"{count} × {reason}" for reason, count in self.refused.most_common(5))
        seen = f"{self.rows} rows read" + (f", refused: {why}" if why else "")
        for target in targets:
            if self.labelled[target] == 0:
                raise InvalidInput(f"target {target}: no usable row ({seen})")
            materials = len(self._labelled_materials[target])
            if materials < folds + 1:
                raise InvalidInput(
                    f"target {target}: {self.labelled[target]} usable rows of {materials} materials "
                    f"are too few for validation.folds = {folds} and a hold-out ({seen}); lower validation.folds"
                )
            if target in self.classes:
                self._check_classes(target, seen)
                continue
            low, high = self._range[target]
            if low == high:
                raise InvalidInput(
                    f"target {target} is {low:g} in all rows: there is nothing to learn ({seen})"
                )

    def _check_classes(self, target: str, seen: str) -> None:
        found = class_order(self.classes[target])
        if len(found) == 1:
            raise InvalidInput(
                f"target {target} is {found[0]} in all rows: there is nothing to tell apart ({seen})"
            )
        if len(found) > MOST_CLASSES:
            raise InvalidInput(
                f"target {target} has {len(found)} different classes ({', '.join(found[:5])}, …), more than "
                f'{MOST_CLASSES}: if it is a quantity write task = "regression", else merge classes ({seen})'
            )


def survey(rows: Iterable[ExaminedRows]) -> Survey:
    """Return the counts over all rows, which pass by once."""
    result = Survey()
    for some in rows:
        result.add(some)
    return result


def agreeing(batches: Iterable[ExaminedRows]) -> Iterator[ExaminedRows]:
    """Give the batches on, as long as every material has one value of each target.

    Raises
    ------
    InvalidInput
        A row's value differs from that of an earlier row with the same material.
    """
    seen: dict[tuple[str, str], tuple[float | str, str]] = {}
    for rows in batches:
        for target, values in rows.labels.items():
            known = there(values).tolist()
            for key, value, place, is_there in zip(
                rows.keys, values.tolist(), rows.batch.places, known, strict=True
            ):
                if not key or not is_there:
                    continue
                first, first_place = seen.setdefault((target, key), (value, place))
                if value != first:
                    raise InvalidInput(contradiction(target, first, first_place, value, place))
        yield rows
