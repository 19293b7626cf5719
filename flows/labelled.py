"""The labelled materials of a look in hindsight, with their features: on disk for every worker."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from matsluice.flows.filled import fill_block
from matsluice.flows.hindsight import Hindsight, Told
from matsluice.flows.objective import objective_of
from matsluice.flows.progress import Progress
from matsluice.infra.feature_store import MissingRows
from matsluice.infra.mistakes import Failed
from matsluice.infra.seeds import derive_seed
from matsluice.infra.workspace.arrays import mapped_array
from matsluice.infra.workspace.atomic_files import read_json, save_array, write_json
from matsluice.tasks.audit.audit import audit, check_stops
from matsluice.tasks.audit.audited import Audited
from matsluice.tasks.backtest.hits import hit_window, is_hit, without_elements
from matsluice.tasks.features.matrix import assemble_matrix, refused_materials
from matsluice.tasks.screen.objective import Objective
from matsluice.tasks.split.divide import group_labels, holdout, numbered_as_met
from matsluice.tasks.split.divided_rows import Asked, DividedRows, Known
from matsluice.tasks.split.splits import SPLITS
from matsluice.tasks.train import training_rows
from matsluice.tasks.train.training_rows import TrainingRows, labelled_rows

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from matsluice.tasks.split.folds import Folds

# A part that is damaged is dropped when it is read; a disk that damages every file would go on for ever.
ROUNDS = 3
# How several labels of one material are merged where the campaign keeps them apart: a candidate is a material.
MERGED_BY = "median"


@dataclass(frozen=True, slots=True)
class Labelled:
    """The labelled materials, one row each.

    Attributes
    ----------
    rows, known
        The rows, and where more is known of them.
    kept
        Whether a row belongs to the hold-out, (n,): it is neither learned from nor looked for.
    may_be
        Whether it may be a candidate, (n,): it is not of the hold-out, and without excluded elements.
    columns
        Full names of the features.
    objective, window
        What is looked for, and what a hit's value lies in.
    """

    rows: TrainingRows = field(repr=False)
    known: Known
    kept: NDArray[np.bool_] = field(repr=False)
    may_be: NDArray[np.bool_] = field(repr=False)
    columns: tuple[str, ...]
    objective: Objective
    window: Objective

    @property
    def hits(self) -> NDArray[np.bool_]:
        """Whether a row may be a candidate and is a hit, (n,)."""
        return self.may_be & is_hit(self.window, self.rows.y)

    def record(self) -> dict[str, object]:
        """Return the counts for people."""
        return {
            "materials": int((~self.kept).sum()),
            "holdout": int(self.kept.sum()),
            "excluded": int((~self.kept & ~self.may_be).sum()),
            "candidates": int(self.may_be.sum()),
            "hits": int(self.hits.sum()),
            "classes": self.rows.classes.tolist(),
        }


def labelled_materials(look: Hindsight, top_share: float, told: Told) -> Labelled:
    """Bring the features of all materials into a matrix, and return the labelled ones.

    Parameters
    ----------
    look
        Whose; the cluster's client is there.
    top_share
        See `hit_window`.
    told
        Called with how many blocks are there.

    Raises
    ------
    Failed
        No labelled material is a hit, or the store is damaged again and again.
    """
    columns = _features(look, told)
    campaign, snapshot, column = look.campaign, look.snapshot, look.target.column
    refused = refused_materials(look.work / "refused.parquet", snapshot.unique_materials)
    rows = labelled_rows(snapshot, column, campaign.data.duplicates, refused)
    classes = rows.y.astype(np.int64) if len(rows.classes) else None
    kept = holdout(rows.material, campaign.validation.holdout, derive_seed(campaign.seed, "holdout"), classes)
    if campaign.data.duplicates == "keep":
        # The campaign's own hold-out, whatever becomes of its rows.
        materials = np.unique(rows.material[kept])
        rows = labelled_rows(snapshot, column, MERGED_BY, refused)
        kept = np.isin(rows.material, materials)
    training_rows.save(rows, look.work / "rows")
    may_be = ~kept & without_elements(rows.formulas, look.screen.exclude_elements)
    save_array(look.work / "may-be.npy", may_be)
    objective = objective_of(look.screen, rows.classes.tolist())
    window = hit_window(objective, rows.y[may_be], top_share) if may_be.any() else objective
    known = Known(look.work / "matrix.npy", snapshot.materials_file, snapshot.rows_file)
    labelled = Labelled(rows, known, kept, may_be, columns, objective, window)
    if not labelled.hits.any():
        raise Failed(
            f"none of the {may_be.sum()} labelled materials outside the hold-out and without excluded elements has "
            f"{objective.text(column, look.target.unit)}: there is no hit to find again; widen the objective"
        )
    return labelled


def _features(look: Hindsight, told: Told) -> tuple[str, ...]:
    """Write the matrix into the look's work folder, computing what the store lacks, and return its columns."""
    named = look.work / "columns.json"
    if (look.work / "matrix.npy").exists() and named.exists():
        return tuple(read_json(named))
    blocks = look.campaign.features.blocks
    for last in (False,) * (ROUNDS - 1) + (True,):
        progress = Progress(look.folder, "featurize", unit="material × block")
        for number, block in enumerate(blocks):
            told("blocks", number, len(blocks))
            fill_block(look, look.snapshot, block, progress)
        progress.finish()
        try:
            matrix = assemble_matrix(look.snapshot.materials_file, blocks, look.campaign.store, look.work)
        except MissingRows as damage:
            if last:
                raise Failed(f"{damage}; it has happened {ROUNDS} times: look at the disk") from damage
        else:
            write_json(named, list(matrix.columns))
            return matrix.columns
    raise AssertionError("the last round returns or raises")


def divided(look: Hindsight, labelled: Labelled, name: str, seed: int) -> Folds:
    """Write folds-<name>.npy and groups.npy into the look's work folder, by the deciding split, and return the folds.

    Raises
    ------
    InvalidInput
        The split cannot be made of these rows.
    """
    split, validation = look.split, look.campaign.validation
    spec = SPLITS[split]
    own = validation.options.get(split) or (spec.options_class()() if spec.options else None)
    rows = DividedRows(labelled.rows, labelled.kept, labelled.known)
    made = spec.divide(rows, Asked(split, validation.folds, seed, own))
    made.save(look.work / f"folds-{name}.npy")
    labels = group_labels(split, rows)
    if labels is not None:
        save_array(look.work / "groups.npy", numbered_as_met(labels))
    return made


def groups_file(look: Hindsight) -> str:
    """Return the file with the group of each row, "" where the deciding split keeps none together."""
    return str(look.work / "groups.npy") if SPLITS[look.split].groups else ""


def check_audit(look: Hindsight, labelled: Labelled, folds: Folds) -> None:
    """Raise Failed where what is found would be false: a feature that copies the target, rows that leak."""
    audited = Audited(
        rows=labelled.rows,
        folds={look.split: folds},
        matrix=mapped_array(look.work / "matrix.npy"),
        columns=labelled.columns,
        target=look.target.column,
        unit=look.target.unit,
    )
    check_stops(audit(audited, look.campaign.validation.allow), look.campaign.name)
