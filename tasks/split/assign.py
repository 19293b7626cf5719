"""A target's rows set apart and divided, on disk for every worker."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from matsluice.infra.mistakes import InvalidInput
from matsluice.infra.seeds import derive_seed
from matsluice.infra.workspace.atomic_files import save_array
from matsluice.tasks.split.divide import group_labels, holdout, numbered_as_met
from matsluice.tasks.split.divided_rows import Asked, DividedRows, Known
from matsluice.tasks.split.splits import SPLITS
from matsluice.tasks.train import training_rows
from matsluice.tasks.train.training_rows import TrainingRows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matsluice.tasks.split.folds import Folds
    from matsluice.tasks.split.split_options import SplitOptions


class Division(Protocol):
    """What a campaign's [validation] says."""

    @property
    def holdout(self) -> float:
        """Share of the materials kept for the final test."""
        ...

    @property
    def folds(self) -> int:
        """Number of folds."""
        ...

    @property
    def splits(self) -> Sequence[str]:
        """Names in `SPLITS`."""
        ...


@dataclass(frozen=True, slots=True)
class Divided:
    """What became of the rows under one split.

    Attributes
    ----------
    names
        What each fold tests, (folds,); "" where there is no word for it.
    learned, tested
        Rows of each fold, (folds,).
    groups
        How many groups are kept together; None where each row is its own.
    never_tested
        Rows outside the hold-out that no fold tests.
    """

    names: tuple[str, ...]
    learned: tuple[int, ...]
    tested: tuple[int, ...]
    groups: int | None
    never_tested: int

    def record(self) -> dict[str, Any]:
        """Return it as it stands in the run's state."""
        return {
            "folds": len(self.names),
            "names": list(self.names),
            "learned": list(self.learned),
            "tested": list(self.tested),
            "groups": self.groups,
            "never_tested": self.never_tested,
        }


def divide(
    rows: TrainingRows,
    division: Division,
    seed: int,
    folder: Path,
    options: Mapping[str, SplitOptions] | None = None,
    known: Known | None = None,
) -> dict[str, Divided]:
    """Write the rows, and what each fold of every split does with each row, into `folder`.

    Parameters
    ----------
    rows
        A target's labelled rows.
    division
        Share of the hold-out, number of folds, names of the splits.
    seed
        The campaign's.
    folder
        Where to write rows/, folds-<split>.npy, and groups-<split>.npy for a split that keeps rows together.
    options
        Split → its own keys, of those that have some.
    known
        Where more is known of the materials, for splits that look at it.

    Returns
    -------
    Split → what became of the rows.

    Raises
    ------
    InvalidInput
        A split cannot be made of these rows, or a fold would learn from one class only.
    """
    training_rows.save(rows, folder / "rows")
    classes = rows.y.astype(np.int64) if len(rows.classes) else None
    kept = holdout(rows.material, division.holdout, derive_seed(seed, "holdout"), classes)
    divided = DividedRows(rows, kept, known or Known())
    return {
        split: _divide(split, divided, division.folds, seed, folder, options or {})
        for split in division.splits
    }


def _divide(
    split: str,
    rows: DividedRows,
    folds: int,
    seed: int,
    folder: Path,
    options: Mapping[str, SplitOptions],
) -> Divided:
    spec = SPLITS[split]
    own = options.get(split) or (spec.options_class()() if spec.options else None)
    made = spec.divide(rows, Asked(split, folds, derive_seed(seed, "folds", split), own))
    _check_classes(split, made, rows)
    made.save(folder / f"folds-{split}.npy")
    labels = group_labels(split, rows)
    if labels is not None:
        save_array(folder / f"groups-{split}.npy", numbered_as_met(labels))
    tested = np.zeros(len(rows.kept), dtype=bool)
    for fold in range(len(made)):
        tested[made.tested(fold)] = True
    return Divided(
        made.names,
        tuple(len(made.learned(fold)) for fold in range(len(made))),
        tuple(len(made.tested(fold)) for fold in range(len(made))),
        None if labels is None else len(np.unique(labels[rows.there])),
        int((~tested & ~rows.kept).sum()),
    )


def _check_classes(split: str, made: Folds, rows: DividedRows) -> None:
    """Raise InvalidInput where a fold has one class only to learn from."""
    classes = rows.classes
    for fold in range(len(made)) if classes is not None else ():
        assert classes is not None
        learned = np.unique(classes[made.learned(fold)])
        if len(learned) < 2:
            name = f"fold {fold}" + (f" ({made.names[fold]})" if made.names[fold] else "")
            only = rows.rows.classes[learned[0]] if len(learned) else "nothing"
            raise InvalidInput(
                f"the split {split} leaves {name} {only} only to learn from: there is nothing to tell apart; lower "
                "validation.folds, or leave the split out"
            )
