"""One batch of candidates: what a Dask worker does in screening."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from matsluice.infra.workspace.atomic_files import written_whole
from matsluice.models.saved.pickled import read_pickle
from matsluice.tasks.features.chunk_call import RowLimits
from matsluice.tasks.features.in_child import RowsTask
from matsluice.tasks.features.isolated import child_of_this_thread, compute_isolated
from matsluice.tasks.features.made_by import MadeBy
from matsluice.tasks.material import CompositionBatch
from matsluice.tasks.material.materials_columns import materials_of
from matsluice.tasks.predict.predictions import ClassPredictions, Predictions
from matsluice.tasks.screen.candidates import BlockRefusal, write_refusals
from matsluice.tasks.screen.judgement import Judgement, TargetSaid, judge
from matsluice.tasks.screen.nearest_miss import nearest_metadata, nearest_of_batch
from matsluice.tasks.screen.objective import Objective
from matsluice.tasks.screen.order import kept
from matsluice.tasks.screen.screen_counts import ScreenCounts
from matsluice.tasks.screen.wanted import Wanted, hit_schema

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from matsluice.tasks.predict.material_model import MaterialModel

# Where a file of hits keeps the counts of its batch.
COUNTS = b"counts"
# And how many hits there was no room for.
CUT = b"cut"
# Where each hit stands among the predicted rows of its batch.
PLACE = "place"


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
    wanted: Wanted | None = None

    @property
    def output(self) -> Path:
        """The file of the batch's best hits."""
        return Path(self.candidates.replace("candidates-", "hits-"))

    @property
    def label(self) -> str:
        """What the run's log calls the batch."""
        return Path(self.candidates).stem


# A worker screens many batches with one model a target: a forest of 300 trees is read from disk once.
@lru_cache(maxsize=8)
def _load(path: str) -> MaterialModel:
    model: MaterialModel = read_pickle(Path(path))
    model.check_versions()
    return model


def screen_batch(call: ScreenCall) -> ScreenCounts:
    """Predict a batch, write its best hits, and return the counts.

    A file that is there already was written whole by an earlier call, and is left as it is.
    """
    if call.output.exists():
        return _counts_in(call.output)
    table = pq.read_table(call.candidates)
    readable = np.flatnonzero(np.array(table.column("reason").is_null()))
    allowed = _without_excluded(table, readable, call.excluded)
    model = _load(call.model)
    rows, X, refused = _features(call, model, allowed)
    write_refusals(Path(call.candidates), table, refused)
    wanted = call.wanted or Wanted.of_one(call.objective)
    compositions = _compositions(table, rows)
    predicted = model.predict_features(X, compositions)
    judgement = judge(wanted, _said(wanted, model, predicted, X, compositions))
    judged, met, in_domain = judgement.values[:, 0], judgement.met, judgement.in_domain
    known = _known(call, table.take(rows))
    hits, cut = _hits(call, table.take(rows), predicted, judgement, known, model, wanted)
    hits = _explained(call, hits, X, model)
    nearest = nearest_of_batch(wanted, table.take(rows), judgement)
    counts = ScreenCounts(
        candidates=table.num_rows,
        rejected=table.num_rows - len(readable) + len(refused),
        excluded=len(readable) - len(allowed),
        scored=len(rows),
        in_domain=int(in_domain.sum()),
        in_window=int(met.sum()),
        in_window_and_domain=int((met & in_domain).sum()),
        known=int((met & known).sum()),
        histogram=_histogram(judged, call.bins),
        histogram_in_domain=_histogram(judged[in_domain], call.bins),
    )
    told = {COUNTS: json.dumps(asdict(counts)), CUT: str(cut), **nearest_metadata(nearest)}
    with written_whole(call.output) as temporary:
        pq.write_table(hits.replace_schema_metadata(told), temporary)
    return counts


def _features(
    call: ScreenCall, model: MaterialModel, rows: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.float64], dict[int, BlockRefusal]]:
    """Return the rows that every block has values for, the values, and row → which block refused it and why."""
    if not len(rows):
        return rows, np.empty((0, 0)), {}
    child = child_of_this_thread()
    refused: dict[int, BlockRefusal] = {}
    parts = []
    for word in model.blocks:
        made_by, memory_bytes = call.made_by[word], call.limits.memory_bytes
        task = RowsTask(call.candidates, rows, word, made_by, memory_bytes, tuple(model.plugins))
        computed = compute_isolated(child, task, call.limits.timeout_s)
        parts.append(computed.values)
        for place, why in computed.refused.items():
            refused.setdefault(int(rows[place]), BlockRefusal(made_by.block, why.reason, why.detail))
    good = ~np.isin(rows, list(refused))
    return rows[good], np.concatenate(parts, axis=1)[good], refused


