"""What a model has learned from, as far as new rows are compared with it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from matsluice.models.applicability_domain import ApplicabilityDomain
from matsluice.models.uncertainty.element_coverage import Compositions, ElementCoverage
from matsluice.models.uncertainty.row_signs import NEIGHBOURS, RowSigns, disagreement

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

INSIDE = "inside"


@dataclass(frozen=True, slots=True, eq=False)
class LearnedFrom:
    """The training rows' region in feature space, their values, and their elements.

    Attributes
    ----------
    domain
        The region.
    labels
        Mean value of each of its distinct rows, (m,); empty where classes are learned.
    elements
        How often each element was met; None where that is not known.
    """

    domain: ApplicabilityDomain
    labels: NDArray[np.float64] = field(default_factory=lambda: np.empty(0))
    elements: ElementCoverage | None = None

    @classmethod
    def rows(
        cls, X: NDArray[np.float64], y: NDArray[np.float64] | None, materials: Compositions | None
    ) -> LearnedFrom:
        """Take training rows.

        Parameters
        ----------
        X
            Features, (n, columns).
        y
            Values, (n,); None where classes are learned.
        materials
            The elements of the distinct materials; None where they are not known.
        """
        counted = None if materials is None else ElementCoverage.of(materials)
        if y is None:
            return cls(ApplicabilityDomain.fit(X), elements=counted)
        return cls(*ApplicabilityDomain.fit_labelled(X, y), counted)

    def signs(
        self,
        X: NDArray[np.float64],
        prediction: NDArray[Any],
        spread: NDArray[np.float64] | None,
        materials: Compositions | None,
    ) -> RowSigns:
        """Return what is known of new rows, (n,).

        Parameters
        ----------
        X
            Features, (n, columns).
        prediction
            Values, or places of the most probable classes, (n,).
        spread
            Standard deviation among the model's members, (n,); None where it has none.
        materials
            The elements of the n materials; None where they are not known.
        """
        nan = np.full(len(X), np.nan)
        if len(self.labels):
            nearest, distances = self.domain.nearest(X, NEIGHBOURS)
            distance, disagrees = distances[:, 0], disagreement(prediction, self.labels, nearest)
        else:
            # Compared without round-off, which differs between batches: it decides between equally probable classes.
            distance, disagrees = self.domain.nearest(X, 1)[1][:, 0], nan
        in_domain = self.domain.inside(X, distance)
        elements = np.zeros(len(X), dtype=np.int64)
        if materials is not None:
            elements = np.diff(materials.offsets)
            if self.elements is not None:
                in_domain = in_domain & self.elements.known(materials)
        return RowSigns(
            prediction, distance, disagrees, nan if spread is None else spread, in_domain, elements
        )

    def reasons(
        self,
        X: NDArray[np.float64],
        signs: RowSigns,
        materials: Compositions | None,
        columns: Sequence[str],
        symbols: Sequence[str],
    ) -> list[str]:
        """Return for each of n rows "inside", or why it is not: rare elements, odd features, distance.

        Parameters
        ----------
        X, signs, materials
            As in `signs`, and what it gave.
        columns, symbols
            Names of the features, and symbols by atomic number.
        """
        said = self.domain.reasons(X, signs.distance, columns)
        if materials is not None and self.elements is not None:
            rare = self.elements.reasons(materials, symbols)
            said = [first + then for first, then in zip(rare, said, strict=True)]
        return ["; ".join(reasons) or INSIDE for reasons in said]
