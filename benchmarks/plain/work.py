"""What the plain script hands to joblib."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from matsluice.models.uncertainty.learned_from import LearnedFrom
from matsluice.tasks.features.each import BlockRows, compute_each
from matsluice.tasks.features.known_blocks import find_block
from matsluice.tasks.material.materials import Materials
from matsluice.tasks.material.materials_columns import materials_of
from matsluice.tasks.predict.predictions import Predictions

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

    from matsluice.tasks.predict.material_model import MaterialModel
    from matsluice.tasks.screen.objective import Objective


def block_values(word: str, materials: Materials) -> BlockRows:
    """Compute a block of all materials."""
    spec = find_block(word)
    return compute_each(spec.make(), materials.seen_by(spec.needs))


def predicted(
    X: NDArray[np.float64],
    y: NDArray[np.float64],
    test: NDArray[np.bool_],
    kept: NDArray[np.bool_],
    model: Any,
) -> NDArray[np.float64]:
    """Fit on the rows that are in neither, and predict those of `test`."""
    learn = ~(test | kept)
    return np.asarray(model.fit(X[learn], y[learn]).predict(X[test]), dtype=np.float64)


def fitted(X: NDArray[np.float64], y: NDArray[np.float64], model: Any) -> Any:
    """Fit on all rows."""
    return model.fit(X, y), LearnedFrom.rows(X, y, None)


def screened(
    table: pa.Table, ids: list[str], model: MaterialModel, objective: Objective, excluded: list[int]
) -> Any:
    """Return what a batch of candidates has in the objective's window."""
    materials = materials_of(table)
    assert materials is not None
    assert materials.compositions is not None
    batch = materials.compositions
    lacks = ~np.logical_or.reduceat(np.isin(batch.atomic_numbers, excluded), batch.offsets[:-1])
    rows = np.flatnonzero(lacks)
    found = model.predict_features(model.features(materials.take(rows)).values, batch.take(rows))
    assert isinstance(found, Predictions)
    frame = pd.DataFrame(
        {
            "id": np.array(ids, dtype=object)[rows],
            "key": np.array(table.column("key").to_pylist(), dtype=object)[rows],
            "formula": np.array(table.column("formula").to_pylist(), dtype=object)[rows],
            "prediction": found.value,
            "probability": objective.probability(
                found.value, partial(model.probability_between, found.signs)
            ),
            "in_domain": found.in_domain,
            "distance": found.distance,
        }
    )
    return frame[objective.met(found.value)]
