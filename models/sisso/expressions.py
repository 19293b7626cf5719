"""A feature as a tree of operators over primary columns: its values, its unit, its formula."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from matsluice.models.sisso.operators import OPERATORS
from matsluice.models.sisso.units import Unit

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Expression:
    """A primary feature, or an operator on expressions, with what its values were in training.

    Attributes
    ----------
    operator
        A name in `OPERATORS`; "" for a primary feature.
    operands
        One or two expressions; none for a primary feature.
    column
        Which column of X a primary feature is; -1 otherwise.
    unit
        Of its values.
    lowest, highest, mean
        Of its values over the training rows.
    """

    operator: str
    operands: tuple[Expression, ...]
    column: int
    unit: Unit
    lowest: float
    highest: float
    mean: float

    @property
    def complexity(self) -> int:
        """Number of primary features and operators in it."""
        return 1 + sum(operand.complexity for operand in self.operands)

    def values(self, X: NDArray[np.float64], *, bounded: bool = False) -> NDArray[np.float64]:
        """Return the feature of every row (n,); NaN or infinite where it is not defined.

        Parameters
        ----------
        X
            Primary features, (n, columns).
        bounded
            Whether every operand is clipped to the range it had in training, which keeps logarithms, roots and
            denominators where they were defined.
        """
        with np.errstate(all="ignore"):
            if not self.operands:
                found = np.asarray(X[:, self.column], dtype=np.float64)
            else:
                parts = (operand.values(X, bounded=bounded) for operand in self.operands)
                found = np.asarray(OPERATORS[self.operator].compute(*parts))
        return np.clip(found, self.lowest, self.highest) if bounded else found

    def defined_values(self, X: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        """Return finite values (n,), and which rows the formula is not defined for.

        Those get the value with every operand clipped to its training range; the training mean if that has none.

        Examples
        --------
        >>> x = Expression("", (), 0, Unit(), 0.5, 4.0, 2.0)
        >>> log = Expression("log", (x,), -1, Unit(), -0.693, 1.386, 0.5)
        >>> values, undefined = log.defined_values(np.array([[1.0], [-3.0]]))
        >>> values.round(3).tolist(), undefined.tolist()
        ([0.0, -0.693], [False, True])
        """
        found = self.values(X)
        undefined = ~np.isfinite(found)
        if undefined.any():
            nearest = self.values(X[undefined], bounded=True)
            found = found.copy()
            found[undefined] = np.where(np.isfinite(nearest), nearest, self.mean)
        return found, np.asarray(undefined)

    def symbolic(self, names: Sequence[str]) -> Any:
        """Return the sympy expression over symbols of these column names.

        >>> x = Expression("", (), 0, Unit(), 0.5, 4.0, 2.0)
        >>> Expression("/", (x, Expression("", (), 1, Unit(), 1.0, 2.0, 1.5)), -1, Unit(), 0, 1, 0).symbolic("ab")
        a/b
        """
        import sympy

        if not self.operands:
            return sympy.Symbol(names[self.column])
        if self.operator == "cbrt" and self.operands[0].lowest >= 0.0:
            return sympy.cbrt(self.operands[0].symbolic(names))
        return OPERATORS[self.operator].symbolic(*(operand.symbolic(names) for operand in self.operands))
