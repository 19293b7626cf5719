"""The labelled rows of one target, in an order that depends on their content alone."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow.parquet as pq

from matsluice.infra.mistakes import InvalidInput
from matsluice.infra.workspace.atomic_files import save_array
from matsluice.tasks.ingest.labels import contradiction
from matsluice.tasks.ingest.snapshot import LABEL_PREFIX, Snapshot

if TYPE_CHECKING:
    from numpy.typing import NDArray

ARRAYS = ("ids", "formulas", "material", "y")


@dataclass(frozen=True, slots=True)
class TrainingRows:
    """Labelled rows.

    Attributes
    ----------
    ids
        One label a row, (n,).
    formulas
        Reduced formula of each row's material, (n,).
    material
        Place of the row's material in the snapshot, (n,).
    y
        Values in the target's unit, (n,).
    """

    ids: NDArray[np.str_]
    formulas: NDArray[np.str_]
    material: NDArray[np.int64]
    y: NDArray[np.float64]


def labelled_rows(
    snapshot: Snapshot, target: str, duplicates: str, refused: NDArray[np.bool_]
) -> TrainingRows:
    """Return the rows that have a material, a value and features.

    Rows are ordered by (key of the material, value, id), so that a shuffled input gives the same folds,
    bootstraps and sums to the last bit.

    Parameters
    ----------
    snapshot
        The frozen input.
    target
        The label's column.
    duplicates
        What is done with several labels of one material: "median", "mean", "keep", "first" (in the source's
        order) or "error".
    refused
        Whether a block refused a material, (unique materials,).

    Raises
    ------
    InvalidInput
        Labels of one material differ and `duplicates` is "error".
    """
    table = pq.read_table(
        snapshot.rows_file, columns=["id", "place", "material", LABEL_PREFIX + target]
    ).to_pandas()
    table = table.rename(columns={LABEL_PREFIX + target: "y"})
    table = table[(table["material"] >= 0) & table["y"].notna()]
    table = table[~refused[table["material"].to_numpy()]]
    materials = pq.read_table(snapshot.materials_file).to_pandas().iloc[table["material"].to_numpy()]
    table["key"], table["formula"] = materials["key"].to_numpy(), materials["formula"].to_numpy()
    if duplicates == "error":
        _refuse_contradictions(table, target)
    if duplicates in {"first", "error"}:
        table = table.drop_duplicates("material", keep="first")
    elif duplicates in {"median", "mean"}:
        merged = table.sort_values(["key", "y"]).groupby("key", sort=False)["y"].agg(duplicates)
        table = table.sort_values(["key", "id"]).drop_duplicates("material", keep="first")
        table["y"] = merged[table["key"]].to_numpy()
    table = table.sort_values(["key", "y", "id"], kind="stable")
    return TrainingRows(
        table["id"].to_numpy(dtype=np.str_),
        table["formula"].to_numpy(dtype=np.str_),
        table["material"].to_numpy(dtype=np.int64),
        table["y"].to_numpy(dtype=np.float64),
    )


def _refuse_contradictions(table: object, target: str) -> None:
    for _, rows in table.groupby("key", sort=False):  # type: ignore[attr-defined]
        if rows["y"].nunique() > 1:
            first, other = rows.iloc[0], rows[rows["y"] != rows["y"].iloc[0]].iloc[0]
            raise InvalidInput(contradiction(target, first["y"], first["place"], other["y"], other["place"]))


def save(rows: TrainingRows, folder: Path) -> None:
    """Write the rows as .npy files that workers map into memory."""
    for name in ARRAYS:
        # A worker of an earlier attempt may still have the old file mapped.
        save_array(folder / f"{name}.npy", getattr(rows, name))


def load(folder: Path) -> TrainingRows:
    """Return what `save` wrote, mapped and not read."""
    return TrainingRows(*(np.load(folder / f"{name}.npy", mmap_mode="r") for name in ARRAYS))
