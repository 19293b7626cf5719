"""The labelled rows of one target, in an order that depends on their content alone."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from matsluice.infra.mistakes import Failed, InvalidInput
from matsluice.infra.workspace.arrays import mapped_array
from matsluice.infra.workspace.atomic_files import save_array
from matsluice.tasks.ingest.labels import class_order, contradiction
from matsluice.tasks.ingest.snapshot import LABEL_PREFIX, Snapshot
from matsluice.tasks.train.class_votes import most_frequent

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

ARRAYS = ("ids", "formulas", "material", "y", "classes")
# What `duplicates` says of numbers, and means for classes.
VOTES = frozenset({"majority", "median", "mean"})


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
        Values in the target's unit, (n,), or the place of each row's class in `classes`, (n,) whole numbers.
    classes
        The target's classes in their order, (classes,); empty where it is a number.
    """

    ids: NDArray[np.str_]
    formulas: NDArray[np.str_]
    material: NDArray[np.int64]
    y: NDArray[np.float64] | NDArray[np.int64]
    classes: NDArray[np.str_] = field(default_factory=lambda: np.empty(0, dtype=np.str_))


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
        order) or "error". Of classes "majority", and "median" and "mean" likewise, take the most frequent one; a
        material whose vote is even is left out (see `tied_materials`).
    refused
        Whether a block refused a material, (unique materials,).

    Raises
    ------
    InvalidInput
        Labels of one material differ and `duplicates` is "error".
    Failed
        Of the classes that the source has only one is left.
    """
    table, classes = usable_rows(snapshot, target, refused)
    if duplicates == "error":
        _refuse_contradictions(table, target)
    if duplicates in {"first", "error"}:
        table = table.drop_duplicates("material", keep="first")
    elif classes is not None and duplicates in VOTES:
        votes = most_frequent(table["key"].to_numpy(), table["y"].to_numpy())
        table = table.sort_values(["key", "id"]).drop_duplicates("material", keep="first")
        table["y"] = [votes.get(key, "") for key in table["key"]]
        table = table[table["y"] != ""]
    elif duplicates in {"median", "mean"}:
        merged = table.sort_values(["key", "y"]).groupby("key", sort=False)["y"].agg(duplicates)
        table = table.sort_values(["key", "id"]).drop_duplicates("material", keep="first")
        table["y"] = merged[table["key"]].to_numpy()
    if classes is not None:
        classes = class_order(table["y"])
        if len(classes) < 2:
            raise Failed(
                f"of the classes of {target} only {', '.join(classes) or 'none'} is left in the rows that have "
                "features and an undivided vote: there is nothing to tell apart"
            )
        table["y"] = table["y"].map({name: place for place, name in enumerate(classes)}).astype(np.int64)
    table = table.sort_values(["key", "y", "id"], kind="stable")
    return TrainingRows(
        table["id"].to_numpy(dtype=np.str_),
        table["formula"].to_numpy(dtype=np.str_),
        table["material"].to_numpy(dtype=np.int64),
        table["y"].to_numpy(dtype=np.float64 if classes is None else np.int64),
        np.array(classes or [], dtype=np.str_),
    )


def usable_rows(
    snapshot: Snapshot, target: str, refused: NDArray[np.bool_]
) -> tuple[pd.DataFrame, list[str] | None]:
    """Return the rows with a material, a label and features, and the classes; None where the label is a number."""
    table = pq.read_table(
        snapshot.rows_file, columns=["id", "place", "material", LABEL_PREFIX + target]
    ).to_pandas()
    table = table.rename(columns={LABEL_PREFIX + target: "y"})
    table = table[(table["material"] >= 0) & table["y"].notna()]
    table = table[~refused[table["material"].to_numpy()]]
    materials = pq.read_table(snapshot.materials_file).to_pandas().iloc[table["material"].to_numpy()]
    table["key"], table["formula"] = materials["key"].to_numpy(), materials["formula"].to_numpy()
    kind = pq.read_schema(snapshot.rows_file).field(LABEL_PREFIX + target).type
    return table, class_order(table["y"]) if pa.types.is_string(kind) else None


def _refuse_contradictions(table: object, target: str) -> None:
    for _, rows in table.groupby("key", sort=False):  # type: ignore[attr-defined]
        if rows["y"].nunique() > 1:  # noqa: PD101 - texts have no spread to look at
            first, other = rows.iloc[0], rows[rows["y"] != rows["y"].iloc[0]].iloc[0]
            raise InvalidInput(contradiction(target, first["y"], first["place"], other["y"], other["place"]))


def save(rows: TrainingRows, folder: Path) -> None:
    """Write the rows as .npy files that workers map into memory."""
    for name in ARRAYS:
        # A worker of an earlier attempt may still have the old file mapped.
        save_array(folder / f"{name}.npy", getattr(rows, name))


def load(folder: Path) -> TrainingRows:
    """Return what `save` wrote, mapped and not read."""
    return TrainingRows(*(mapped_array(folder / f"{name}.npy") for name in ARRAYS))
