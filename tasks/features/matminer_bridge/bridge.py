"""matminer.<Featurizer>: one of matminer's featurizers as a block, row by row.

Nothing is imputed. What raises in a row, or gives no finite number there, leaves a missing value whose reason
says what matminer said; what it warns of is printed nowhere and stands in the reason of a row that misses a
value. Where a featurizer wants oxidation states they are guessed as pymatgen does; where none balance, the row is
undefined (matminer itself would go on with the states 0).
"""

from __future__ import annotations

import re
import warnings
from dataclasses import dataclass
from functools import cache
from hashlib import blake2b
from importlib import import_module
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import numpy as np

from matsluice.infra.mistakes import InvalidInput, unknown_word
from matsluice.tasks.features.block import Column, FeatureValues
from matsluice.tasks.features.matminer_bridge.featurizers import FEATURIZERS, Featurizer
from matsluice.tasks.features.matminer_bridge.objects import NoChargesError, composition_of, structure_of
from matsluice.tasks.material import CompositionBatch, CrystalBatch

if TYPE_CHECKING:
    from collections.abc import Sequence

_LONGEST_REASON = 200  # characters; some errors print the whole structure


@dataclass(frozen=True, slots=True)
class MatminerBlock:
    """A featurizer of matminer by the name of its class."""

    featurizer: str

    @property
    def fingerprint(self) -> str:
        """Hexadecimal digits of how it is made, and of the versions of matminer and pymatgen."""
        made = (FEATURIZERS[self.featurizer], version("matminer"), version("pymatgen"))
        return blake2b(repr(made).encode(), digest_size=16).hexdigest()

    def columns(self) -> tuple[Column, ...]:
        """Return the columns, with matminer's labels behind the block's name."""
        made = _made(self.featurizer)
        source = _source(made.citations())
        return tuple(
            Column(
                f"matminer.{self.featurizer}.{label}",
                "as in matminer",
                f'"{label}" of matminer\'s {self.featurizer}',
                source,
            )
            for label in _labels(made)
            if label not in FEATURIZERS[self.featurizer].texts
        )

    def compute(self, batch: CompositionBatch | CrystalBatch) -> FeatureValues:
        """Return the (n, c) values."""
        how, made = FEATURIZERS[self.featurizer], _made(self.featurizer)
        labels = _labels(made)
        numeric = [place for place, label in enumerate(labels) if label not in how.texts]
        values = np.full((len(batch), len(numeric)), np.nan)
        undefined: dict[int, str] = {}
        for row in range(len(batch)):
            with warnings.catch_warnings(record=True) as warned, np.errstate(all="ignore"):
                warnings.simplefilter("always")
                said = _fill(values[row], how, made, batch, row, numeric)
            if np.isnan(values[row]).any():
                undefined[row] = said or _reason("no value", [str(warning.message) for warning in warned])
        return FeatureValues(values, undefined)


def _fill(
    values: np.ndarray,
    how: Featurizer,
    made: Any,
    batch: CompositionBatch | CrystalBatch,
    row: int,
    numeric: list[int],
) -> str:
    """Fill in the values of a row; return why it has none, where it raises."""
    try:
        of: Any = structure_of if isinstance(batch, CrystalBatch) else composition_of
        results = made.featurize(of(batch, row, how.charged))
        numbers = np.array([results[place] for place in numeric], dtype=np.float64)
    except NoChargesError as why:
        return str(why)
    except Exception as error:  # noqa: BLE001 - whatever another's code raises concerns this row only
        return _reason("no value", [f"{type(error).__name__}: {error}"])
    if numbers.shape != values.shape:
        return f"no value: {len(numbers)} numbers for {len(values)} columns"
    values[:] = np.where(np.isfinite(numbers), numbers, np.nan)
    return ""


def _reason(what: str, said: Sequence[str]) -> str:
    """Return one printable line, not too long; the same warning once."""
    words = "; ".join(dict.fromkeys(said)) or "matminer gives none"
    line = " ".join("".join(sign if sign.isprintable() else " " for sign in f"{what}: {words}").split())
    return line if len(line) <= _LONGEST_REASON else f"{line[: _LONGEST_REASON - 1]}…"


def _labels(made: Any) -> list[str]:
    return [str(label) for label in made.feature_labels()]


def _source(citations: Sequence[str]) -> str:
    """Return the DOIs of BibTeX entries, where they have any, else where matminer itself is described."""
    text = " ".join(citations)
    found = re.findall(r"10\.\d{4,9}/[^\s\"'{},]+", text)
    dois = ", ".join(f"doi:{doi.rstrip('.;)')}" for doi in dict.fromkeys(found))
    return f"{dois or 'no citation'}; as in matminer, doi:10.1016/j.commatsci.2018.05.018"


@cache  # some read tables for seconds
def _made(name: str) -> Any:
    how = FEATURIZERS[name]
    found = getattr(import_module(f"matminer.featurizers.{how.package}"), _class_name(name, how))
    arguments = dict(how.arguments)
    made = found.from_preset(how.preset, **arguments) if how.preset else found(**arguments)
    if how.package == "site":
        from matminer.featurizers.structure import SiteStatsFingerprint

        made = SiteStatsFingerprint(made, stats=how.statistics)
    made.set_n_jobs(1)
    return made


def _class_name(name: str, how: Featurizer) -> str:
    """Return the class that makes it: presets of SiteStatsFingerprint have no class of their own."""
    by_preset = how.package == "structure" and how.preset
    return "SiteStatsFingerprint" if by_preset else name


@cache
def make(featurizer: str) -> MatminerBlock:
    """Return the block of this featurizer.

    Raises
    ------
    InvalidInput
        matminer has no such featurizer, or it cannot be used as it is.

    Examples
    --------
    >>> make("TMetalFraction").columns()[0].name
    'matminer.TMetalFraction.transition metal fraction'
    """
    if featurizer not in FEATURIZERS:
        raise InvalidInput(unknown_word("matminer featurizer", featurizer, FEATURIZERS))
    return MatminerBlock(featurizer)
