"""structure.electrostatic: Ewald energy of the guessed ions, and Coulomb matrix of the primitive cell."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from hashlib import blake2b
from typing import TYPE_CHECKING, Final

import numpy as np

from matsluice.tasks.features.block import Column, FeatureValues
from matsluice.tasks.features.composition.oxidation_guess import guessed_oxidation_states, states_fingerprint
from matsluice.tasks.features.graph.reduction import reduce_to_primitive
from matsluice.tasks.features.ordered import where_ordered
from matsluice.tasks.features.structure.coulomb_matrix import coulomb_eigenvalues
from matsluice.tasks.features.structure.ewald import COULOMB, ewald_energy_per_atom
from matsluice.tasks.material.elements import LAST_ATOMIC_NUMBER, SYMBOLS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from matsluice.tasks.material import CrystalBatch

NAME: Final = "structure.electrostatic"
_EWALD: Final = (
    "Ewald 1921, doi:10.1002/andp.19213690304; charges are the oxidation states guessed as in pymatgen, "
    "mean of an element, doi:10.1016/j.commatsci.2012.10.028"
)
_RUPP: Final = "Rupp et al. 2012, doi:10.1103/PhysRevLett.108.058301"
_MATRIX: Final = (
    "eigenvalue of the Coulomb matrix of the primitive cell: ZZ′/r at the shortest distance over all images, "
    "Z^2.4/2 on the diagonal"
)
_COLUMNS: Final = (
    Column(f"{NAME}.ewald_energy_per_atom", "eV/atom", "electrostatic energy of the ions as points", _EWALD),
    Column(
        f"{NAME}.madelung_number",
        "dimensionless",
        "−E (V/N)^(1/3) / (⟨q²⟩ e²/(4πε₀)), E the Ewald energy per atom, V/N the volume per atom, q the charges",
        _EWALD,
    ),
    Column(f"{NAME}.coulomb_eigenvalue_minimum", "hartree", f"least {_MATRIX}", _RUPP),
    Column(f"{NAME}.coulomb_eigenvalue_maximum", "hartree", f"greatest {_MATRIX}", _RUPP),
    Column(
        f"{NAME}.coulomb_eigenvalue_deviation",
        "hartree",
        f"standard deviation, over all, of the {_MATRIX}",
        _RUPP,
    ),
)


@dataclass(frozen=True, slots=True)
class ElectrostaticBlock:
    """Electrostatics of a crystal whose sites are all filled."""

    @property
    def fingerprint(self) -> str:
        """Hexadecimal digits of the known oxidation states."""
        return blake2b(states_fingerprint().encode(), digest_size=16).hexdigest()

    def columns(self) -> tuple[Column, ...]:
        """Return the columns."""
        return _COLUMNS

    def compute(self, batch: CrystalBatch) -> FeatureValues:
        """Return the (n, 5) values."""
        return where_ordered(batch, len(_COLUMNS), _ordered)


def guessed_charges(batch: CrystalBatch) -> tuple[NDArray[np.float64], dict[int, str]]:
    """Return each site's charge (m,), e, NaN in crystals without a guess; and why those have none."""
    compositions = batch.compositions()
    guess = guessed_oxidation_states(compositions)
    by_element = np.full((len(batch), LAST_ATOMIC_NUMBER + 1), np.nan)
    rows = np.repeat(np.arange(len(batch)), np.diff(compositions.offsets))
    by_element[rows, compositions.atomic_numbers] = guess.mean
    return by_element[
        np.repeat(np.arange(len(batch)), batch.site_counts), batch.atomic_numbers
    ], guess.undefined


def _ordered(batch: CrystalBatch) -> FeatureValues:
    values = np.full((len(batch), len(_COLUMNS)), np.nan)
    charges, undefined = guessed_charges(batch)
    crystal = np.repeat(np.arange(len(batch)), batch.site_counts)
    squares = np.bincount(crystal, charges**2, minlength=len(batch)) / batch.site_counts
    for row in np.flatnonzero(squares == 0).tolist():
        symbol = SYMBOLS[batch.atomic_numbers[batch.offsets[row]]]
        undefined[row] = f"no charges, {symbol} being alone"
    squares[squares == 0] = np.nan
    energies = ewald_energy_per_atom(batch, charges)
    values[:, 0] = np.where(np.isnan(squares), np.nan, energies)
    values[:, 1] = -energies * np.cbrt(batch.volumes / batch.site_counts) / (squares * COULOMB)
    reduced = reduce_to_primitive(batch)
    for row, eigenvalues in enumerate(coulomb_eigenvalues(reduced.batch)):
        if row not in reduced.failed:
            values[row, 2:] = eigenvalues[0], eigenvalues[-1], eigenvalues.std()
    for row, why in reduced.failed.items():
        undefined[row] = f"{undefined[row]}; {why}" if row in undefined else why
    return FeatureValues(values, dict(sorted(undefined.items())))


@cache
def make() -> ElectrostaticBlock:
    """Return the block.

    Examples
    --------
    >>> make().columns()[0].name
    'structure.electrostatic.ewald_energy_per_atom'
    """
    return ElectrostaticBlock()
