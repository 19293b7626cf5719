"""A linear model of features as a formula: sympy with full numbers, LaTeX with rounded ones and units."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from matsluice.models.sisso.expressions import Expression
from matsluice.models.sisso.units import Unit

if TYPE_CHECKING:
    from numpy.typing import NDArray

_DIGITS: Final = 4
# Names that LaTeX sets as a physicist writes them: a letter or two, with at most one subscript.
_SHORT: Final = re.compile(r"[A-Za-z]{1,2}\d*(_[A-Za-z0-9]+)?")
_GREEK: Final = frozenset(
    ("alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "kappa", "lambda", "mu", "nu", "xi", "rho",
     "sigma", "tau", "phi", "chi", "psi", "omega")
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class LinearModel:
    """intercept + Σ coefficient × feature, with coefficients for each task.

    Attributes
    ----------
    features
        d expressions.
    intercepts
        (tasks,), in the target's unit.
    coefficients
        (tasks, d), in the target's unit over each feature's.
    rmse
        Root mean square of the (weighted) training errors, in the target's unit.
    explained
        Share of the target's sum of squares that is explained, over all tasks.
    """

    features: tuple[Expression, ...]
    intercepts: NDArray[np.float64]
    coefficients: NDArray[np.float64]
    rmse: float
    explained: float

    @property
    def complexity(self) -> int:
        """Primary features and operators in all its features."""
        return sum(one.complexity for one in self.features)

    def descriptors(self, X: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        """Return the features' values (n, d), all finite, and the rows (n,) for which one of them is not defined."""
        values = np.empty((len(X), len(self.features)))
        undefined = np.zeros(len(X), dtype=np.bool_)
        for place, one in enumerate(self.features):
            values[:, place], missing = one.defined_values(X)
            undefined |= missing
        return values, undefined

    def values(self, descriptors: NDArray[np.float64], task: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return the model's value (n,) of rows with these descriptors (n, d), of these tasks (n,)."""
        return np.asarray(self.intercepts[task] + (self.coefficients[task] * descriptors).sum(axis=1))

    def symbolic(self, names: Sequence[str], task: int = 0) -> Any:
        """Return the sympy expression, with every digit of the coefficients."""
        import sympy

        total = sympy.Float(float(self.intercepts[task]))
        for coefficient, one in zip(self.coefficients[task].tolist(), self.features, strict=True):
            total += sympy.Float(coefficient) * one.symbolic(names)
        return total

    def latex(self, names: Sequence[str], target: Unit, task: int = 0) -> str:
        """Return the right-hand side with coefficients rounded to 4 digits, each with its unit."""
        parts = [_number(float(self.intercepts[task]), target)]
        for coefficient, one in zip(self.coefficients[task].tolist(), self.features, strict=True):
            sign = " - " if coefficient < 0 else " + "
            parts.append(f"{sign}{_number(abs(coefficient), target / one.unit)}\\,{_latex_of(one, names)}")
        return "".join(parts)


def latex_symbol(name: str) -> str:
    r"""Return a column's name as LaTeX sets it.

    >>> print(latex_symbol("r_A"), latex_symbol("x12"), latex_symbol("composition.mean_atomic_mass"))
    r_{A} x_{12} \mathrm{composition.mean\_atomic\_mass}
    """
    if _SHORT.fullmatch(name) or name.split("_", maxsplit=1)[0] in _GREEK:
        stem, *subscripts = name.split("_", 1)
        letters = stem.rstrip("0123456789")
        below = ",".join(part for part in (stem[len(letters) :], *subscripts) if part)
        written = rf"\{letters}" if letters in _GREEK else letters
        return f"{written}_{{{below}}}" if below else written
    escaped = "".join(f"\\{sign}" if sign in "_#$%&{}" else sign for sign in name)
    return rf"\mathrm{{{escaped}}}"


def _latex_of(one: Expression, names: Sequence[str]) -> str:
    import sympy

    expression = one.symbolic(names)
    symbols = {symbol: latex_symbol(symbol.name) for symbol in expression.free_symbols}
    text = str(sympy.latex(expression, ln_notation=True, symbol_names=symbols))
    return rf"\left({text}\right)" if expression.is_Add else text


def _number(value: float, unit: Unit) -> str:
    text = f"{value:.{_DIGITS}g}"
    if "e" in text:
        mantissa, exponent = text.split("e")
        text = rf"{mantissa} \cdot 10^{{{int(exponent)}}}"
    return rf"{text}\,{unit.latex()}" if not unit.dimensionless else text
