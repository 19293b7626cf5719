"""One batch of candidates: what a Dask worker does in screening."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from matsluice.infra.workspace.arrays import read_array
from matsluice.infra.workspace.atomic_files import written_whole
from matsluice.tasks.features.chunk_call import RowLimits
from matsluice.tasks.features.made_by import MadeBy
from matsluice.tasks.screen.candidate_features import (
    compositions_of,
    features_of_rows,
    keys_of,
    load_screened_by,
)
from matsluice.tasks.screen.candidates import write_refusals
from matsluice.tasks.screen.constraints import IN_DOMAIN, Sifted, sift
from matsluice.tasks.screen.looked import NAMES, Batch, Looked, look
from matsluice.tasks.screen.nearest_miss import nearest_metadata, nearest_of_batch
from matsluice.tasks.screen.objective import Objective
from matsluice.tasks.screen.order import kept
from matsluice.tasks.screen.screen_counts import ScreenCounts
from matsluice.tasks.screen.wanted import FILE, ROW, Wanted, hit_schema

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from matsluice.tasks.predict.material_model import MaterialModel

# Where a file of hits keeps the counts of its batch.
COUNTS = b"counts"
# And how many hits there was no room for.
CUT = b"cut"


@dataclass(frozen=True, slots=True)
class ScreenCall:
    """Which candidates, which model, what for: paths, names and numbers only.

    Attributes
    ----------
    candidates
        A file of `write_batches`.
    model
        A file of `fit_final`.
    known_keys, key
        .npy of the sorted keys of the measured materials, and the column of the candidates they are compared with.
    objective, excluded
        What is looked for, and the atomic numbers that no hit may contain.
    require
        Further names in `CONSTRAINTS`, with what is asked of each.
    top
        How many hits of this batch to keep.
    bins
        Edges of the histogram of predictions, in the target's unit; of a class, of its probabilities.
    made_by
        Block → the code that the model was learned with.
    limits
        What a candidate may cost.
    wanted
        All objectives and how they rank; None where `objective` is the only one.
    """

    candidates: str
    model: str
    known_keys: str
    key: str
    objective: Objective
    excluded: tuple[int, ...]
    top: int
    bins: tuple[float, ...]
    made_by: Mapping[str, MadeBy]
    limits: RowLimits = field(default=RowLimits())
    require: tuple[tuple[str, Any], ...] = ()
    wanted: Wanted | None = None

    @property
    def constraints(self) -> tuple[tuple[str, Any], ...]:
        """All constraints with what is asked of each."""
        return (*((("exclude_elements", self.excluded),) if self.excluded else ()), *self.require)

    @property
    def output(self) -> Path:
        """The file of the batch's best hits."""
        return Path(self.candidates.replace("candidates-", "hits-"))

    @property
    def label(self) -> str:
        """What the run's log calls the batch."""
        return Path(self.candidates).stem


def screen_batch(call: ScreenCall) -> ScreenCounts:
    """Predict a batch, write its best hits, and return the counts.

    A file that is there already was written whole by an earlier call, and is left as it is.
    """
    if call.output.exists():
        return _counts_in(call.output)
    table = pq.read_table(call.candidates, columns=[*dict.fromkeys((*NAMES, "reason", call.key))])
    readable = np.flatnonzero(np.array(table.column("reason").is_null()))
    compositions = compositions_of(table, readable)
    sifted = Sifted(np.arange(len(readable)), {})
    if compositions is not None or not len(readable):
        sifted = sift(compositions, call.constraints)
    allowed = readable[sifted.passed]
    model = load_screened_by(call.model)
    made_of = None if compositions is None else compositions.take(sifted.passed)
    rows, X, refused = features_of_rows(call, model, allowed, made_of)
    write_refusals(Path(call.candidates), refused)
    if made_of is not None and refused:
        made_of = made_of.take(np.searchsorted(allowed, rows))
    wanted = call.wanted or Wanted.of_one(call.objective)
    only_inside = IN_DOMAIN in dict(call.require)
    candidates = Batch(table.select([*dict.fromkeys((*NAMES, call.key))]).take(rows), X, made_of)
    looked = look(wanted, model, candidates, call.top, only_inside=only_inside)
    standing, of = looked.standing, rows[looked.places]
    met, in_domain = standing.met, standing.in_domain
    known = np.zeros(len(rows), dtype=np.bool_)
    known[met] = _known(call, keys_of(candidates.table, call.key, np.flatnonzero(met), made_of))
    hits, cut = _hits(call, candidates.names(looked.places), of, known[looked.places], model, wanted, looked)
    nearest = nearest_of_batch(wanted, candidates.table, standing)
    counts = ScreenCounts(
        candidates=table.num_rows,
        rejected=table.num_rows - len(readable) + len(refused),
        excluded=len(readable) - len(allowed),
        scored=len(rows),
        in_domain=int(in_domain.sum()),
        in_window=int(met.sum()),
        in_window_and_domain=int((met & in_domain).sum()),
        known=int(known.sum()),
        histogram=_histogram(standing.values[:, 0], call.bins),
        histogram_in_domain=_histogram(standing.values[in_domain, 0], call.bins),
        left_out=sifted.left_out | ({IN_DOMAIN: int((~in_domain).sum())} if only_inside else {}),
    )
    told = {COUNTS: json.dumps(asdict(counts)), CUT: str(cut), **nearest_metadata(nearest)}
    with written_whole(call.output) as temporary:
        pq.write_table(hits.replace_schema_metadata(told), temporary)
    return counts


def _counts_in(path: Path) -> ScreenCounts:
    counts: dict[str, Any] = json.loads(pq.read_schema(path).metadata[COUNTS])
    as_tuples: dict[str, Any] = {
        name: tuple(count) if isinstance(count, list) else count for name, count in counts.items()
    }
    return ScreenCounts(**as_tuples)


def _histogram(values: NDArray[np.float64], bins: tuple[float, ...]) -> tuple[int, ...]:
    places = np.clip(np.digitize(values, bins) - 1, 0, len(bins) - 2)
    return tuple(np.bincount(places, minlength=len(bins) - 1).tolist())


def _known(call: ScreenCall, keys: list[str]) -> NDArray[np.bool_]:
    known_keys = read_array(call.known_keys)
    return np.isin(np.array(keys, dtype=known_keys.dtype), known_keys)


def _hits(
    call: ScreenCall,
    names: pa.Table,
    rows: NDArray[np.int64],
    known: NDArray[np.bool_],
    model: MaterialModel,
    wanted: Wanted,
    looked: Looked,
) -> tuple[pa.Table, int]:
    """Return the hits that may be among the first of all, and how many there was no room for."""
    predicted, judgement = looked.predicted, looked.judgement
    columns = {
        **{name: names.column(name) for name in NAMES},
        **predicted.hit_columns(),
        "probability": pa.array(judgement.probability, mask=np.isnan(judgement.probability)),
        "in_domain": judgement.in_domain,
        "distance": predicted.distance,
        "domain": judgement.domain,
        "known": known,
        **judgement.columns,
        "merit": judgement.merit,
        FILE: [Path(call.candidates).name] * len(rows),
        ROW: rows,
    }
    schema = hit_schema(classes=bool(model.classes), wanted=wanted)
    for name in ("nearest", "nearest_value", "why"):
        columns[name] = pa.nulls(len(rows), schema.field(name).type)
    hits = pa.table({name: columns[name] for name in schema.names}, schema=schema)
    return kept(hits.take(looked.looked_for), call.top, wanted.order)
