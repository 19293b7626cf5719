"""Coordination numbers, bond lengths and bond angles, against pymatgen's rule and matminer's angles."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
from featurization.crystals import Crystals, oxides, perovskites
from matminer.featurizers.site.bonding import AverageBondAngle
from numpy.typing import NDArray
from paired import Comparison
from pymatgen.analysis.local_env import MinimumDistanceNN
from pymatgen.core.structure import Structure

from matsluice.tasks.features.neighbours.minimum_distance import minimum_distance_neighbours
from matsluice.tasks.features.neighbours.within import neighbours_within
from matsluice.tasks.features.structure import bond_angles, bond_lengths
from matsluice.tasks.material import CrystalBatch


def comparisons(data: Path) -> list[Comparison]:
    """Return the comparisons, for small and for large cells."""
    small, large = perovskites(data), oxides(data)
    return [
        _lengths(small, rows=20, again=200),
        _lengths(large, rows=2, again=60),
        _angles(small, rows=20, again=100),
        _angles(large, rows=2, again=60),
        _list(small, rows=40, again=50),
        _list(large, rows=5, again=20),
    ]


def _lengths(crystals: Crystals, rows: int, again: int) -> Comparison:
    rule = MinimumDistanceNN(tol=0.1)

    def theirs(structure: Structure) -> list[float]:
        found = [rule.get_nn_info(structure, site) for site in range(len(structure))]
        lengths = [neighbour["site"].nn_distance for site in found for neighbour in site]
        numbers = [len(site) for site in found]
        return [*_moments(lengths), *_moments(numbers)]

    def ours(batch: CrystalBatch) -> NDArray[np.float64]:
        return bond_lengths.values(batch, minimum_distance_neighbours(batch)).values

    return Comparison(
        f"coordination, bond lengths, {crystals.name}",
        bar=200,
        today=crystals.today(theirs),
        ours=crystals.ours(ours),
        materials=len(crystals),
        rows=rows,
        again=again,
        checked=2 * rows,
        tolerance=1e-9,
    )


def _moments(values: list[float] | list[int]) -> list[float]:
    return [float(np.mean(values)), float(np.var(values)), float(min(values)), float(max(values))]


def _angles(crystals: Crystals, rows: int, again: int) -> Comparison:
    featurizer = AverageBondAngle(MinimumDistanceNN(tol=0.1))

    def theirs(structure: Structure) -> list[float]:
        with warnings.catch_warnings():  # of a site with one bond, which has no angle
            warnings.simplefilter("ignore", RuntimeWarning)
            angles = [featurizer.featurize(structure, site)[0] for site in range(len(structure))]
            return [float(np.degrees(np.nanmean(angles)))]

    def ours(batch: CrystalBatch) -> NDArray[np.float64]:
        return bond_angles.values(batch, minimum_distance_neighbours(batch)).values[:, 4:]

    return Comparison(
        f"bond angles, {crystals.name}",
        bar=150,
        today=crystals.today(theirs),
        ours=crystals.ours(ours),
        materials=len(crystals),
        rows=rows,
        again=again,
        checked=2 * rows,
        tolerance=1e-7,  # near 180° matminer's arc cosine is good to some 1e-8 only
    )


def _list(crystals: Crystals, rows: int, again: int) -> Comparison:
    def theirs(structure: Structure) -> list[float]:
        return [sum(n.nn_distance for site in structure.get_all_neighbors(6.0) for n in site)]

    def ours(batch: CrystalBatch) -> NDArray[np.float64]:
        neighbours = neighbours_within(batch, 6.0)
        return np.add.reduceat(neighbours.distance, neighbours.starts[batch.offsets[:-1]])[:, None]

    return Comparison(
        f"neighbours to 6 Å, {crystals.name}",
        bar=None,
        today=crystals.today(theirs),
        ours=crystals.ours(ours),
        materials=len(crystals),
        rows=rows,
        again=again,
        checked=2 * rows,
        tolerance=1e-9,
    )
