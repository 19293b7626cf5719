"""What a reader has to know of sets of classes: that some hold none, and what that says."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from matsluice.tasks.predict.predictions import NO_CLASS
from matsluice.tasks.report.number_text import percent

if TYPE_CHECKING:
    from matsluice.tasks.report.run_tables import Predictions


def empty_set_sentences(predictions: Predictions | None, asked: float) -> list[str]:
    """Return how many sets hold no class, and why; nothing where all hold one, or no classes are predicted.

    Parameters
    ----------
    predictions
        Of the champion, on its own split.
    asked
        The confidence of its sets, 0 to 1.
    """
    if predictions is None or not predictions.classes or not len(predictions.inside):
        return []
    empty = ~predictions.inside.any(axis=1)
    right = predictions.y_true == predictions.y_pred
    if not empty.any():
        return []
    said = (
        f"{percent(float(empty.mean()))} of the sets hold no class and read {NO_CLASS}: the model is less sure of any "
        f"class there than it is of the true one in {percent(asked)} of the rows. Its most probable class is right in "
        f"{percent(float(right[empty].mean()))} of those rows, and in {percent(float(right[~empty].mean()))} of the "
        "others."
    )
    if float(np.mean(right)) > asked:
        said += (
            f" That class is right in {percent(float(np.mean(right)))} of all rows, more often than is asked for, so "
            "sets that always held it would hold too much: a confidence above that leaves hardly any of them empty."
        )
    return [said]
