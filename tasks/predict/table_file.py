"""Predictions for a table on disk, batch by batch."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

from matsluice.infra.mistakes import InvalidInput
from matsluice.infra.workspace.atomic_files import written_whole
from matsluice.tasks.ingest.examine import examine
from matsluice.tasks.ingest.handed_over import NOTHING_SAID, GivenColumns, source_of
from matsluice.tasks.ingest.source_batch import read_source
from matsluice.tasks.predict.material_model import MaterialModel
from matsluice.tasks.predict.model_input import check_given
from matsluice.tasks.predict.predictions import PROBABILITY

WRITERS = {".parquet": pq.ParquetWriter, ".csv": pacsv.CSVWriter}


def schema_for(classes: tuple[str, ...]) -> pa.Schema:
    """Return the columns of a file of predictions: of values where there are no classes."""
    said = [("prediction", pa.float64()), ("lower", pa.float64()), ("upper", pa.float64())]
    if classes:
        said = [
            ("prediction", pa.string()),
            *((PROBABILITY + name, pa.float64()) for name in classes),
            ("set", pa.string()),
        ]
    named = [("id", pa.string()), ("formula", pa.string())]
    flagged = [("in_domain", pa.bool_()), ("domain", pa.string())]
    return pa.schema([*named, *said, *flagged, ("reason", pa.string())])


def predict_file(
    model: MaterialModel, table: Path, out: Path, columns: GivenColumns = NOTHING_SAID
) -> dict[str, int]:
    """Write one line a material: its id, formula, prediction, interval (or probabilities), flag, or why it has none.

    Parameters
    ----------
    model
        From `load_model`.
    table
        A table, a file of structures, or a folder of them.
    out
        .parquet or .csv.
    columns
        Of a table: which column has what.

    Returns
    -------
    Counts rows, predicted, in_domain, rejected.

    Raises
    ------
    InvalidInput
        The table or the output cannot be used.
    """
    if out.suffix not in WRITERS:
        raise InvalidInput(
            f'{out.name} ends in "{out.suffix}"; name a file that ends in {" or ".join(WRITERS)}'
        )
    if not out.absolute().parent.is_dir():
        raise InvalidInput(f"there is no folder {out.absolute().parent} to write {out.name} to")
    counts = {"rows": 0, "predicted": 0, "in_domain": 0, "rejected": 0}
    source, options = source_of(table, columns, model.needs)
    check_given(model.needs, options.gives, table)
    schema = schema_for(model.classes)
    with written_whole(out) as temporary, WRITERS[out.suffix](temporary, schema) as writer:
        for batch in read_source(source, options):
            rows = examine(batch)
            predicted = model.predict_rows(rows)
            predicted.insert(0, "id", batch.ids)
            named = [given or read for given, read in zip(batch.formulas, rows.formulas, strict=True)]
            predicted.insert(1, "formula", named)
            writer.write_table(pa.Table.from_pandas(predicted, schema=schema, preserve_index=False))
            failed = int(predicted["prediction"].isna().sum())
            counts["rows"] += len(predicted)
            counts["predicted"] += len(predicted) - failed
            counts["in_domain"] += int(predicted["in_domain"].sum())
            counts["rejected"] += failed
    return counts
