"""What a model has learned from, as far as new rows are compared with it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
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
    names, measured
        Formula and measured value (or class) of each of the distinct rows, of several the first's, (m,) each; None
        where they are not known.
    """

    domain: ApplicabilityDomain
    labels: NDArray[np.float64] = field(default_factory=lambda: np.empty(0))
    elements: ElementCoverage | None = None
    names: NDArray[np.str_] | None = None
    measured: NDArray[Any] | None = None

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

    def named(self, X: NDArray[np.float64], names: NDArray[np.str_], measured: NDArray[Any]) -> LearnedFrom:
        """Return the same with formulas (n,) and measured values or classes (n,) of the training rows (n, columns)."""
        places = self.domain.nearest(X, 1)[0][:, 0]
        first = np.full(len(self.domain.rows), len(X))
        np.minimum.at(first, places, np.arange(len(X)))
        values = np.asarray(measured)[first]
        if len(self.labels):  # a value is the mean of the row's, as everywhere
            values = self.labels
        return replace(self, names=np.asarray(names)[first], measured=values)

    def nearest(self, X: NDArray[np.float64]) -> tuple[list[str], list[Any]] | None:
        """Return formula and measured value of the training row nearest to each new row (n, columns); None unknown."""
        if self.names is None or self.measured is None or not len(X):
            return None
        places = self.domain.nearest(X, 1)[0][:, 0]
        return self.names[places].tolist(), self.measured[places].tolist()

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
        most = NEIGHBOURS if len(self.labels) else 1
        in_domain, nearest, distances = self.domain.neighbourhood(X, most)
        distance = distances[:, 0]
        disagrees = disagreement(prediction, self.labels, nearest) if len(self.labels) else nan
        elements = np.zeros(len(X), dtype=np.int64)
        if materials is not None:
            elements = np.diff(materials.offsets)
            if self.elements is not None:
                in_domain = in_domain & self.elements.known(materials)
        return RowSigns(
            prediction, distance, disagrees, nan if spread is None else spread, in_domain, elements
        )

    def in_domain(self, X: NDArray[np.float64], materials: Compositions | None) -> NDArray[np.bool_]:
        """Return which of n new rows are in the domain, (n,), as `signs` says it and sooner; parameters as there."""
        known = np.ones(len(X), dtype=np.bool_)
        if materials is not None and self.elements is not None:
            known = self.elements.known(materials)
        known[known] = self.domain.contains(X if known.all() else X[known])
        return known

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
