"""The hits that are left of all batches: what speaks for each, and which measured material is nearest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from matsluice.infra.workspace.atomic_files import written_whole
from matsluice.tasks.features.chunk_call import RowLimits
from matsluice.tasks.features.made_by import MadeBy
from matsluice.tasks.screen.candidate_features import compositions_of, features_of_rows, load_screened_by
from matsluice.tasks.screen.wanted import FILE, ROW, hit_schema

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from matsluice.tasks.predict.material_model import MaterialModel

# Shapley values of 500 trees take some 7 ms a row: the hundred hits of a screening are shared by the workers.
HITS_AT_ONCE = 25


@dataclass(frozen=True, slots=True)
class ExplainCall:
    """Which hits, which model. `model`, `made_by`, `limits` as in a ScreenCall.

    Attributes
    ----------
    hits
        A file of `write_parts`.
    folder
        Where the files of candidates stand.
    place
        Of classes: the one that is looked for.
    """

    hits: str
    folder: str
    model: str
    made_by: Mapping[str, MadeBy]
    place: int
    limits: RowLimits = field(default=RowLimits())

    @property
    def output(self) -> str:
        """The file to write."""
        return self.hits.replace("merged-", "explained-")

    @property
    def label(self) -> str:
        """What the run's log calls the call."""
        return Path(self.output).stem


@dataclass(frozen=True, slots=True)
class _Rows:
    """What `features_of_rows` needs to know of a call."""

    candidates: str
    made_by: Mapping[str, MadeBy]
    limits: RowLimits


def write_parts(hits: pa.Table, folder: Path) -> list[Path]:
    """Write merged hits, some a file for each call to explain; one file where there are none."""
    paths = []
    for first in range(0, max(hits.num_rows, 1), HITS_AT_ONCE):
        path = folder / f"merged-{first:07d}.parquet"
        with written_whole(path) as temporary:
            pq.write_table(hits.slice(first, HITS_AT_ONCE), temporary)
        paths.append(path)
    return paths


def explain_hits(call: ExplainCall) -> str:
    """Write the hits with what is said of each, and return the file; one that is there is left as it is."""
    if Path(call.output).exists():
        return call.output
    hits = pq.read_table(call.hits)
    said: dict[str, list[Any]] = {
        name: [None] * hits.num_rows for name in ("nearest", "nearest_value", "why")
    }
    if hits.num_rows:
        model = load_screened_by(call.model)
        files = np.array(hits.column(FILE).to_pylist(), dtype=str)
        for name in np.unique(files).tolist():
            _explain(call, model, hits, np.flatnonzero(files == name), said)
    schema = hit_schema(classes="set" in hits.column_names)
    for name, values in said.items():
        place = hits.column_names.index(name)
        hits = hits.set_column(place, name, pa.array(values, schema.field(name).type))
    with written_whole(Path(call.output)) as temporary:
        pq.write_table(hits.drop_columns([FILE, ROW]), temporary)
    return call.output


def _explain(
    call: ExplainCall,
    model: MaterialModel,
    hits: pa.Table,
    which: NDArray[np.int64],
    said: dict[str, list[Any]],
) -> None:
    """Fill what is said of the hits that stand in one file of candidates."""
    rows = np.array(hits.column(ROW).take(pa.array(which)).to_pylist(), dtype=np.int64)
    order = np.argsort(rows)
    which, rows = which[order], rows[order]
    file = str(Path(call.folder) / str(hits.column(FILE)[int(which[0])].as_py()))
    made_of = compositions_of(pq.read_table(file, columns=["formula"]), rows)
    computed, X, _ = features_of_rows(_Rows(file, call.made_by, call.limits), model, rows, made_of)
    # A row that was computed before and now is not, as where its worker is slower, goes without.
    there = which[np.isin(rows, computed)]
    if not len(there):
        return
    why = model.why(X, call.place)
    near = model.learned_from.nearest(X)
    for place, hit in enumerate(there.tolist()):
        said["why"][hit] = None if why is None else why[place]
        if near is not None:
            said["nearest"][hit], said["nearest_value"][hit] = near[0][place], near[1][place]
