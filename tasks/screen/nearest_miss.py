"""The candidate that came nearest, where none meets what is looked for."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow.parquet as pq

if TYPE_CHECKING:
    import pyarrow as pa

    from matsluice.tasks.screen.judgement import Standing
    from matsluice.tasks.screen.wanted import Wanted

# Where a file of hits keeps the candidate of its batch that came nearest.
NEAREST = b"nearest"


@dataclass(frozen=True, slots=True)
class NearestMiss:
    """A candidate that meets not all windows, and the one it misses by most.

    Attributes
    ----------
    in_domain, formula, id
        Of the candidate.
    share
        How far it lies beside the window, in standard deviations of the training values; of a class, in probability.
    target, value, off, unit
        The target of that window, what is predicted of it (of a class how probable it is), and how far that lies above
        the window, or, where negative, below it, in the unit.
    """

    in_domain: bool
    formula: str
    id: str
    share: float
    target: str
    value: float
    off: float
    unit: str

    def record(self) -> dict[str, Any]:
        """Return it as summary.json has it, in words too."""
        return {**asdict(self), "sentence": nearest_sentence(self)}

    @property
    def place(self) -> tuple[bool, float, str, str]:
        """What the nearest is told by: inside the domain before outside, then nearness, then the alphabet."""
        return (not self.in_domain, self.share, self.formula, self.id)


def nearest_of_batch(wanted: Wanted, table: pa.Table, judged: Standing) -> NearestMiss | None:
    """Return the candidate of a batch that comes nearest; None where one meets all windows, or there are none.

    Parameters
    ----------
    wanted
        What is looked for.
    table
        The n candidates, with their ids and formulas.
    judged
        Where they stand.
    """
    if not len(judged.met) or judged.met.any():
        return None
    units = np.array([1.0 if aim.objective.place >= 0 else aim.deviation for aim in wanted.aims])
    shares = np.abs(judged.misses) / units
    share = shares.max(axis=1)
    eligible = judged.in_domain if judged.in_domain.any() else ~judged.in_domain
    rows = np.flatnonzero(eligible & (share == share[eligible].min()))
    names = [
        (table["formula"][int(row)].as_py() or "", table["id"][int(row)].as_py() or "", int(row))
        for row in rows
    ]
    formula, identifier, row = min(names)
    most = int(shares[row].argmax())
    aim = wanted.aims[most]
    return NearestMiss(
        in_domain=bool(judged.in_domain[row]),
        formula=formula,
        id=identifier,
        share=float(share[row]),
        target=aim.target,
        value=float(judged.values[row, most]),
        off=float(judged.misses[row, most]),
        unit="" if aim.objective.place >= 0 else aim.unit,
    )


def nearest_metadata(nearest: NearestMiss | None) -> dict[bytes, str]:
    """Return what a file of hits says of it; nothing where there is none."""
    return {} if nearest is None else {NEAREST: json.dumps(asdict(nearest))}


def nearest_of_all(parts: Iterable[Path]) -> NearestMiss | None:
    """Return the nearest of all batches, from their files of hits."""
    told = [pq.read_schema(part).metadata or {} for part in parts]
    found = [NearestMiss(**json.loads(one[NEAREST])) for one in told if NEAREST in one]
    return min(found, key=lambda one: one.place, default=None)


def nearest_sentence(nearest: NearestMiss) -> str:
    """Return it as a clause that stands behind "none meets the objective".

    Examples
    --------
    >>> nearest_sentence(NearestMiss(True, "GaAs", "c1", 0.1, "band_gap", 1.75, 0.05, "eV"))
    'GaAs comes nearest, with band_gap = 1.75 eV, 0.05 eV above the window'
    """
    unit = f" {nearest.unit}" if nearest.unit else ""
    side = "above" if nearest.off > 0 else "below"
    named = nearest.formula or nearest.id
    outside = "" if nearest.in_domain else ", outside the applicability domain"
    of = f"{nearest.target} = {nearest.value:.4g}{unit}"
    return f"{named} comes nearest, with {of}, {abs(nearest.off):.3g}{unit} {side} the window{outside}"
