"""Features of candidates, in a worker's killable child, and the model that they are for."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np

from matsluice.models.saved.pickled import read_pickle
from matsluice.tasks.features.chunk_call import RowLimits
from matsluice.tasks.features.in_child import RowsTask
from matsluice.tasks.features.isolated import child_of_this_thread, compute_isolated
from matsluice.tasks.features.made_by import MadeBy
from matsluice.tasks.screen.candidates import BlockRefusal

if TYPE_CHECKING:
    from numpy.typing import NDArray

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
    call: RowsCall, model: MaterialModel, rows: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.float64], dict[int, BlockRefusal]]:
    """Return the rows that every block has values for, the values, and row → which block refused it and why."""
    if not len(rows):
        return rows, np.empty((0, 0)), {}
    child = child_of_this_thread()
    refused: dict[int, BlockRefusal] = {}
    parts = []
    for word in model.blocks:
        made_by, memory_bytes = call.made_by[word], call.limits.memory_bytes
        task = RowsTask(call.candidates, rows, word, made_by, memory_bytes, tuple(model.plugins))
        computed = compute_isolated(child, task, call.limits.timeout_s)
        parts.append(computed.values)
        for place, why in computed.refused.items():
            refused.setdefault(int(rows[place]), BlockRefusal(made_by.block, why.reason, why.detail))
    good = ~np.isin(rows, list(refused))
    return rows[good], np.concatenate(parts, axis=1)[good], refused
