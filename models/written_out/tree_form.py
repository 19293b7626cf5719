"""A small decision tree as rules and as one expression."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from matsluice.models.written_out.digits import shortest
from matsluice.models.written_out.form import NoFormError, Output, WrittenModel

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from matsluice.models.written_out.prepared_rows import PreparedRows

# More leaves than this nobody reads.
MOST_LEAVES: Final = 16
# How far a threshold may move when it is rounded, as a share of the way to the nearest training value.
MOVED: Final = 0.01
LEAF: Final = -1


def tree_form(
    model: Any,
    rows: PreparedRows,
    wanted: NDArray[np.float64],
    names: Sequence[str],
    labels: Sequence[str],
    tolerance: float,
) -> WrittenModel:
    """Return a fitted tree as text; see `linear_form` for the parameters.

    Raises
    ------
    NoFormError
        It has more leaves than anybody reads.
    """
    tree = model.tree_
    if tree.n_leaves > MOST_LEAVES:
        raise NoFormError(
            f"the tree has {tree.n_leaves:,} leaves, and up to {MOST_LEAVES} are written out: "
            "max_depth = 4 gives no more"
        )
    # Trees compare features in single precision.
    X = rows.filled.astype(np.float32)
    leaf = model.apply(X)
    values = {int(one): wanted[np.argmax(leaf == one)] for one in np.unique(leaf)}
    counts = {int(one): int((leaf == one).sum()) for one in np.unique(leaf)}
    thresholds = {
        node: _threshold(float(tree.threshold[node]), X[:, tree.feature[node]].astype(np.float64))
        for node in range(tree.node_count)
        if tree.children_left[node] != LEAF
    }

    def expression(node: int, place: int) -> str:
        if node not in thresholds:
            return shortest(float(values[node][place]), 0.9 * tolerance, 1)
        asked = f"{names[tree.feature[node]]} <= {thresholds[node]}"
        yes, no = (expression(int(each[node]), place) for each in (tree.children_left, tree.children_right))
        return yes if yes == no else f"Piecewise(({yes}, {asked}), ({no}, True))"

    def lines(node: int, indent: str) -> list[str]:
        if node not in thresholds:
            said = ", ".join(
                f"{label} {shortest(float(value), 0.9 * tolerance, 1)}".strip()
                for label, value in zip(labels, values[node], strict=True)
            )
            return [f"{indent}{said}  ({counts[node]:,} {'row' if counts[node] == 1 else 'rows'})"]
        name, at = names[tree.feature[node]], thresholds[node]
        yes, no = int(tree.children_left[node]), int(tree.children_right[node])
        deeper = indent + "  "
        return [
            f"{indent}{name} ≤ {at}", *lines(yes, deeper), f"{indent}{name} > {at}", *lines(no, deeper)
        ]  # fmt: skip

    return WrittenModel(
        kind="decision tree",
        outputs=tuple(Output(label, expression(0, place)) for place, label in enumerate(labels)),
        symbols=rows.symbols(names, {int(tree.feature[node]) for node in thresholds}),
        rules="\n".join(lines(0, "")),
    )


def _threshold(value: float, seen: NDArray[np.float64]) -> str:
    """Return a threshold with as few digits as leave every training value on its side, with room to spare."""
    return shortest(value, MOVED * float(np.abs(seen - value).min()))
