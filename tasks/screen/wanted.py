"""Everything that is looked for in one screening, and the columns of its hits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa

from matsluice.tasks.screen.acquisition import EXPLOIT
from matsluice.tasks.screen.aims import Aim
from matsluice.tasks.screen.order import PARETO, WEIGHTED, Order

if TYPE_CHECKING:
    from collections.abc import Mapping

    from matsluice.tasks.screen.objective import Objective

# What a candidate's whole ranking rests on, where that is neither one probability nor one prediction.
SCORE = "score"
# Columns of a batch's hits that the finished list does not have.
INNER = ("key", "merit")
# Which file of candidates a hit stands in, and in which row of it: until hits are explained.
FILE, ROW = "file", "row"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Objectives, and how they make one ranking.

    Attributes
    ----------
    aims
        The objectives in the campaign's order; the first one's target is the champion's.
    models
        Target → file of the model that predicts it, for targets other than the first.
    rank
        "weighted" or "pareto".
    acquisition
        What a direction looks at: a name in `tasks.screen.acquisition.ACQUISITIONS`.
    at_most_per_system
        How many hits one chemical system may have; None for any number.
    """

    aims: tuple[Aim, ...]
    models: Mapping[str, str]
    rank: str = WEIGHTED
    acquisition: str = EXPLOIT
    at_most_per_system: int | None = None

    @classmethod
    def of_one(cls, objective: Objective) -> Wanted:
        """Return what is looked for where it is one objective of the champion's target."""
        return cls((Aim("", objective),), {})

    @property
    def plain(self) -> bool:
        """Whether one probability or one prediction ranks the candidates."""
        return len(self.aims) == 1 and self.acquisition == EXPLOIT

    @property
    def order(self) -> Order:
        """How hits are ranked."""
        return Order(self.rank, len(self.aims), self.at_most_per_system)

    @property
    def targets(self) -> tuple[str, ...]:
        """The targets, each once."""
        return tuple(dict.fromkeys(aim.target for aim in self.aims))

    def aims_of(self, target: str) -> tuple[Aim, ...]:
        """Return the objectives of one target."""
        return tuple(aim for aim in self.aims if aim.target == target)

    def own_columns(self) -> list[tuple[str, pa.DataType]]:
        """Return the columns beside those that every list of hits has: of further targets, and of the ranking."""
        first, *further = self.targets
        columns = [(f"{first}_probability", pa.float64())] if further else []
        for target in further:
            classes = any(aim.objective.place >= 0 for aim in self.aims_of(target))
            columns.append((f"{target}_prediction", pa.string() if classes else pa.float64()))
            columns += [(f"{target}_{name}", pa.float64()) for name in ("lower", "upper", "probability")]
            columns.append((f"{target}_in_domain", pa.bool_()))
        if self.rank != PARETO and not self.plain:
            columns.append((SCORE, pa.float64()))
        return columns + [(name, pa.float64()) for name in self.order.sought]


def hit_schema(*, classes: bool = False, wanted: Wanted | None = None) -> pa.Schema:
    """Return the columns of a file of hits; a predicted class is a text, and beside it stands the set of classes.

    `nearest`, its value and `why` are filled by `explain_hits`, of the hits that are left of all batches.
    """
    return pa.schema(
        [
            ("id", pa.string()),
            ("key", pa.string()),
            ("formula", pa.string()),
            ("prediction", pa.string() if classes else pa.float64()),
            ("lower", pa.float64()),
            ("upper", pa.float64()),
            *([("set", pa.string())] if classes else []),
            ("spread", pa.float64()),
            ("probability", pa.float64()),
            ("in_domain", pa.bool_()),
            ("distance", pa.float64()),
            ("domain", pa.string()),
            ("known", pa.bool_()),
            ("nearest", pa.string()),
            ("nearest_value", pa.string() if classes else pa.float64()),
            ("why", pa.string()),
            *(wanted.own_columns() if wanted is not None else []),
            ("merit", pa.float64()),
            (FILE, pa.string()),
            (ROW, pa.int64()),
        ]
    )
