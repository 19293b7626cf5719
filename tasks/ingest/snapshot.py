"""Frozen input, named by its content."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pyarrow as pa
import pyarrow.parquet as pq

from matsluice.infra.workspace.atomic_files import read_json, write_json
from matsluice.tasks.ingest.examine import ExaminedRows
from matsluice.tasks.ingest.labels import there
from matsluice.tasks.ingest.materials_writer import MaterialsWriter
from matsluice.tasks.material.key_columns import CELL_KEY

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# Raised when the meaning of a snapshot's columns changes, so that an old one is never read as a new one.
SNAPSHOT_FORMAT = 3
LABEL_PREFIX = "label."
# Of columns that splits read, kept as they stand in the source.
KEPT_PREFIX = "kept."


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A frozen input.

    Attributes
    ----------
    path
        Its folder: rows.parquet (one line a row of the source), materials.parquet (one line a material, in
        order of first appearance; of a crystal's writings the one that `writing_ranks` puts first), origin.json.
    id
        Hash of the content.
    rows, unique_materials, refused
        Rows read, different materials among them, rows that cannot be used.
    """

    path: Path
    id: str
    rows: int
    unique_materials: int
    refused: int

    @property
    def rows_file(self) -> Path:
        """One line a row of the source."""
        return self.path / "rows.parquet"

    @property
    def materials_file(self) -> Path:
        """One line a material."""
        return self.path / "materials.parquet"


def _rows_schema(targets: Sequence[str], classes: Collection[str], kept: Sequence[str]) -> pa.Schema:
    return pa.schema(
        [
            ("id", pa.string()),
            ("place", pa.string()),
            ("formula", pa.string()),
            ("material", pa.int64()),
            ("reason", pa.string()),
            ("detail", pa.string()),
            *(
                (LABEL_PREFIX + target, pa.string() if target in classes else pa.float64())
                for target in targets
            ),
            *((LABEL_PREFIX + target + ".reason", pa.string()) for target in targets),
            *((KEPT_PREFIX + column, pa.string()) for column in kept),
        ]
    )


class _Content:
    """The content of all rows, column by column, so that the batches they come in do not matter."""

    def __init__(self, targets: Sequence[str], classes: Collection[str], kept: Sequence[str]) -> None:
        self._targets = targets
        self._classes = sorted(classes)
        self._kept = kept
        self._columns = [hashlib.blake2b(digest_size=16) for _ in range(3 + len(targets) + len(kept))]

    def add(self, batch: ExaminedRows) -> None:
        rows = batch.batch
        # A material is named by what it is; of a row without one there is what stands in the source,
        # and of a structure that cannot be read, why not.
        why = {row: f"{refusal.reason}: {refusal.detail}" for row, refusal in batch.refusals.items()}
        # The cell as written belongs to the content: it decides which writing stands for a crystal.
        cells = batch.materials.column(CELL_KEY).to_pylist()
        written = [
            (key and key + (cell or "")) or text or why.get(row, "")
            for row, (key, text, cell) in enumerate(zip(batch.keys, rows.formulas, cells, strict=True))
        ]
        columns = (rows.labels[column] for column in (*self._targets, *self._kept))
        texts = (rows.ids, rows.formulas, written, *columns)
        for column, values in zip(self._columns, texts, strict=True):
            for text in values:
                raw = text.encode()
                # The length stands before the text, so that no two different columns read the same.
                column.update(len(raw).to_bytes(4, "little") + raw)

    def hexdigest(self) -> str:
        # The same texts are other labels where they are read as classes.
        kinds = f" {self._classes}" if self._classes else ""
        kinds += f" kept {list(self._kept)}" if self._kept else ""
        whole = hashlib.blake2b(f"{SNAPSHOT_FORMAT} {list(self._targets)}{kinds}".encode(), digest_size=12)
        for column in self._columns:
            whole.update(column.digest())
        return whole.hexdigest()


def freeze(
    batches: Iterable[ExaminedRows],
    targets: Sequence[str],
    folder: Path,
    origin: dict[str, Any],
    classes: Collection[str] = (),
    kept: Sequence[str] = (),
) -> Snapshot:
    """Write rows as a snapshot under `folder` and return it; the same content is frozen once.

    Parameters
    ----------
    batches
        The rows, which pass by once.
    targets
        Names of the label columns.
    folder
        Where snapshots stand.
    origin
        Where the rows came from and when, for people.
    classes
        Those of the label columns that hold classes.
    kept
        Columns that are kept as they stand, for splits that read them.
    """
    folder.mkdir(parents=True, exist_ok=True)
    draft = folder / f".{uuid4().hex}.part"
    draft.mkdir()
    try:
        digest, counts = _write(batches, targets, classes, kept, draft)
        snapshot = Snapshot(folder / digest, digest, **counts)
        if not snapshot.path.exists():
            write_json(draft / "origin.json", {**asdict(snapshot), "path": digest, "origin": origin})
            draft.rename(snapshot.path)
        return snapshot
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _write(
    batches: Iterable[ExaminedRows],
    targets: Sequence[str],
    classes: Collection[str],
    kept: Sequence[str],
    draft: Path,
) -> tuple[str, dict[str, int]]:
    schema = _rows_schema(targets, classes, kept)
    content = _Content(targets, classes, kept)
    rows = refused = 0
    with (
        pq.ParquetWriter(draft / "rows.parquet", schema, compression="zstd") as row_writer,
        MaterialsWriter(draft / "materials.parquet") as materials,
    ):
        for batch in batches:
            table = _rows_table(batch, targets, kept, materials.add(batch), schema)
            row_writer.write_table(table)
            content.add(batch)
            rows += table.num_rows
            refused += len(batch.refusals)
    return content.hexdigest(), {"rows": rows, "unique_materials": len(materials), "refused": refused}


def _rows_table(
    batch: ExaminedRows,
    targets: Sequence[str],
    kept: Sequence[str],
    materials: NDArray[np.int64],
    schema: pa.Schema,
) -> pa.Table:
    n = len(batch.keys)
    why = [batch.refusals.get(i) for i in range(n)]
    columns: dict[str, Any] = {
        "id": batch.batch.ids,
        "place": batch.batch.places,
        "formula": batch.batch.formulas,
        "material": materials,
        "reason": [None if w is None else w.reason for w in why],
        "detail": [None if w is None else w.detail for w in why],
    }
    for target in targets:
        values = batch.labels[target]
        kind = schema.field(LABEL_PREFIX + target).type
        columns[LABEL_PREFIX + target] = pa.array(values, kind, mask=~there(values))
        reasons = batch.label_refusals[target]
        columns[LABEL_PREFIX + target + ".reason"] = [
            reasons[i].reason if i in reasons else None for i in range(n)
        ]
    for column in kept:
        columns[KEPT_PREFIX + column] = batch.batch.labels[column]
    return pa.table(columns, schema=schema)


def open_snapshot(path: Path) -> Snapshot:
    """Return the snapshot that stands in a folder."""
    known = read_json(path / "origin.json")
    return Snapshot(path, known["id"], known["rows"], known["unique_materials"], known["refused"])
