"""One pass over a source before anything is written, to see whether there is enough to learn from."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from matsluice.infra.mistakes import InvalidInput
from matsluice.tasks.ingest.examine import ExaminedRows
from matsluice.tasks.ingest.labels import contradiction
from matsluice.tasks.material.key_columns import CELL_KEY, KEY_COLUMNS
from matsluice.tasks.material.writings import writing_ranks


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
    block_keys
        A block's `key_column` → the different keys there, except those of cells.
    """

    rows: int = 0
    materials: dict[str, str] = field(default_factory=dict)
    refused: Counter[str] = field(default_factory=Counter)
    labelled: Counter[str] = field(default_factory=Counter)
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
            usable = np.array([bool(key) for key in rows.keys]) & ~np.isnan(values)
            self.labelled[target] += int(usable.sum())
            with_value = self._labelled_materials.setdefault(target, set())
            with_value.update(rows.keys[row] for row in np.flatnonzero(usable))
            if usable.any():
                low, high = self._range.get(target, (np.inf, -np.inf))
                self._range[target] = (
                    min(low, float(values[usable].min())),
                    max(high, float(values[usable].max())),
                )

    def keys_of(self, column: str) -> list[str]:
        """Return, sorted, the different keys under which a block with this `key_column` stores its values."""
        # Of a crystal's writings only the one that stands for it in the snapshot is computed.
        cells = {cell for _, cell in self._cells.values()}
        return sorted(cells if column == CELL_KEY else self.block_keys.get(column, ()))

    def check_learnable(self, targets: Sequence[str], folds: int) -> None:
        """Raise InvalidInput where a target has too few rows for the folds, or one value only."""
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
            low, high = self._range[target]
            if low == high:
                raise InvalidInput(
                    f"target {target} is {low:g} in all rows: there is nothing to learn ({seen})"
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
    seen: dict[tuple[str, str], tuple[float, str]] = {}
    for rows in batches:
        for target, values in rows.labels.items():
            for key, value, place in zip(rows.keys, values.tolist(), rows.batch.places, strict=True):
                if not key or math.isnan(value):
                    continue
                first, first_place = seen.setdefault((target, key), (value, place))
                if value != first:
                    raise InvalidInput(contradiction(target, first, first_place, value, place))
        yield rows
