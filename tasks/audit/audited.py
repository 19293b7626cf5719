"""What the audit looks at: rows, folds, features, and what recomputing some of these has shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from matsluice.tasks.split.feature_rows import FeatureRows

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from matsluice.tasks.audit.recomputed import Recomputed
    from matsluice.tasks.split.folds import Folds
    from matsluice.tasks.train.training_rows import TrainingRows


@dataclass(frozen=True, slots=True)
class Audited:
    """One target's rows, divided, with their features.

    Attributes
    ----------
    rows
        The labelled rows.
    folds
        Split → its folds.
    matrix
        (unique materials, columns), NaN where undefined; may be mapped.
    columns
        Full name of each column.
    target, unit
        What is learned.
    given
        Split → (id, material, fold), three arrays (m,), for splits whose folds are given by id: of all source rows,
        those too whose labels were merged into one row.
    recomputed
        What computing some materials once more has shown, block by block.
    held
        What was found for several checks, by name.
    """

    rows: TrainingRows
    folds: Mapping[str, Folds]
    matrix: NDArray[np.float64]
    columns: tuple[str, ...]
    target: str
    unit: str
    given: Mapping[str, tuple[NDArray[np.str_], NDArray[np.int64], NDArray[np.int64]]] = field(
        default_factory=dict
    )
    recomputed: tuple[Recomputed, ...] = ()
    held: dict[str, NDArray[np.int64]] = field(default_factory=dict)

    @property
    def kept(self) -> NDArray[np.bool_]:
        """Whether a row is kept for the final test, (n,)."""
        return next(iter(self.folds.values())).kept

    @property
    def there(self) -> NDArray[np.intp]:
        """The rows outside the hold-out, increasing."""
        return np.flatnonzero(~self.kept)

    def same_features(self) -> NDArray[np.int64]:
        """Return a number for each row, (n,): equal where all features are."""
        if "features" not in self.held:
            materials, which = np.unique(self.rows.material, return_inverse=True)
            hashes = FeatureRows(self.matrix, materials).hashes().view("S16")
            self.held["features"] = np.unique(hashes, return_inverse=True)[1].astype(np.int64)[which]
        return self.held["features"]