def _without_excluded(
    table: pa.Table, rows: NDArray[np.int64], excluded: tuple[int, ...]
) -> NDArray[np.int64]:
    """Return the rows without any of the excluded elements."""
    compositions = _compositions(table, rows) if excluded else None
    return rows if compositions is None else rows[~_contains_any(compositions, excluded)]


def _compositions(table: pa.Table, rows: NDArray[np.int64]) -> CompositionBatch | None:
    """Return what some candidates are made of; None where there are none, or it is not known."""
    known = materials_of(table.take(rows), ("composition",)) if len(rows) else None
    return None if known is None else known.compositions


def _counts_in(path: Path) -> ScreenCounts:
    counts: dict[str, Any] = json.loads(pq.read_schema(path).metadata[COUNTS])
    as_tuples: dict[str, Any] = {
        name: tuple(count) if isinstance(count, list) else count for name, count in counts.items()
    }
    return ScreenCounts(**as_tuples)


def _histogram(values: NDArray[np.float64], bins: tuple[float, ...]) -> tuple[int, ...]:
    places = np.clip(np.digitize(values, bins) - 1, 0, len(bins) - 2)
    return tuple(np.bincount(places, minlength=len(bins) - 1).tolist())


def _known(call: ScreenCall, table: pa.Table) -> NDArray[np.bool_]:
    known_keys = np.load(call.known_keys)
    keys = np.array(table.column(call.key).to_pylist(), dtype=known_keys.dtype)
    return np.isin(keys, known_keys)


def _said(
    wanted: Wanted,
    model: MaterialModel,
    predicted: Predictions | ClassPredictions,
    X: NDArray[np.float64],
    materials: CompositionBatch | None,
) -> dict[str, TargetSaid]:
    """Return what the model of each target says; all of them learned from the same blocks."""
    first, *further = wanted.targets
    said = {first: TargetSaid(predicted, model)}
    for target in further:
        other = _load(wanted.models[target])
        said[target] = TargetSaid(other.predict_features(X, materials), other)
    return said


def _hits(
    call: ScreenCall,
    table: pa.Table,
    predicted: Predictions | ClassPredictions,
    judgement: Judgement,
    known: NDArray[np.bool_],
    model: MaterialModel,
    wanted: Wanted,
) -> tuple[pa.Table, int]:
    """Return the hits that may be among the first of all, and how many there was no room for."""
    n = len(judgement.met)
    columns = {
        **{name: table.column(name) for name in ("id", "key", "formula")},
        **predicted.hit_columns(),
        "probability": pa.array(judgement.probability, mask=np.isnan(judgement.probability)),
        "in_domain": judgement.in_domain,
        "distance": predicted.distance,
        "domain": judgement.domain,
        "known": known,
        "why": pa.nulls(n, pa.string()),
        **judgement.columns,
        PLACE: pa.array(np.arange(n)),
        "merit": judgement.merit,
    }
    met = np.flatnonzero(judgement.met)
    schema = hit_schema(classes=bool(model.classes), wanted=wanted).append(pa.field(PLACE, pa.int64()))
    return kept(pa.table(columns, schema=schema).take(met), call.top, wanted.order)


def _explained(call: ScreenCall, hits: pa.Table, X: NDArray[np.float64], model: MaterialModel) -> pa.Table:
    """Return the hits with what speaks for each; they are few, so that all candidates need not be explained."""
    places = np.array(hits.column(PLACE), dtype=np.int64)
    why = model.why(X[places], call.objective.place) if len(places) else None
    hits = hits.drop_columns([PLACE])
    if why is None:
        return hits
    return hits.set_column(hits.column_names.index("why"), "why", pa.array(why, pa.string()))


def _contains_any(batch: CompositionBatch, atomic_numbers: tuple[int, ...]) -> NDArray[np.bool_]:
    excluded = np.isin(batch.atomic_numbers, atomic_numbers)
    return np.logical_or.reduceat(excluded, batch.offsets[:-1])
