"""A fitted model as text, and what its text means."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


class NoFormError(ValueError):
    """Why a model that could be written out is not; the message is a sentence without its full stop."""


@dataclass(frozen=True, slots=True)
class Symbol:
    """A feature in a text.

    Attributes
    ----------
    name
        The symbol, an identifier.
    place
        Which column of the feature matrix it is.
    low, high
        Its range over the training rows, in the feature's unit.
    filled
        What an undefined value counts as; None where nothing stands in for it.
    clipped
        Whether the model holds the feature within that range before it computes.
    """

    name: str
    place: int
    low: float
    high: float
    filled: float | None = None
    clipped: bool = False


@dataclass(frozen=True, slots=True)
class Output:
    """What is computed, "" for the target itself, and the expression, in sympy's notation, over the symbols."""

    label: str
    text: str


@dataclass(frozen=True, slots=True)
class EdgeFit:
    """An edge of a network: layer and nodes, the function it is read as, and R² of that over its training range."""

    layer: int
    source: int
    goal: int
    function: str
    r2: float


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenModel:
    """A fitted model as text.

    Attributes
    ----------
    kind
        What it is: "linear model", "decision tree", "SISSO formula", "Kolmogorov–Arnold formula".
    outputs
        One for a number or for two classes, else one for each class.
    symbols
        The features that occur, in the order of the matrix.
    rules
        Of a tree, the same as indented lines for people; "" otherwise.
    is_the_model
        Whether the text is the model itself, to the digits told; else it stands for a network, to within `r2`.
    off_by
        Largest distance of the printed text from the model over the training rows, in the output's unit.
    r2
        Share of the variance of the model's own output that the text gives, over the same rows.
    edges
        Of a network: how each edge is read.
    """

    kind: str
    outputs: tuple[Output, ...]
    symbols: tuple[Symbol, ...]
    rules: str = ""
    is_the_model: bool = True
    off_by: float = 0.0
    r2: float = 1.0
    edges: tuple[EdgeFit, ...] = ()


def evaluate(
    outputs: Sequence[Output], symbols: Mapping[str, NDArray[np.float64]], n: int
) -> NDArray[np.float64]:
    """Return the values of printed expressions, (n, outputs), from what is printed alone.

    Parameters
    ----------
    outputs
        The expressions.
    symbols
        Name → values of that feature, (n,) each.
    n
        How many rows.

    Examples
    --------
    >>> rows = {"a": np.array([1.0, 2.0]), "b": np.array([2.0, 2.0])}
    >>> evaluate([Output("", "0.5 + 2.0*a/b")], rows, 2).tolist()
    [[1.5], [2.5]]
    """
    import sympy
    from sympy.parsing.sympy_parser import parse_expr

    known: dict[str, Any] = {name: sympy.Symbol(name, real=True) for name in symbols}
    found = np.empty((n, len(outputs)))
    for place, output in enumerate(outputs):
        expression = parse_expr(output.text, local_dict=known)
        compiled = sympy.lambdify(list(known.values()), expression, "numpy", cse=True)
        with np.errstate(all="ignore"):
            found[:, place] = compiled(*symbols.values())
    return found
