"""Finding materials in a block's table by their keys."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from matsluice.infra.feature_store.block_table import KEY_DTYPE, BlockTable
from matsluice.infra.feature_store.parts import committed_parts, drop_damaged

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Wanted:
    """Keys one looks for, sorted once.

    Examples
    --------
    >>> wanted = Wanted.of(np.array([b"b", b"a"]))
    >>> [a.tolist() for a in wanted.match(np.array([b"x", b"a"]))]
    [[1], [1]]
    """

    ordered: NDArray[np.bytes_]
    places: NDArray[np.int64]

    @classmethod
    def of(cls, keys: NDArray[np.bytes_]) -> Wanted:
        """Sort the keys (n,), which are all different."""
        places = np.argsort(keys, kind="stable")
        return cls(keys[places], places)

    def match(self, keys: NDArray[np.bytes_]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return (rows of `keys` that are wanted, their places among the wanted)."""
        if not len(self.ordered):
            return np.empty(0, np.int64), np.empty(0, np.int64)
        at = np.searchsorted(self.ordered, keys)
        at[at == len(self.ordered)] = 0
        rows = np.flatnonzero(self.ordered[at] == keys)
        return rows, self.places[at[rows]]


def present(table: BlockTable, keys: NDArray[np.bytes_]) -> NDArray[np.bool_]:
    """Return for each key (n,) whether the table holds it, computed or refused; damaged parts are dropped."""
    wanted = Wanted.of(keys)
    found = np.zeros(len(keys), dtype=bool)
    for path in committed_parts(table):
        try:
            # Whole: a flipped bit in a value would show only when the run has begun to rely on it.
            part = pq.read_table(path, schema=table.part_schema)
        except (pa.ArrowInvalid, OSError):
            drop_damaged(table, path)
            continue
        found[wanted.match(_keys(part))[1]] = True
    return found


def missing(table: BlockTable, keys: NDArray[np.bytes_]) -> NDArray[np.int64]:
    """Return where the keys stand that the table lacks: the first place of each, in order."""
    different, first = np.unique(keys, return_index=True)
    return np.sort(first[~present(table, different)])


def fill(
    table: BlockTable, keys: NDArray[np.bytes_], out: NDArray[np.float64]
) -> tuple[dict[int, str], dict[int, str]]:
    """Write the values of the keys (n,) into `out` (n, columns), one part file in memory at a time.

    Undefined values and those of refused materials become NaN.

    Returns
    -------
    Place → why some of its values are undefined; place → why the block refused it.

    Raises
    ------
    LookupError
        A key is not in the table.
    """
    different, inverse = np.unique(keys, return_inverse=True)
    if len(different) < len(keys):
        return _fill_repeated(table, different, inverse, out)
    wanted = Wanted.of(keys)
    found = np.zeros(len(keys), dtype=bool)
    undefined: dict[int, str] = {}
    refused: dict[int, str] = {}
    for path in committed_parts(table):
        part = pq.read_table(path, schema=table.part_schema)
        rows, places = wanted.match(_keys(part))
        for j, name in enumerate(table.columns):
            out[places, j] = part.column(name).to_numpy()[rows]
        for reasons, column in ((undefined, "undefined"), (refused, "refused")):
            texts = part.column(column).to_pylist()
            reasons.update({int(p): texts[r] for r, p in zip(rows, places, strict=True) if texts[r]})
        found[places] = True
    if not found.all():
        missing = int(np.flatnonzero(~found)[0])
        raise LookupError(
            f"{table.block} version {table.version} has no values for key {keys[missing].decode()}"
        )
    return undefined, refused


def _fill_repeated(
    table: BlockTable, different: NDArray[np.bytes_], inverse: NDArray[np.int64], out: NDArray[np.float64]
) -> tuple[dict[int, str], dict[int, str]]:
    """Fill where several places have one key: crystals of one composition share its values."""
    values = np.empty((len(different), out.shape[1]))
    reasons = fill(table, different, values)
    out[:] = values[inverse]
    by_place = [
        {place: why[one] for place, one in enumerate(inverse.tolist()) if one in why} for why in reasons
    ]
    return by_place[0], by_place[1]


def _keys(part: object) -> NDArray[np.bytes_]:
    column = part.column("key")  # type: ignore[attr-defined]
    return np.array(column.to_pylist(), dtype=KEY_DTYPE)
