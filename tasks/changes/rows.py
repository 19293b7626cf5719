"""Materials that came, went, or were labelled otherwise between two snapshots, told by their content."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow.parquet as pq

from matsluice.tasks.changes.record import Relabelled, RowChanges
from matsluice.tasks.ingest.snapshot import LABEL_PREFIX, Snapshot

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

EXAMPLES = 20


@dataclass(frozen=True, slots=True)
class Labelled:
    """A snapshot's materials and the labels of one target.

    Attributes
    ----------
    keys, formulas
        Of each material, (n,).
    labels
        Frame of `key` and `y`, a line a labelled row.
    """

    keys: NDArray[np.object_]
    formulas: NDArray[np.object_]
    labels: pd.DataFrame


def read_labelled(snapshot: Snapshot, target: str) -> Labelled:
    """Read what `row_changes` compares; a target that the snapshot does not have has no labels."""
    import pandas as pd

    materials = pq.read_table(snapshot.materials_file, columns=["key", "formula"]).to_pandas()
    column = LABEL_PREFIX + target
    if column in pq.read_schema(snapshot.rows_file).names:
        rows = pq.read_table(snapshot.rows_file, columns=["material", column]).to_pandas()
        rows = rows[(rows["material"] >= 0) & rows[column].notna()]
        # Of a target that is a class they are texts.
        labels = pd.DataFrame(
            {"key": materials["key"].to_numpy()[rows["material"]], "y": rows[column].to_numpy()}
        )
    else:
        labels = pd.DataFrame({"key": np.empty(0, object), "y": np.empty(0)})
    return Labelled(materials["key"].to_numpy(object), materials["formula"].to_numpy(object), labels)


def new_materials(before: Snapshot, now: Snapshot) -> NDArray[np.bool_]:
    """Return for each of the present materials (n,) whether the earlier snapshot did not have it."""
    earlier = pq.read_table(before.materials_file, columns=["key"]).column("key").to_pandas()
    present = pq.read_table(now.materials_file, columns=["key"]).column("key").to_pandas()
    return np.asarray(~present.isin(earlier), dtype=np.bool_)


def relabelled(before: Labelled, now: Labelled, target: str) -> list[Relabelled]:
    """Return the materials of both whose labels are not the same, in the order of their formulas."""
    both = np.intersect1d(before.keys, now.keys)
    first, second = _label_lists(before, both), _label_lists(now, both)
    names = dict(zip(now.keys, now.formulas, strict=True))
    found = [
        Relabelled(str(names[key]), target, first.get(key, ()), second.get(key, ()))
        for key in both
        if first.get(key, ()) != second.get(key, ())
    ]
    return sorted(found, key=lambda one: (one.formula, one.now))


def _label_lists(side: Labelled, keys: NDArray[np.object_]) -> dict[object, tuple[float | str, ...]]:
    rows = side.labels[side.labels["key"].isin(keys)].sort_values(["key", "y"])
    return {key: tuple(group.tolist()) for key, group in rows.groupby("key", sort=False)["y"]}


def row_changes(before: Snapshot, now: Snapshot, targets: Sequence[str]) -> RowChanges:
    """Return what has changed from one snapshot to another.

    Parameters
    ----------
    before, now
        The snapshots.
    targets
        Columns of labels.
    """
    changed: list[Relabelled] = []
    for target in targets:
        changed += relabelled(read_labelled(before, target), read_labelled(now, target), target)
    first, second = read_labelled(before, ""), read_labelled(now, "")
    came, went = ~np.isin(second.keys, first.keys), ~np.isin(first.keys, second.keys)
    return RowChanges(
        rows_before=before.rows,
        rows_now=now.rows,
        materials_before=before.unique_materials,
        materials_now=now.unique_materials,
        new=int(came.sum()),
        gone=int(went.sum()),
        relabelled=len(changed),
        new_examples=_examples(second.formulas[came]),
        gone_examples=_examples(first.formulas[went]),
        relabelled_examples=tuple(changed[:EXAMPLES]),
        new_elements=elements_new(first.formulas, second.formulas[came]),
    )


def _examples(formulas: NDArray[np.object_]) -> tuple[str, ...]:
    return tuple(str(each) for each in formulas[:EXAMPLES])


def elements_new(
    before: Sequence[str] | NDArray[np.object_], came: Sequence[str] | NDArray[np.object_]
) -> tuple[str, ...]:
    """Return the elements of materials that came which none of the earlier ones had, by atomic number.

    Examples
    --------
    >>> elements_new(["Fe2O3", "NaCl"], ["FeO", "KBr"])
    ('K', 'Br')
    """
    from matsluice.tasks.material import parse_formulas
    from matsluice.tasks.material.elements import SYMBOLS

    known, found = (
        np.unique(parse_formulas([str(each) for each in formulas]).batch.atomic_numbers)
        for formulas in (before, came)
    )
    return tuple(SYMBOLS[int(z)] for z in np.setdiff1d(found, known))
