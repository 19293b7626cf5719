"""A Kolmogorov–Arnold network pruned and read as a formula in the units of the campaign's features."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from matsluice.models.written_out.form import EdgeFit, NoFormError, Output, WrittenModel

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from matsluice.models.written_out.prepared_rows import PreparedRows


def network_form(
    model: Any,
    rows: PreparedRows,
    y: NDArray[Any],
    names: Sequence[str],
    labels: Sequence[str],
) -> WrittenModel:
    """Return the formula a fitted network is read as.

    The network is pruned to what it needs, and every curve that is left is replaced by the function of a library that
    is most like it; so the text stands for the network and is not the network itself.

    Parameters
    ----------
    model
        A fitted KANRegressor or KANClassifier.
    rows
        The training rows.
    y
        Their values, or the numbers of their classes from 0, (n,).
    names, labels
        Identifiers of all columns, and what each output is.

    Raises
    ------
    NoFormError
        Too many edges are left, or no functions have a value on all rows.
    """
    import sympy

    in_units = model.before_scaling(rows.slope, rows.shift)
    try:
        pruned = in_units.prune(rows.filled, y)
        found = pruned.symbolic()
    except ValueError as refusal:
        raise NoFormError(str(refusal)) from refusal
    expressions = found if isinstance(found, list) else [found]
    called = {sympy.Symbol(f"x{i}", real=True): sympy.Symbol(names[i]) for i in pruned.features_used_}
    return WrittenModel(
        kind="Kolmogorov–Arnold formula",
        outputs=tuple(
            Output(label, str(one.xreplace(called))) for label, one in zip(labels, expressions, strict=True)
        ),
        symbols=rows.symbols(names, [int(i) for i in pruned.features_used_]),
        is_the_model=False,
        edges=tuple(
            EdgeFit(one.layer, one.source, one.goal, one.function, float(np.clip(one.r2, -1.0, 1.0)))
            for one in pruned.symbolic_edges_
        ),
    )
