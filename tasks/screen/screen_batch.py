"""One batch of candidates: what a Dask worker does in screening."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from matsluice.infra.workspace.atomic_files import written_whole
from matsluice.tasks.features.chunk_call import RowLimits
from matsluice.tasks.features.made_by import MadeBy
from matsluice.tasks.material import CompositionBatch
from matsluice.tasks.material.materials_columns import materials_of
from matsluice.tasks.predict.predictions import ClassPredictions, Predictions
from matsluice.tasks.screen.candidate_features import features_of_rows, load_screened_by
from matsluice.tasks.screen.candidates import write_refusals
from matsluice.tasks.screen.constraints import IN_DOMAIN, Sifted, sift
from matsluice.tasks.screen.objective import Objective
from matsluice.tasks.screen.screen_counts import ScreenCounts

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from matsluice.tasks.predict.material_model import Glance, MaterialModel

# Where a file of hits keeps the counts of its batch.
COUNTS = b"counts"
# Which file of candidates a hit stands in, and in which row of it: until hits are explained.
FILE, ROW = "file", "row"


def hit_schema(*, classes: bool = False) -> pa.Schema:
    """Return the columns of a file of hits; a predicted class is a text, and beside it stands the set of classes.

    `nearest`, its value and `why` are filled by `explain_hits`, of the hits that are left of all batches.
    """
    return pa.schema(
        [
            ("id", pa.string()),
            ("key", pa.string()),
            ("formula", pa.string()),
            ("prediction", pa.string() if classes else pa.float64()),
            ("lower", pa.float64()),
            ("upper", pa.float64()),
            *([("set", pa.string())] if classes else []),
            ("spread", pa.float64()),
            ("probability", pa.float64()),
            ("in_domain", pa.bool_()),
            ("distance", pa.float64()),
            ("domain", pa.string()),
            ("known", pa.bool_()),
            ("nearest", pa.string()),
            ("nearest_value", pa.string() if classes else pa.float64()),
            ("why", pa.string()),
            ("merit", pa.float64()),
            (FILE, pa.string()),
            (ROW, pa.int64()),
        ]
    )


HIT_SCHEMA = hit_schema()


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
    table = pq.read_table(call.candidates)
    readable = np.flatnonzero(np.array(table.column("reason").is_null()))
    compositions = _compositions(table, readable)
    sifted = Sifted(np.arange(len(readable)), {})
    if compositions is not None or not len(readable):
        sifted = sift(compositions, call.constraints)
    allowed = readable[sifted.passed]
    model = load_screened_by(call.model)
    rows, X, refused = features_of_rows(call, model, allowed)
    write_refusals(Path(call.candidates), table, refused)
    made_of = None
    if compositions is not None and len(rows):
        made_of = compositions.take(sifted.passed[np.searchsorted(allowed, rows)])
    glance = model.glance(X, made_of, call.objective.place)
    in_window = call.objective.met(glance.judged)
    looked_for = in_window & glance.in_domain if IN_DOMAIN in dict(call.require) else in_window
    met = np.flatnonzero(looked_for)
    known = _known(call, table.take(rows[in_window]))
    hits = _hits(
        call, table.take(rows[met]), known[looked_for[in_window]], model, _Met(met, rows, X, made_of, glance)
    )
    counts = ScreenCounts(
        candidates=table.num_rows,
        rejected=table.num_rows - len(readable) + len(refused),
        excluded=len(readable) - len(allowed),
        scored=len(rows),
        in_domain=int(glance.in_domain.sum()),
        in_window=int(in_window.sum()),
        in_window_and_domain=int((in_window & glance.in_domain).sum()),
        known=int(known.sum()),
        histogram=_histogram(glance.judged, call.bins),
        histogram_in_domain=_histogram(glance.judged[glance.in_domain], call.bins),
        left_out=sifted.left_out
        | ({IN_DOMAIN: int((~glance.in_domain).sum())} if IN_DOMAIN in dict(call.require) else {}),
    )
    with written_whole(call.output) as temporary:
        pq.write_table(hits.replace_schema_metadata({COUNTS: json.dumps(asdict(counts))}), temporary)
    return counts


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


@dataclass(frozen=True, slots=True, eq=False)
class _Met:
    """The candidates that are looked for, among those that were predicted."""

    places: NDArray[np.int64]
    rows: NDArray[np.int64]
    X: NDArray[np.float64]
    made_of: CompositionBatch | None
    glance: Glance

    def predicted(self, model: MaterialModel) -> Predictions | ClassPredictions:
        """Return all that the model says of them: of the few, since it takes longer than a glance."""
        made_of = None if self.made_of is None or not len(self.places) else self.made_of.take(self.places)
        return model.predict_features(self.X[self.places], made_of, self.glance.said[self.places])


def _hits(
    call: ScreenCall, table: pa.Table, known: NDArray[np.bool_], model: MaterialModel, met: _Met
) -> pa.Table:
    predicted = met.predicted(model)
    judged = predicted.judged(call.objective.place)
    between = partial(model.probability_between, predicted) if isinstance(predicted, Predictions) else None
    probability = call.objective.probability(judged, between)
    columns = {
        **{name: table.column(name) for name in ("id", "key", "formula")},
        **predicted.hit_columns(),
        "probability": pa.array(probability, mask=np.isnan(probability)),
        "in_domain": predicted.in_domain,
        "distance": predicted.distance,
        "known": known,
        "merit": call.objective.merit(judged, probability),
        FILE: [Path(call.candidates).name] * len(judged),
        ROW: met.rows[met.places],
    }
    schema = hit_schema(classes=bool(model.classes))
    for name in ("nearest", "nearest_value", "why"):
        columns[name] = pa.nulls(len(judged), schema.field(name).type)
    return best(pa.table({name: columns[name] for name in schema.names}, schema=schema), call.top)


def best(hits: pa.Table, top: int) -> pa.Table:
    """Return the first `top` hits: inside the domain before outside, by merit, and of equals the better known.

    Probabilities come in steps of one over the number of training rows, so many candidates are equal in merit;
    the one nearest to a training material stands first, then the alphabet decides.

    Of candidates that are one material only the first stands.
    """
    order = [
        ("in_domain", "descending"),
        ("merit", "descending"),
        ("distance", "ascending"),
        ("formula", "ascending"),
        ("id", "ascending"),
    ]
    ordered = hits.sort_by(order)
    _, first = np.unique(np.array(ordered.column("key").to_pylist(), dtype=str), return_index=True)
    return ordered.take(np.sort(first)[:top])
