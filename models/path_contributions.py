"""What each feature adds to a prediction of averaged trees: the steps of the mean along the paths to the leaves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from matsluice.models.chosen_columns import among_all

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from sklearn.pipeline import Pipeline


def path_contributions(
    pipeline: Pipeline, X: NDArray[np.float64], place: int = -1
) -> NDArray[np.float64] | None:
    """Return how much each feature moves each prediction from the mean one, (n, columns); None for other models.

    At each branch of a tree the mean of the training values changes, which is put down to the feature the branch asks
    about; the sum over the path is the prediction (Palczewska et al. 2014, doi:10.1007/978-3-319-04717-1_9). Unlike
    Shapley values these depend on the order in which a tree asks, and cost next to nothing.

    Parameters
    ----------
    pipeline
        A fitted pipeline that ends in one tree, or in a forest whose trees are averaged.
    X
        Features, (n, columns).
    place
        Of classes: which one's probability is asked about.

    Examples
    --------
    >>> from matsluice.models.catalogue import make_model
    >>> X = np.array([[0.0, 1], [0, 1], [4, 1], [4, 1]])
    >>> tree = make_model("decision_tree", {}, seed=0).fit(X, X[:, 0])
    >>> path_contributions(tree, X[1:3]).tolist()
    [[-2.0, 0.0], [2.0, 0.0]]
    """
    last: Any = pipeline[-1]
    trees = [last] if hasattr(last, "tree_") else getattr(last, "estimators_", [])
    if not len(trees) or not all(hasattr(tree, "tree_") for tree in trees):
        return None
    output = 0
    if place >= 0:
        known = np.asarray(last.classes_).tolist()
        if place not in known:
            return None
        output = known.index(place)
    # As scikit-learn's trees see it.
    prepared = np.asarray(pipeline[:-1].transform(X), dtype=np.float32)
    said = np.zeros(prepared.shape)
    for tree in trees:
        _add_steps(tree.tree_, prepared, output, of_classes=place >= 0, said=said)
    return among_all(pipeline, said / len(trees))


def _add_steps(
    tree: Any, X: NDArray[np.float32], output: int, *, of_classes: bool, said: NDArray[np.float64]
) -> None:
    """Add each step of a tree's mean to the feature that was asked about, from the leaves upwards."""
    value = tree.value[:, 0, :]
    mean = value[:, output] / value.sum(axis=1) if of_classes else value[:, 0]
    inner = np.flatnonzero(tree.children_left >= 0)
    parent = np.full(tree.node_count, -1)
    parent[tree.children_left[inner]] = parent[tree.children_right[inner]] = inner
    rows, node = np.arange(len(X)), tree.apply(X)
    while True:
        above = parent[node]
        rows, node, above = rows[above >= 0], node[above >= 0], above[above >= 0]
        if not len(rows):
            return
        said[rows, tree.feature[above]] += mean[node] - mean[above]
        node = above
