"""A target's rows set apart and divided, on disk for every worker."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np

from matsluice.infra.seeds import derive_seed
from matsluice.infra.workspace.atomic_files import save_array
from matsluice.tasks.split.divide import assign_folds, group_numbers, holdout
from matsluice.tasks.train import training_rows
from matsluice.tasks.train.training_rows import TrainingRows

if TYPE_CHECKING:
    from collections.abc import Sequence


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


def divide(rows: TrainingRows, division: Division, seed: int, folder: Path) -> None:
    """Write the rows, and the fold of each row under every split, into `folder`.

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
    """
    training_rows.save(rows, folder / "rows")
    classes = rows.y.astype(np.int64) if len(rows.classes) else None
    kept = holdout(rows.material, division.holdout, derive_seed(seed, "holdout"), classes)
    for split in division.splits:
        fold = assign_folds(split, rows, kept, division.folds, derive_seed(seed, "folds", split), classes)
        save_array(folder / f"folds-{split}.npy", fold)
        groups = group_numbers(split, rows)
        if groups is not None:
            save_array(folder / f"groups-{split}.npy", groups)
