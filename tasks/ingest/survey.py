"""One pass over a source before anything is written, to see whether there is enough to learn from."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from matsluice.infra.feature_store import KEY_DTYPE
from matsluice.infra.mistakes import InvalidInput
from matsluice.infra.workspace.scratch_arrays import GrowingArray
from matsluice.tasks.ingest.examine import ExaminedRows
from matsluice.tasks.ingest.ids_met import IdsMet
from matsluice.tasks.ingest.key_places import KeyPlaces
from matsluice.tasks.ingest.labels import class_order, contradiction, there
from matsluice.tasks.material.key_columns import CELL_KEY, KEY_COLUMNS
from matsluice.tasks.material.writings import writing_ranks

if TYPE_CHECKING:
    from numpy.typing import NDArray

# More classes than this are a quantity that somebody has called a class, or names of the rows.
MOST_CLASSES = 100


class Survey:
    """What a pass over the rows has counted.

    Parameters
    ----------
    scratch
        A folder for nameless files with what is as long as the rows: some 500 bytes each.

    Attributes
    ----------
    rows
        Rows read.
    refused
        Reason → number of rows.
    labelled
        Target → number of rows with a value.
    classes
        Target with classes → class → number of rows.
    """

    def __init__(self, scratch: Path) -> None:
        self.rows = 0
        self.refused: Counter[str] = Counter()
        self.labelled: Counter[str] = Counter()
        self.classes: dict[str, Counter[str]] = {}
        self._scratch = scratch
        self._materials = KeyPlaces(scratch)
        self._block_keys = {column: KeyPlaces(scratch) for column in KEY_COLUMNS.values()}
        self._ids = IdsMet(scratch)
        # Of each material: the cell of the writing that stands for it, and that writing's rank.
        self._cells = GrowingArray(KEY_DTYPE, scratch)
        self._cell_ranks = GrowingArray(np.uint64, scratch)
        # Target → whether each material has a value.
        self._with_value: dict[str, GrowingArray] = {}
        self._range: dict[str, tuple[float, float]] = {}

    @property
    def materials(self) -> int:
        """How many different materials there are."""
        return len(self._materials)

    def add(self, rows: ExaminedRows) -> None:
        """Count some more rows.

        Raises
        ------
        InvalidInput
            Two rows have the same id.
        """
        self.rows += len(rows.keys)
        self.refused.update(refusal.reason for refusal in rows.refusals.values())
        places = self._materials.of(np.array(rows.keys, KEY_DTYPE))
        for column, known in self._block_keys.items():
            keys = rows.materials.column(column).drop_null().to_pylist()
            known.of(np.array(keys, KEY_DTYPE))
        self._add_cells(rows, places)
        self._ids.add(rows.batch.ids, rows.batch.places)
        for target, values in rows.labels.items():
            usable = (places >= 0) & there(values)
            self.labelled[target] += int(usable.sum())
            with_value = self._with_value.setdefault(target, GrowingArray(np.bool_, self._scratch))
            with_value.extend(np.zeros(self.materials - len(with_value), dtype=bool))
            with_value.values[places[usable]] = True
            self._add_values(target, values[usable])

    def _add_values(self, target: str, values: NDArray[Any]) -> None:
        if values.dtype == object:
            self.classes.setdefault(target, Counter()).update(values.tolist())
        elif len(values):
            low, high = self._range.get(target, (np.inf, -np.inf))
            self._range[target] = min(low, float(values.min())), max(high, float(values.max()))

    def range_of(self, target: str) -> tuple[float, float] | None:
        """Return the least and the largest value of a target; None where it has none or is learned as classes."""
        return self._range.get(target)

    def _materials_with_value(self, target: str) -> int:
        known = self._with_value.get(target)
        return 0 if known is None else int(np.count_nonzero(known.values))

    def rows_learned_from(self, target: str, *, merged: bool) -> int:
        """Return how many rows a model of the target is given at most: where labels are merged, one a material."""
        return self._materials_with_value(target) if merged else self.labelled[target]

    def _add_cells(self, rows: ExaminedRows, places: NDArray[np.int64]) -> None:
        new = self.materials - len(self._cells)
        self._cells.extend(np.zeros(new, KEY_DTYPE))
        self._cell_ranks.extend(np.zeros(new, np.uint64))
        cells, ranks = self._cells.values, self._cell_ranks.values
        written = rows.materials.column(CELL_KEY)
        if written.null_count == len(written):
            return
        for place, rank, cell in zip(
            places.tolist(), writing_ranks(rows.materials), written.to_pylist(), strict=True
        ):
            if place < 0 or not cell:
                continue
            before = bytes(cells[place])
            if not before or (rank, cell.encode()) < (int(ranks[place]), before):
                cells[place], ranks[place] = cell.encode(), rank

    def keys_of(self, column: str) -> NDArray[np.bytes_]:
        """Return, sorted, the different keys (n,) under which a block with this `key_column` stores its values."""
        if column != CELL_KEY:
            keys: NDArray[np.bytes_] = np.sort(self._block_keys[column].keys)
            return keys
        # Of a crystal's writings only the one that stands for it in the snapshot is computed.
        cells = np.unique(self._cells.values)
        written: NDArray[np.bytes_] = cells[cells != b""]
        return written

    def check_learnable(self, targets: Sequence[str], folds: int) -> None:
        """Raise InvalidInput where a target has too few rows for the folds, one value only, or too many classes."""
        why = "; ".join(f"{count} × {reason}" for reason, count in self.refused.most_common(5))
        seen = f"{self.rows} rows read" + (f", refused: {why}" if why else "")
        for target in targets:
            if self.labelled[target] == 0:
                raise InvalidInput(f"target {target}: no usable row ({seen})")
            materials = self._materials_with_value(target)
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


def survey(rows: Iterable[ExaminedRows], scratch: Path | None = None) -> Survey:
    """Return the counts over all rows, which pass by once.

    Parameters
    ----------
    rows
        What is counted.
    scratch
        A folder on the disk that has the room; the system's for temporary files if not given.
    """
    result = Survey(scratch or Path(tempfile.gettempdir()))
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
