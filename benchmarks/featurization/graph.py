"""Quotient graph and its four indices, against pymatgen's StructureGraph with networkx."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import networkx as nx
import numpy as np
from featurization.crystals import Crystals, oxides, perovskites
from numpy.typing import NDArray
from paired import Comparison
from pymatgen.analysis.local_env import MinimumDistanceNN
from pymatgen.core import Structure
from pymatgen.core.graphs import StructureGraph

from matsluice.tasks.features.graph.bonds import bonds_of
from matsluice.tasks.features.graph.reduction import primitive_cells
from matsluice.tasks.features.graph.topology import make, quotient_values
from matsluice.tasks.material import CrystalBatch

# Of the columns: Wiener, Randić, mean clustering, mean and maximum betweenness.
_INDICES = [0, 1, 2, 5, 6]


def comparisons(data: Path) -> list[Comparison]:
    """Return the comparisons, for small and for large cells."""
    small, large = _primitive_ones(perovskites(data)), _primitive_ones(oxides(data))
    return [
        _comparison("graph and four indices", 80, small, _indices, rows=20, again=150),
        _comparison("the same with reduction", 15, small, _with_reduction, rows=20, again=40),
        _comparison("all of graph.topology", None, small, _whole_block, rows=20, again=20),
        _comparison("graph and four indices", 80, large, _indices, rows=2, again=50),
        _comparison("the same with reduction", 15, large, _with_reduction, rows=2, again=30),
        _comparison("all of graph.topology", None, large, _whole_block, rows=2, again=30),
    ]


def _primitive_ones(crystals: Crystals) -> Crystals:
    # Where a cell is not primitive, its quotient graph is not the crystal's, and the two sides differ.
    reduced = primitive_cells(crystals.batch)
    return crystals.take(np.flatnonzero(reduced.site_counts == crystals.batch.site_counts))


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


def _indices(batch: CrystalBatch) -> NDArray[np.float64]:
    return quotient_values(batch, bonds_of(batch))[:, _INDICES]


def _with_reduction(batch: CrystalBatch) -> NDArray[np.float64]:
    return _indices(primitive_cells(batch))


def _whole_block(batch: CrystalBatch) -> NDArray[np.float64]:
    """Return the same of all columns: reduction and infinite graph are among them."""
    return make().compute(batch).values[:, _INDICES]


def _comparison(
    work: str,
    bar: float | None,
    crystals: Crystals,
    ours: Callable[[CrystalBatch], NDArray[np.float64]],
    rows: int,
    again: int,
) -> Comparison:
    return Comparison(
        f"{work}, {crystals.name}",
        bar=bar,
        today=crystals.today(_networkx),
        ours=crystals.ours(ours),
        materials=len(crystals),
        rows=rows,
        again=again,
        checked=min(3 * rows, len(crystals)),
        tolerance=1e-9,
    )
