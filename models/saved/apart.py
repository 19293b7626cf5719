"""What stands in a written pipeline for a part that skops does not hold."""

from __future__ import annotations

from sklearn.base import BaseEstimator


class Apart(BaseEstimator):  # type: ignore[misc]  # scikit-learn ships no types
    """The place of a part that is written plain.

    Parameters
    ----------
    place
        Which one of the parts it is.
    """

    def __init__(self, place: int = 0) -> None:
        self.place = place
