"""Which labelled materials count as hits."""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from matsluice.tasks.split.groups import elements_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from matsluice.tasks.screen.objective import Objective


def hit_window(objective: Objective, y: NDArray[Any], top_share: float) -> Objective:
    """Return the window that a hit's value lies in: the objective's own, or for a direction the top share.

    Parameters
    ----------
    objective
        What the campaign looks for.
    y
        Labels of all materials that may be hits, (n,): values, or places of classes.
    top_share
        Of the materials, those with the largest (or smallest) values that count where the objective is a direction. At
        least one does, and all that are equal to the last.

    Examples
    --------
    >>> from matsluice.tasks.screen.objective import Objective
    >>> hit_window(Objective(direction=1), np.arange(10.0), 0.2)
    Objective(low=8.0, high=inf, direction=0, wanted_class='', place=-1)
    """
    if not objective.direction:
        return objective
    if objective.place >= 0:
        # The class itself decides who is a hit; listed is what is more probably so than not.
        bounds = (0.5, math.inf) if objective.direction > 0 else (-math.inf, 0.5)
        return replace(objective, low=bounds[0], high=bounds[1], direction=0)
    ordered = np.sort(objective.direction * np.asarray(y, dtype=np.float64))[::-1]
    edge = float(ordered[max(1, round(top_share * len(ordered))) - 1])
    if objective.direction > 0:
        return replace(objective, low=edge, direction=0)
    return replace(objective, high=-edge, direction=0)


def is_hit(window: Objective, y: NDArray[Any]) -> NDArray[np.bool_]:
    """Return which materials are hits, (n,).

    Parameters
    ----------
    window
        What `hit_window` gives. Of classes a material of the wanted one is a hit; where little of it is looked for,
        one of any other.
    y
        Labels, (n,): values, or places of classes.

    Examples
    --------
    >>> from matsluice.tasks.screen.objective import Objective
    >>> is_hit(Objective(low=0.9, wanted_class="true", place=1), np.array([0, 1])).tolist()
    [False, True]
    """
    if window.place < 0:
        return window.met(np.asarray(y, dtype=np.float64))
    of_class = np.asarray(y) == window.place
    return np.asarray(~of_class if math.isinf(window.low) and math.isfinite(window.high) else of_class)


def without_elements(formulas: NDArray[np.str_], excluded: Collection[str]) -> NDArray[np.bool_]:
    """Return which formulas, (n,), contain none of the excluded elements.

    Examples
    --------
    >>> without_elements(np.array(["PbS", "SnS"]), ["Pb", "Hg"]).tolist()
    [False, True]
    """
    unwanted = frozenset(excluded)
    return np.array([not (elements_of(formula) & unwanted) for formula in formulas.tolist()], dtype=bool)
