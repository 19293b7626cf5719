"""Coordination numbers, bond lengths and bond angles, against pymatgen's rule and matminer's angles."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from featurization.crystals import Crystals, nomad_oxides, perovskites
from matminer.featurizers.site.bonding import AverageBondAngle
from numpy.typing import NDArray
from paired import Comparison
from pymatgen.analysis.local_env import MinimumDistanceNN
from pymatgen.core.structure import Structure

from matsluice.tasks.features.neighbours.minimum_distance import minimum_distance_neighbours
from matsluice.tasks.features.neighbours.within import neighbours_within
from matsluice.tasks.features.structure import bond_angles, bond_lengths


def comparisons(data: Path) -> list[Comparison]:
    """Return the comparisons, for small and for large cells."""
    small, large = perovskites(data), nomad_oxides(data)
    return [
        _lengths(small, 10, 20),
        _lengths(large, 2, 4),
        _angles(small, 10, 20),
        _angles(large, 2, 4),
        _list(small, 40, 200),
        _list(large, 5, 20),
    ]


def _lengths(crystals: Crystals, rows: int, checked: int) -> Comparison:
    rule = MinimumDistanceNN(tol=0.1)

    def one(structure: Structure) -> list[float]:
        found = [rule.get_nn_info(structure, site) for site in range(len(structure))]
        lengths = [neighbour["site"].nn_distance for site in found for neighbour in site]
        numbers = [len(site) for site in found]
        return [*_moments(lengths), *_moments(numbers)]

    def theirs(start: int, stop: int) -> NDArray[np.float64]:
        return np.array([one(structure) for structure in crystals.structures[start:stop]])

    def ours(start: int, stop: int) -> NDArray[np.float64]:
        batch = crystals.batch.slice(start, stop)
        return bond_lengths.values(batch, minimum_distance_neighbours(batch)).values

    name = f"bond lengths and coordination by minimum distance, {crystals.name}"
    return Comparison(name, 200, theirs, ours, len(crystals.batch), rows, len(crystals.batch), checked, 1e-9)


def _moments(values: list[float] | list[int]) -> list[float]:
    return [float(np.mean(values)), float(np.var(values)), float(min(values)), float(max(values))]


def _angles(crystals: Crystals, rows: int, checked: int) -> Comparison:
    featurizer = AverageBondAngle(MinimumDistanceNN(tol=0.1))

    def one(structure: Structure) -> float:
        angles = [featurizer.featurize(structure, site)[0] for site in range(len(structure))]
        return float(np.degrees(np.nanmean(angles)))

    def theirs(start: int, stop: int) -> NDArray[np.float64]:
        with np.errstate(all="ignore"):
            return np.array([[one(structure)] for structure in crystals.structures[start:stop]])

    def ours(start: int, stop: int) -> NDArray[np.float64]:
        batch = crystals.batch.slice(start, stop)
        return bond_angles.values(batch, minimum_distance_neighbours(batch)).values[:, 4:]

    # Near 180° matminer's arc cosine is good to some 1e-8 only.
    name = f"bond angles, {crystals.name}"
    return Comparison(name, 150, theirs, ours, len(crystals.batch), rows, len(crystals.batch), checked, 1e-7)


def _list(crystals: Crystals, rows: int, checked: int) -> Comparison:
    def theirs(start: int, stop: int) -> NDArray[np.float64]:
        found = [structure.get_all_neighbors(6.0) for structure in crystals.structures[start:stop]]
        return np.array([[sum(n.nn_distance for site in sites for n in site)] for sites in found])

    def ours(start: int, stop: int) -> NDArray[np.float64]:
        batch = crystals.batch.slice(start, stop)
        neighbours = neighbours_within(batch, 6.0)
        return np.add.reduceat(neighbours.distance, neighbours.starts[batch.offsets[:-1]])[:, None]

    name = f"neighbours to 6 Å, against get_all_neighbors, {crystals.name}"
    return Comparison(name, 50, theirs, ours, len(crystals.batch), rows, len(crystals.batch), checked, 1e-9)
