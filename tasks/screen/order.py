"""Which hits stand first: of a batch, of what is known so far, and of all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from matsluice.tasks.screen.diversity import systems_of, within_quota

if TYPE_CHECKING:
    from numpy.typing import NDArray

WEIGHTED, PARETO = "weighted", "pareto"
# Before the number of an objective: the column of what is sought of it, the more the better.
SOUGHT = "sought_"
# How equally good hits are ordered: the one nearest to a training material first, then the alphabet; a key stands once.
TIES = [(name, "ascending") for name in ("distance", "formula", "id", "key")]
# By fronts a batch keeps all that may still be among the first `top`, but no more rows than so many for each of these,
# and no fewer than the second number: with some hundred bytes a row that is tens of megabytes.
KEPT_FOR_EACH_OF_TOP, KEPT_AT_LEAST = 20, 20_000


@dataclass(frozen=True, slots=True)
class Order:
    """How hits are ranked.

    Attributes
    ----------
    rank
        "weighted" by merit, or "pareto": by fronts, of a front the least crowded first.
    objectives
        How many there are, for fronts.
    at_most_per_system
        How many hits one chemical system may have; None for any number.
    """

    rank: str = WEIGHTED
    objectives: int = 1
    at_most_per_system: int | None = None

    @property
    def sought(self) -> list[str]:
        """The columns that fronts are made from."""
        return [f"{SOUGHT}{number}" for number in range(self.objectives)] if self.rank == PARETO else []


BY_MERIT = Order()


def most_kept(top: int) -> int:
    """Return how many rows of a batch are kept at most, where hits are ranked by fronts.

    Examples
    --------
    >>> most_kept(100), most_kept(5000)
    (20000, 100000)
    """
    return max(KEPT_AT_LEAST, KEPT_FOR_EACH_OF_TOP * top)


def kept(hits: pa.Table, top: int, order: Order = BY_MERIT) -> tuple[pa.Table, int]:
    """Return the hits that may be among the first `top` of all, and how many of those there was no room for.

    By fronts that is more than `top` hits; by merit it is the first `top`, and there is room.
    """
    if order.rank != PARETO:
        return best(hits, top, order.at_most_per_system), 0
    ordered, values, system = _in_order(hits, order)
    chosen: list[NDArray[np.int64]] = []
    for rows in _inside_then_outside(ordered):
        if _filled(system, chosen, order) < top:
            from matsluice.tasks.screen.pareto import may_lead

            chosen.append(rows[may_lead(values[rows], system[rows], top, _quota(order, len(ordered)))])
    places = np.concatenate(chosen) if chosen else np.empty(0, dtype=np.int64)
    room = most_kept(top)
    if len(places) <= room:
        return ordered.take(places), 0
    ranked_places, _ = _by_fronts(ordered.take(places), values[places])
    return ordered.take(places[ranked_places[:room]]), len(places) - room


def ranked(hits: pa.Table, top: int, order: Order = BY_MERIT) -> pa.Table:
    """Return the first `top` hits in their order, by fronts with the number of each in a column "front".

    Candidates outside the domain form fronts of their own, counted on behind those inside.
    """
    if order.rank != PARETO:
        return best(hits, top, order.at_most_per_system)
    ordered, values, system = _in_order(hits, order)
    places, front = _by_fronts(ordered, values)
    front = front[places]
    if order.at_most_per_system is not None:
        allowed = within_quota(system[places], order.at_most_per_system)
        places, front = places[allowed], front[allowed]
    return ordered.take(places[:top]).append_column("front", pa.array(front[:top], pa.int64()))


def best(hits: pa.Table, top: int, at_most_per_system: int | None = None) -> pa.Table:
    """Return the first `top` hits: inside the domain before outside, by merit, and of equals the better known.

    Probabilities come in steps of one over the number of training rows, so many candidates are equal in merit;
    the one nearest to a training material stands first, then the alphabet decides.

    Of candidates that are one material only the first stands, of a chemical system the first `at_most_per_system`.
    """
    ordered = _first_of_each(hits.sort_by([("in_domain", "descending"), ("merit", "descending"), *TIES]))
    if at_most_per_system is not None:
        allowed = within_quota(systems_of(ordered.column("formula").to_pylist()), at_most_per_system)
        ordered = ordered.filter(pa.array(allowed))
    return ordered.slice(0, top)


def _first_of_each(ordered: pa.Table) -> pa.Table:
    """Return the first row of each material."""
    _, first = np.unique(np.array(ordered.column("key").to_pylist(), dtype=str), return_index=True)
    return ordered.take(np.sort(first))


def _in_order(hits: pa.Table, order: Order) -> tuple[pa.Table, NDArray[np.float64], NDArray[np.int64]]:
    """Return one row a material as `may_lead` wants them, what is sought of each, and its chemical system."""
    falling = [(name, "descending") for name in order.sought]
    ordered = _first_of_each(hits.sort_by([("in_domain", "descending"), *falling, *TIES]))
    values = np.empty((ordered.num_rows, order.objectives))
    for place, name in enumerate(order.sought):
        values[:, place] = ordered.column(name).to_numpy()
    if order.at_most_per_system is None:
        return ordered, values, np.zeros(len(values), dtype=np.int64)
    return ordered, values, systems_of(ordered.column("formula").to_pylist())


def _inside_then_outside(ordered: pa.Table) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    inside = np.array(ordered.column("in_domain"), dtype=bool)
    return np.flatnonzero(inside), np.flatnonzero(~inside)


def _quota(order: Order, rows: int) -> int:
    return rows + 1 if order.at_most_per_system is None else order.at_most_per_system


def _filled(system: NDArray[np.int64], chosen: list[NDArray[np.int64]], order: Order) -> int:
    """Return how many hits the chosen rows are good for at least."""
    if not chosen:
        return 0
    counts = np.bincount(system[np.concatenate(chosen)])
    return int(np.minimum(counts, _quota(order, len(system))).sum())


def _by_fronts(ordered: pa.Table, values: NDArray[np.float64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the rows' places in their rank, and the front of each row in the order given."""
    from matsluice.tasks.screen.pareto import crowding, fronts

    front = np.zeros(len(values), dtype=np.int64)
    alone = np.zeros(len(values))
    for rows in _inside_then_outside(ordered):
        front[rows] = front.max(initial=0) + fronts(values[rows])
    for number in range(1, int(front.max(initial=0)) + 1):
        rows = np.flatnonzero(front == number)
        alone[rows] = crowding(values[rows])
    ranks = pa.table({**{name: ordered.column(name) for name, _ in TIES}, "front": front, "alone": alone})
    places = ranks.append_column("place", pa.array(np.arange(len(values)))).sort_by(
        [("front", "ascending"), ("alone", "descending"), *TIES]
    )
    return places.column("place").to_numpy(), front
