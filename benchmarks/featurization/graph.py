"""Quotient graph and its four indices, against pymatgen's StructureGraph with networkx."""

from __future__ import annotations

from pathlib import Path

import networkx as nx
import numpy as np
from featurization.crystals import Crystals, nomad_oxides, perovskites
from numpy.typing import NDArray
from paired import Comparison, Side
from pymatgen.analysis.local_env import MinimumDistanceNN
from pymatgen.core import Structure
from pymatgen.core.graphs import StructureGraph

from matsluice.tasks.features.graph.bonds import bonds_of
from matsluice.tasks.features.graph.reduction import primitive_cells
from matsluice.tasks.features.graph.topology import make, quotient_values

# Of the columns: Wiener, Randić, mean clustering, mean and maximum betweenness.
_INDICES = [0, 1, 2, 5, 6]


def comparisons(data: Path) -> list[Comparison]:
    """Return the comparisons, for small and for large cells."""
    # Where a cell is not primitive, its quotient graph is not the crystal's, and the two sides differ.
    found = [_primitive_ones(crystals) for crystals in (perovskites(data), nomad_oxides(data))]
    return [
        comparison
        for crystals, rows, checked in zip(found, (10, 2), (30, 8), strict=True)
        for comparison in (
            _indices(crystals, rows, checked),
            _with_reduction(crystals, rows, checked),
            _whole_block(crystals, rows, checked),
        )
    ]


def _primitive_ones(crystals: Crystals) -> Crystals:
    reduced = primitive_cells(crystals.batch)
    rows = np.flatnonzero(reduced.site_counts == crystals.batch.site_counts)
    mean = crystals.batch.site_counts[rows].mean()
    return Crystals(
        f"{mean:.0f} atoms", [crystals.structures[row] for row in rows], crystals.batch.take(rows)
    )


def _networkx(structure: Structure) -> list[float]:
    bonded = StructureGraph.from_local_env_strategy(structure, MinimumDistanceNN(tol=0.1))
    graph = nx.Graph(bonded.graph)
    graph.remove_edges_from(list(nx.selfloop_edges(graph)))
    degree = dict(graph.degree)
    betweenness = list(nx.betweenness_centrality(graph, normalized=False).values())
    return [
        sum(sum(lengths.values()) for _, lengths in nx.all_pairs_shortest_path_length(graph)) / 2,
        sum((degree[one] * degree[two]) ** -0.5 for one, two in graph.edges),
        float(np.mean(list(nx.clustering(graph).values()))),
        float(np.mean(betweenness)),
        max(betweenness),
    ]


def _indices(crystals: Crystals, rows: int, checked: int) -> Comparison:
    def ours(start: int, stop: int) -> NDArray[np.float64]:
        batch = crystals.batch.slice(start, stop)
        return quotient_values(batch, bonds_of(batch))[:, _INDICES]

    return _comparison("quotient graph and four indices", 80, crystals, ours, rows, checked)


def _with_reduction(crystals: Crystals, rows: int, checked: int) -> Comparison:
    def ours(start: int, stop: int) -> NDArray[np.float64]:
        batch = primitive_cells(crystals.batch.slice(start, stop))
        return quotient_values(batch, bonds_of(batch))[:, _INDICES]

    return _comparison("the same from the primitive cell we find", 15, crystals, ours, rows, checked)


def _whole_block(crystals: Crystals, rows: int, checked: int) -> Comparison:
    """All columns of graph.topology, reduction and infinite graph among them, against the four indices."""

    def ours(start: int, stop: int) -> NDArray[np.float64]:
        return make().compute(crystals.batch.slice(start, stop)).values[:, _INDICES]

    return _comparison("all of graph.topology", 15, crystals, ours, rows, checked)


def _comparison(work: str, bar: float, crystals: Crystals, ours: Side, rows: int, checked: int) -> Comparison:
    def theirs(start: int, stop: int) -> NDArray[np.float64]:
        return np.array([_networkx(structure) for structure in crystals.structures[start:stop]])

    materials = len(crystals.batch)
    return Comparison(
        f"{work}, {crystals.name}", bar, theirs, ours, materials, rows, materials, checked, 1e-9
    )
