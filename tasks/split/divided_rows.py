"""What a split may look at: a target's labelled rows, and what is known of their materials."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from matsluice.infra.mistakes import Failed

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from matsluice.tasks.train.training_rows import TrainingRows


@dataclass(frozen=True, slots=True)
class Known:
    """Where more is known of the materials than their formula.

    Attributes
    ----------
    matrix
        .npy file of features, (unique materials, columns).
    materials_file
        The snapshot's materials.parquet, with crystals where there are any.
    rows_file
        The snapshot's rows.parquet, with the columns that splits name.
    """

    matrix: Path | None = None
    materials_file: Path | None = None
    rows_file: Path | None = None

    def file(self, name: str) -> Path:
        """Return one of the files.

        Raises
        ------
        Failed
            It is not known.
        """
        path: Path | None = getattr(self, name)
        if path is None:
            raise Failed(f"this split looks at {name}, and only formulas are known of these rows")
        return path


@dataclass(frozen=True, slots=True)
class DividedRows:
    """Rows to divide.

    Attributes
    ----------
    rows
        The labelled rows of a target, ordered by their content.
    kept
        Whether a row is kept for the final test, (n,).
    known
        Where more is known of their materials.
    found
        Split → the group of each row, (n,), once it was found: that of crystals takes a millisecond each.
    """

    rows: TrainingRows
    kept: NDArray[np.bool_]
    known: Known = Known()
    found: dict[str, NDArray[np.str_]] = field(default_factory=dict)

    @property
    def material(self) -> NDArray[np.int64]:
        """A number for each row's material, (n,)."""
        return self.rows.material

    @property
    def formulas(self) -> NDArray[np.str_]:
        """Reduced formula of each row's material, (n,)."""
        return self.rows.formulas

    @property
    def classes(self) -> NDArray[np.int64] | None:
        """The class of each row, (n,); None for numbers."""
        return self.rows.y.astype(np.int64) if len(self.rows.classes) else None

    @property
    def there(self) -> NDArray[np.intp]:
        """The rows outside the hold-out, increasing."""
        return np.flatnonzero(~self.kept)


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked of a split.

    Attributes
    ----------
    split
        Its name.
    folds
        How many, where the split does not say so itself.
    seed
        Of what is drawn.
    options
        Its own keys; None where it has none.
    """

    split: str
    folds: int
    seed: int
    options: Any = None


def each_material(material: NDArray[np.int64], labels: NDArray[Any]) -> NDArray[Any]:
    """Return a label for each row, (n,), from labels of its distinct materials in increasing order.

    Examples
    --------
    >>> each_material(np.array([7, 3, 7]), np.array(["of 3", "of 7"])).tolist()
    ['of 7', 'of 3', 'of 7']
    """
    return np.asarray(labels[np.unique(material, return_inverse=True)[1]])
