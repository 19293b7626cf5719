"""What became of every row: computed, reused, or rejected with a reason."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from matsluice.infra.mistakes import Failed
from matsluice.infra.workspace.atomic_files import written_whole
from matsluice.infra.workspace.row_batches import row_batches
from matsluice.tasks.features.matrix import FeatureMatrix, refused_materials
from matsluice.tasks.features.row_ledger import chosen
from matsluice.tasks.ingest.snapshot import LABEL_PREFIX, Snapshot

if TYPE_CHECKING:
    from numpy.typing import NDArray

SCHEMA = pa.schema([(name, pa.string()) for name in ("id", "stage", "block", "reason", "detail")])


def count_rows(
    snapshot: Snapshot, matrix: FeatureMatrix, computed: Mapping[str, NDArray[np.int64]]
) -> dict[str, int]:
    """Return rows_in = computed + reused + rejected.

    Parameters
    ----------
    snapshot
        The frozen rows.
    matrix
        What the blocks made of their materials.
    computed
        Block → materials of which it was computed in this run.
    """
    refused = refused_materials(matrix.refused_file, snapshot.unique_materials)
    new = np.zeros(snapshot.unique_materials, dtype=bool)
    for places in computed.values():
        new |= chosen(places, snapshot.unique_materials)
    rows_in = accepted = with_new = 0
    for rows in row_batches(snapshot.rows_file, ["material"]):
        material = rows.column(0).to_numpy()
        readable = material[material >= 0]
        healthy = readable[~refused[readable]]
        rows_in, accepted = rows_in + len(material), accepted + len(healthy)
        with_new += int(np.count_nonzero(new[healthy]))
    return {
        "rows_in": rows_in,
        "computed": with_new,
        "reused": accepted - with_new,
        "rejected": rows_in - accepted,
    }


def write_rejected(snapshot: Snapshot, matrix: FeatureMatrix, targets: Sequence[str], path: Path) -> None:
    """Write rejected.parquet: one line for every row × stage × block that refused it."""
    refusals = pq.read_table(matrix.refused_file)
    rows = _rows_told(snapshot, np.unique(refusals.column("material").to_numpy()), targets).to_pandas()
    lines: list[tuple[str, str, str, str, str]] = [
        (row.id, "ingest", "", row.reason, f"{row.place}: {row.detail}")
        for row in rows[rows["material"] < 0].itertuples()
    ]
    readable = rows[rows["material"] >= 0]
    for target in targets if len(targets) > 1 else ():
        reason = LABEL_PREFIX + target + ".reason"
        for place, label, why in readable.loc[readable[reason].notna(), ["place", "id", reason]].to_numpy():
            detail = f"{place}: {target} has no value, so the row is not learned from"
            lines.append((label, "train", "", why, detail))
    by_material = readable.groupby("material")
    for refusal in refusals.to_pylist():
        for row in by_material.get_group(refusal["material"]).itertuples():
            detail = f"{row.place}: {refusal['detail']}"
            lines.append((row.id, "featurize", refusal["block"], refusal["reason"], detail))
    columns = [list(column) for column in zip(*lines, strict=True)] or [[] for _ in SCHEMA]
    with written_whole(path) as temporary:
        pq.write_table(pa.table(columns, schema=SCHEMA), temporary)


def _rows_told(snapshot: Snapshot, refused: NDArray[np.int64], targets: Sequence[str]) -> pa.Table:
    """Return the rows that rejected.parquet may speak of: of a million healthy ones none is kept in memory."""
    parts = [pq.read_schema(snapshot.rows_file).empty_table()]
    for rows in row_batches(snapshot.rows_file):
        material = rows.column("material").to_numpy()
        told = (material < 0) | np.isin(material, refused)
        for target in targets:
            told |= rows.column(LABEL_PREFIX + target + ".reason").is_valid().to_numpy()
        if told.any():
            parts.append(rows.filter(pa.array(told)))
    return pa.concat_tables(parts)


def check_rejected(counts: Mapping[str, int], max_rejected: float) -> None:
    """Raise Failed where more rows were rejected than the campaign allows."""
    if counts["rejected"] > max_rejected * counts["rows_in"]:
        raise Failed(
            f"{counts['rejected']} of {counts['rows_in']} rows were rejected, more than features.max_rejected = "
            f"{max_rejected:g} allows: rejected.parquet says why; mend the rows or raise features.max_rejected"
        )
