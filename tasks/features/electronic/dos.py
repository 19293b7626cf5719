"""electronic.dos: states at the Fermi energy, edges, band centres and widths, character at the edges."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from math import isnan
from typing import TYPE_CHECKING

from matsluice.tasks.features.electronic.dos_columns import COLUMNS
from matsluice.tasks.features.electronic.record_block import Answer, RecordBlock

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from matsluice.tasks.electronic import ElectronicRecord, StateDensity
    from matsluice.tasks.features.electronic.density_edges import DensityEdges
    from matsluice.tasks.features.electronic.shell_character import Found


@dataclass(frozen=True, slots=True)
class DosBlock(RecordBlock):
    """Values of the density of states; see `make` for the parameters."""

    COLUMNS = COLUMNS

    smearing: float
    depth: float
    edge: float
    empty: float

    def answer(self, record: ElectronicRecord) -> Answer:
        """Return one record's values by word, and why others are missing."""
        from matsluice.tasks.features.electronic.density_edges import density_edges
        from matsluice.tasks.features.electronic.shell_character import edge_shares, shell_centres

        density = record.density
        if density is None:
            return {}, [record.missing.get("density", "no density of states in the document")]
        energies, fermi = density.energies, density.fermi
        if not energies[0] <= fermi <= energies[-1]:
            span = f"from {energies[0]:.3f} to {energies[-1]:.3f} eV"
            return {}, [f"no Fermi energy within the density of states: {fermi:.3f} eV, and it goes {span}"]
        atoms = _atoms(record)
        empty = self.empty * (atoms or 1)
        edges = density_edges(energies, density.densities.sum(axis=0), fermi, empty)
        answers = [self._at_fermi(density, atoms), _edge_values(edges, energies, fermi)]
        if density.shells is None:
            answers.append(({}, ["no projections on s, p, d and f states"]))
        else:
            shells = density.shells.sum(axis=0)
            answers.append(shell_centres(energies, shells, fermi, self.depth, empty))
            answers.append(edge_shares(energies, shells, edges, self.edge))
        found = {word: value for values, _ in answers for word, value in values.items()}
        return found, [reason for _, reasons in answers for reason in reasons]

    def _at_fermi(self, density: StateDensity, atoms: int | None) -> Found:
        from matsluice.tasks.features.electronic.density_moments import moments, smeared_at

        energies, fermi = density.energies, density.fermi
        if atoms is None:
            return {}, ["no number of atoms: the document has no structure"]
        reach = 4 * self.smearing  # all but 6e-5 of the Gaussian
        if min(fermi - energies[0], energies[-1] - fermi) < reach:
            return {}, [f"no density of states as far as {reach:g} eV on both sides of the Fermi energy"]
        states = smeared_at(energies, density.densities.sum(axis=0), fermi, self.smearing)
        below = moments(energies, density.densities.sum(axis=0), float(energies[0]), fermi)
        return {
            "dos_at_fermi": max(0.0, states) / atoms,
            "states_below_fermi": 0.0 if below is None else below.states / atoms,
        }, []


def _atoms(record: ElectronicRecord) -> int | None:
    if record.cell is not None:
        return len(record.cell.atomic_numbers)
    shells = None if record.density is None else record.density.shells
    return None if shells is None else len(shells)


def _edge_values(edges: DensityEdges, energies: NDArray[np.float64], fermi: float) -> Found:
    found = {
        "dos_gap": edges.conduction - edges.valence,
        "valence_edge": edges.valence - fermi,
        "conduction_edge": edges.conduction - fermi,
    }
    reasons = [
        f"no states {side} the Fermi energy"
        for side, place in (("below", edges.valence), ("above", edges.conduction))
        if isnan(place)
    ]
    if edges.bottom > energies[0]:
        found["valence_band_width"] = edges.valence - edges.bottom
    elif not isnan(edges.bottom):
        reasons.append("no lower end of the valence band: the density of states is cut through it")
    return found, reasons


@cache
def make(smearing: float = 0.05, depth: float = 10.0, edge: float = 0.5, empty: float = 0.001) -> DosBlock:
    """Return the block.

    Parameters
    ----------
    smearing
        Width σ of the Gaussian at the Fermi energy, eV; 0 takes the density as it is.
    depth
        How far below E_F occupied states enter band centres and widths, eV.
    edge
        How far from an edge states enter its shares, eV.
    empty
        A density up to this counts as no states, states/eV/atom.

    Examples
    --------
    >>> make().columns()[0].unit
    'states/eV/atom'
    """
    return DosBlock(smearing, depth, edge, empty)
