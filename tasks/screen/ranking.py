"""The best hits of all batches."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from matsluice.infra.workspace.atomic_files import written_whole
from matsluice.tasks.screen.order import BY_MERIT, kept, ranked
from matsluice.tasks.screen.screen_batch import CUT
from matsluice.tasks.screen.wanted import FILE, INNER, ROW, Wanted, hit_schema

if TYPE_CHECKING:
    from numpy.typing import NDArray


def merge_hits(
    parts: Iterable[Path], top: int, *, classes: bool = False, wanted: Wanted | None = None
) -> tuple[pa.Table, int]:
    """Return the ranked hits of all batches, and how many that might have been among them there was no room for.

    Every batch keeps all that can be among the best `top`, so these are found, with no more in memory than one batch's
    hits and the best so far; where there was no room, which `tasks.screen.order.most_kept` bounds, that is told.

    Parameters
    ----------
    parts
        Files of hits, in the batches' order.
    top
        How many hits are asked for.
    classes
        Whether the first target's model predicts a class.
    wanted
        All objectives; None where the first one is the only one.
    """
    schema = hit_schema(classes=classes, wanted=wanted)
    order = wanted.order if wanted is not None else BY_MERIT
    merged, cut = schema.empty_table(), 0
    for part in parts:
        table = pq.read_table(part, schema=schema)
        cut += int((pq.read_schema(part).metadata or {}).get(CUT, 0))
        merged, more = kept(pa.concat_tables([merged, table]), top, order)
        cut += more
    hits = ranked(merged, top, order)
    rank = pa.array(np.arange(1, hits.num_rows + 1))
    return hits.drop_columns([*INNER, *order.sought]).add_column(0, "rank", rank), cut


def write_hits(hits: pa.Table, folder: Path) -> None:
    """Write hits.parquet, and hits.csv for people, into a run's folder."""
    hits = hits.drop_columns([name for name in (FILE, ROW) if name in hits.column_names])
    with written_whole(folder / "hits.parquet") as temporary:
        pq.write_table(hits, temporary)
    with written_whole(folder / "hits.csv") as temporary:
        table = hits.to_pandas()
        table["id"] = table["id"].map(no_formula)
        table.to_csv(temporary, index=False, float_format="%.6g")


def no_formula(cell: object) -> object:
    r"""Return a cell of a table that spreadsheets open, so that none takes it for something to compute.

    Labels come from the data; hits.parquet has them as they are.

    Examples
    --------
    >>> no_formula('=HYPERLINK("http://x")'), no_formula("-17"), no_formula("GaAs")
    ('\'=HYPERLINK("http://x")', '-17', 'GaAs')
    """
    if not isinstance(cell, str) or not cell.startswith(("=", "+", "-", "@", "\t", "\r")):
        return cell
    try:
        float(cell)
    except ValueError:
        return f"'{cell}"
    return cell


def probability_edges(bins: int = 40) -> tuple[float, ...]:
    """Return the edges (bins + 1,) of equal bins from 0 to 1."""
    return tuple((np.arange(bins + 1) / bins).tolist())


def histogram_edges(y: NDArray[Any], bins: int = 60) -> tuple[float, ...]:
    """Return the edges (bins + 1,) of equal bins over the range of the training values."""
    low, high = float(y.min()), float(y.max())
    return tuple(np.linspace(low, high if high > low else low + 1.0, bins + 1).tolist())
