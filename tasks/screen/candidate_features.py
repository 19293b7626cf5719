"""Features of candidates, in a killable child where they may need one, and the model that they are for."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np
import pyarrow as pa

from matsluice.models.saved.pickled import read_pickle
from matsluice.tasks.features.chunk_call import RowLimits
from matsluice.tasks.features.each import BlockRows, compute_each
from matsluice.tasks.features.in_child import RowsTask
from matsluice.tasks.features.isolated import child_of_this_thread, compute_isolated
from matsluice.tasks.features.known_blocks import find_block
from matsluice.tasks.features.made_by import MadeBy, check_code
from matsluice.tasks.material import material_keys
from matsluice.tasks.material.materials_columns import materials_of
from matsluice.tasks.screen.candidates import BlockRefusal

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from matsluice.tasks.material import CompositionBatch
    from matsluice.tasks.predict.material_model import MaterialModel


# A worker screens many batches with one model a target: a forest of 300 trees is read from disk once.
@lru_cache(maxsize=8)
def load_screened_by(path: str) -> MaterialModel:
    """Return the model in a file, its blocks known and of the versions it was learned with."""
    model: MaterialModel = read_pickle(Path(path))
    model.check_versions()
    return model


class RowsCall(Protocol):
    """What it takes to compute features of candidates: their file, the code, and what a row may cost."""

    @property
    def candidates(self) -> str:
        """A file of `write_batches`."""
        ...

    @property
    def made_by(self) -> Mapping[str, MadeBy]:
        """Block → the code that the model was learned with."""
        ...

    @property
    def limits(self) -> RowLimits:
        """What a candidate may cost."""
        ...


def features_of_rows(
    call: RowsCall, model: MaterialModel, rows: NDArray[np.int64], made_of: CompositionBatch | None
) -> tuple[NDArray[np.int64], NDArray[np.float64], dict[int, BlockRefusal]]:
    """Return the rows that every block has values for, the values, and row → which block refused it and why.

    Parameters
    ----------
    call
        Which candidates.
    model
        Whose features.
    rows
        Which of the file's rows, increasing.
    made_of
        Their compositions; None where they are not known.
    """
    if not len(rows):
        return rows, np.empty((0, 0)), {}
    refused: dict[int, BlockRefusal] = {}
    parts = []
    for word in model.blocks:
        computed = _computed(call, model, word, rows, made_of)
        parts.append(computed.values)
        for place, why in computed.refused.items():
            name = call.made_by[word].block
            refused.setdefault(int(rows[place]), BlockRefusal(name, why.reason, why.detail))
    X = np.concatenate(parts, axis=1)
    if not refused:
        return rows, X, refused
    good = ~np.isin(rows, list(refused))
    return rows[good], X[good], refused


def compositions_of(table: pa.Table, rows: NDArray[np.int64]) -> CompositionBatch | None:
    """Return what some candidates are made of, from their column `formula`; None where it is not known of all."""
    known = materials_of(table.select(["formula"]).take(rows), ("composition",)) if len(rows) else None
    return None if known is None else known.compositions


def keys_of(
    table: pa.Table, column: str, rows: NDArray[np.int64], made_of: CompositionBatch | None
) -> list[str]:
    """Return the keys of some candidates: as they stand in a column of their file, or made of their compositions.

    Parameters
    ----------
    table
        Candidates of one file.
    column
        Which keys.
    rows
        Which of them.
    made_of
        The compositions of all; None where they are not known, and keys stand in the file.
    """
    written = table.column(column).take(pa.array(rows))
    if not written.null_count or made_of is None:
        keys: list[str] = written.to_pylist()
        return keys
    return material_keys(made_of.take(rows))


def _computed(
    call: RowsCall, model: MaterialModel, word: str, rows: NDArray[np.int64], made_of: CompositionBatch | None
) -> BlockRows:
    """Return a block's values of some rows: in the child, unless it is one of compositions that needs none."""
    spec, made_by = find_block(word), call.made_by[word]
    if made_of is not None and not spec.needs_child:
        check_code(made_by, spec)
        return compute_each(spec.make(), made_of)
    task = RowsTask(call.candidates, rows, word, made_by, call.limits.memory_bytes, tuple(model.plugins))
    return compute_isolated(child_of_this_thread(), task, call.limits.timeout_s)
