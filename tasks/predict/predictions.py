"""What a model says of some materials: values with intervals, or classes with probabilities."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from matsluice.models.uncertainty.row_signs import RowSigns

# Between the classes of a set, where it stands as one text.
SET_SIGN = " | "
# An empty set: no class is as probable as true ones are as often as is asked. In words, since an empty cell says that
# there is no set.
NO_CLASS = "(no class)"
# Before a class's name in the column of its probabilities.
PROBABILITY = "probability_"


@dataclass(frozen=True, slots=True)
class Said:
    """What is said of materials beside the prediction itself.

    Attributes
    ----------
    signs
        What is known of them without their values.
    domain
        "inside", or why a material is outside the applicability domain, (n,).
    """

    signs: RowSigns
    domain: NDArray[np.object_]

    @property
    def in_domain(self) -> NDArray[np.bool_]:
        """Whether the material is like those learned from, (n,)."""
        return self.signs.in_domain

    @property
    def distance(self) -> NDArray[np.float64]:
        """To the nearest of those, in standard deviations of a feature, (n,)."""
        return self.signs.distance


@dataclass(frozen=True, slots=True)
class Predictions(Said):
    """Predictions for some materials.

    Attributes
    ----------
    lower, upper
        Ends of the interval, in the target's unit, (n,).
    """

    lower: NDArray[np.float64]
    upper: NDArray[np.float64]

    @property
    def value(self) -> NDArray[np.float64]:
        """The prediction, in the target's unit, (n,)."""
        return self.signs.prediction

    @property
    def spread(self) -> NDArray[np.float64]:
        """Standard deviation among the ensemble's members, (n,); NaN where the model has none."""
        return self.signs.spread

    def judged(self, place: int) -> NDArray[np.float64]:  # noqa: ARG002 - classes have places, values have none
        """Return what an objective is about, (n,): the values."""
        return self.value

    def hit_columns(self) -> dict[str, Any]:
        """Return the columns of a table of hits that the model fills."""
        import pyarrow as pa

        return {
            "prediction": self.value,
            "lower": self.lower,
            "upper": self.upper,
            "spread": pa.array(self.spread, mask=np.isnan(self.spread)),
            "domain": self.domain,
        }

    def answer(self) -> dict[str, NDArray[Any]]:
        """Return the columns a person is given, each (n,)."""
        return {
            "prediction": self.value,
            "lower": self.lower,
            "upper": self.upper,
            "in_domain": self.in_domain,
            "domain": self.domain,
        }


@dataclass(frozen=True, slots=True)
class ClassPredictions(Said):
    """Predicted classes of some materials.

    Attributes
    ----------
    classes
        Their names, in order.
    probability
        Of each class, (n, classes).
    inside
        Whether a class is in the set that holds the true one with the asked confidence, (n, classes); none may be.
    """

    classes: tuple[str, ...]
    probability: NDArray[np.float64]
    inside: NDArray[np.bool_]

    @property
    def names(self) -> NDArray[np.object_]:
        """The most probable class of each material, (n,); of equals the first."""
        return np.asarray(np.array(self.classes, dtype=object)[np.argmax(self.probability, axis=1)])

    def judged(self, place: int) -> NDArray[np.float64]:
        """Return what an objective is about, (n,): the probability of the class at a place."""
        return self.probability[:, place]

    def hit_columns(self) -> dict[str, Any]:
        """Return the columns of a table of hits that the model fills; a class has no interval and no spread."""
        import pyarrow as pa

        none = pa.nulls(len(self.probability), pa.float64())
        sets = set_texts(self.inside, self.classes)
        return {
            "prediction": self.names,
            "lower": none,
            "upper": none,
            "set": sets,
            "spread": none,
            "domain": self.domain,
        }

    def answer(self) -> dict[str, NDArray[Any]]:
        """Return the columns a person is given, each (n,)."""
        return {
            "prediction": self.names,
            **{PROBABILITY + name: self.probability[:, place] for place, name in enumerate(self.classes)},
            "set": np.array(set_texts(self.inside, self.classes), dtype=object),
            "in_domain": self.in_domain,
            "domain": self.domain,
        }


def set_texts(inside: NDArray[np.bool_], names: Iterable[str]) -> list[str]:
    """Return each row's set of classes as text.

    Examples
    --------
    >>> set_texts(np.array([[True, False], [True, True], [False, False]]), ["false", "true"])
    ['false', 'false | true', '(no class)']
    """
    names = list(names)
    return [
        SET_SIGN.join(name for name, is_in in zip(names, row, strict=True) if is_in) or NO_CLASS
        for row in inside.tolist()
    ]
