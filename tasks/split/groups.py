"""Which rows belong together under a split."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Rows(Protocol):
    """What is known of n labelled rows."""

    @property
    def material(self) -> NDArray[np.int64]:
        """A number for each row's material."""
        ...

    @property
    def formulas(self) -> NDArray[np.str_]:
        """Reduced formula of each row's material."""
        ...


def by_composition(rows: Rows) -> NDArray[np.int64]:
    """Return a number for each row's composition: a formula however written, and all its polymorphs, are one group."""
    return np.unique(rows.formulas, return_inverse=True)[1].astype(np.int64)
