"""composition.embedding: mean of learned element vectors, read from the data files of elementembeddings."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

import numpy as np

from matsluice.infra.mistakes import Failed, InvalidInput, unknown_word
from matsluice.tasks.features.block import Column, FeatureValues
from matsluice.tasks.features.composition.element_table import ElementTable
from matsluice.tasks.material.elements import ATOMIC_NUMBERS, LAST_ATOMIC_NUMBER, SYMBOLS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from matsluice.tasks.material.batch import CompositionBatch

NAME: Final = "composition.embedding"
_COLLECTION: Final = "elementembeddings, Onwuli et al. 2023, doi:10.1039/D3DD00121K"
_SPREAD_UP_TO: Final = 32  # dimensions: of longer vectors the mean is enough columns


@dataclass(frozen=True, slots=True)
class _Vectors:
    file: str
    words: str  # what they were learned from
    source: str


VECTORS: Final[Mapping[str, _Vectors]] = MappingProxyType(
    {
        "mat2vec": _Vectors(
            "mat2vec.csv",
            "words of abstracts in materials science",
            "Tshitoyan et al. 2019, doi:10.1038/s41586-019-1335-8",
        ),
        "matscholar": _Vectors(
            "matscholar-embedding.json",
            "words of abstracts in materials science, recognised as materials",
            "Weston et al. 2019, doi:10.1021/acs.jcim.9b00470",
        ),
        "megnet16": _Vectors(
            "megnet16.json",
            "formation energies of crystals, by a graph network",
            "Chen et al. 2019, doi:10.1021/acs.chemmater.9b01294",
        ),
        "skipatom": _Vectors(
            "skipatom_20201009_induced.csv",
            "which atoms are bonded in crystals",
            "Antunes et al. 2022, doi:10.1038/s41524-022-00729-3",
        ),
        "cgnf": _Vectors(
            "cgnf.json",
            "crystals, by a crystal graph network",
            "Jang et al. 2024, Matter 7 (6), ScienceDirect S2590238524002273",
        ),
    }
)


@dataclass(frozen=True, slots=True, eq=False)
class EmbeddingBlock:
    """Element vectors, weighted by atomic fraction; of short ones the spread too."""

    vectors: str
    table: ElementTable

    @property
    def fingerprint(self) -> str:
        """Hexadecimal digits of the vectors."""
        return self.table.fingerprint

    def columns(self) -> tuple[Column, ...]:
        """Return the columns: the mean of every dimension, then, of short vectors, its spread."""
        chosen = VECTORS[self.vectors]
        dimensions = len(self.table.properties)
        statistics = [("mean", "Σxᵢ vᵢ")]
        if dimensions <= _SPREAD_UP_TO:
            statistics.append(("spread", "√(Σxᵢ (vᵢ - mean)²)"))
        return tuple(
            Column(
                f"{NAME}.{word}_{k:03d}",
                "dimensionless",
                f"{formula} of dimension {k} of {self.vectors}, vectors learned from {chosen.words}",
                f"{chosen.source}; as in {_COLLECTION}",
            )
            for word, formula in statistics
            for k in range(dimensions)
        )

    def compute(self, batch: CompositionBatch) -> FeatureValues:
        """Return the (n, c) values."""
        from matsluice.tasks.features.composition.kernel import moments  # numba takes half a second to import

        dimensions = len(self.table.properties)
        statistics = np.empty((len(batch), 4, dimensions))
        moments(batch.offsets, batch.atomic_numbers, batch.amounts, self.table.values, statistics)
        values = statistics[:, 0]
        if dimensions <= _SPREAD_UP_TO:
            values = np.concatenate([values, np.sqrt(statistics[:, 1])], axis=1)
        values = np.ascontiguousarray(values)
        return FeatureValues(values, self._reasons(batch, np.flatnonzero(np.isnan(values[:, 0])).tolist()))

    def _reasons(self, batch: CompositionBatch, rows: Sequence[int]) -> dict[int, str]:
        lacking = np.isnan(self.table.values[:, 0])
        reasons = {}
        for row in rows:
            elements = batch.atomic_numbers[batch.offsets[row] : batch.offsets[row + 1]]
            symbols = ", ".join(SYMBOLS[z] for z in elements[lacking[elements]].tolist())
            reasons[row] = f"no {self.vectors} vector for {symbols}"
        return reasons


def element_vectors(vectors: str) -> ElementTable:
    """Return the vectors of this name, NaN for elements without one.

    Raises
    ------
    InvalidInput
        There are none of this name.
    Failed
        elementembeddings is not installed, or has them no longer.
    """
    if vectors not in VECTORS:
        raise InvalidInput(f"{NAME}: {unknown_word('vectors', vectors, VECTORS)}")
    file = VECTORS[vectors].file
    try:
        text = _folder().joinpath(file).read_text(encoding="utf-8")
    except OSError as error:
        raise Failed(f"the installed elementembeddings has no readable {file}: {error}") from error
    if file.endswith(".csv"):
        _, *lines = csv.reader(io.StringIO(text))
        read = {line[0]: [float(number) for number in line[1:]] for line in lines}
    else:
        read = json.loads(text)
    dimensions = len(read["H"])
    values = np.full((LAST_ATOMIC_NUMBER + 1, dimensions), np.nan)
    for symbol, vector in read.items():
        if symbol in ATOMIC_NUMBERS:  # some files have a vector for "no element" too
            values[ATOMIC_NUMBERS[symbol]] = vector
    return ElementTable(tuple(f"{vectors}_{k:03d}" for k in range(dimensions)), values)


def _folder() -> Path:
    # Located without importing elementembeddings, which imports plotting libraries.
    found = find_spec("elementembeddings")
    if found is None or not found.submodule_search_locations:
        raise Failed(
            "elementembeddings is not installed, and the vectors come with it: pip install elementembeddings"
        )
    return Path(found.submodule_search_locations[0]) / "data" / "element_representations"


@cache  # a file is read once in a process
def make(vectors: str = "mat2vec") -> EmbeddingBlock:
    """Return the block with these vectors.

    Examples
    --------
    >>> columns = make("megnet16").columns()
    >>> len(columns), columns[0].name, columns[-1].name
    (32, 'composition.embedding.mean_000', 'composition.embedding.spread_015')
    """
    return EmbeddingBlock(vectors, element_vectors(vectors))
