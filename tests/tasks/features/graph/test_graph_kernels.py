"""The compiled indices on any graph, against networkx and a plain search."""

from __future__ import annotations

from typing import Any

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pymatgen.analysis.local_env import MinimumDistanceNN
from pymatgen.analysis.prototypes import AFLOW_PROTOTYPE_LIBRARY
from pymatgen.core.graphs import StructureGraph
from pymatgen.core.structure import Structure

from matsluice.tasks.features.graph.bonds import bonds_of
from matsluice.tasks.features.graph.bonds_kernel import symmetrised
from matsluice.tasks.features.graph.infinite_kernel import dimensionalities, shell_means
from matsluice.tasks.features.graph.quotient_kernel import quotient_indices
from matsluice.tasks.features.graph.topology import quotient_values
from matsluice.tasks.material import crystals_from_structures

Bond = tuple[int, int, tuple[int, int, int]]
SITES = 7


@st.composite
def bond_lists(draw: st.DrawFn) -> list[Bond]:
    """One-way bonds between up to seven sites, none from an atom to itself."""
    site, step = st.integers(0, SITES - 1), st.integers(-1, 1)
    bond = st.tuples(site, site, st.tuples(step, step, step))
    drawn = draw(st.lists(bond, max_size=16, unique=True))
    return sorted(one for one in drawn if one[0] != one[1] or any(one[2]))


def graph_of(bonds: list[Bond]) -> tuple[Any, ...]:
    starts = np.searchsorted([one[0] for one in bonds], np.arange(SITES + 1)).astype(np.int64)
    neighbour = np.array([one[1] for one in bonds], dtype=np.int64)
    image = np.array([one[2] for one in bonds], dtype=np.int64).reshape(-1, 3)
    return tuple(symmetrised(starts, neighbour, image))


def expected_indices(graph: nx.Graph) -> list[float]:
    degree = dict(graph.degree)
    clustering = np.array(list(nx.clustering(graph).values()))
    betweenness = np.array(list(nx.betweenness_centrality(graph, normalized=False).values()))
    return [
        sum(sum(lengths.values()) for _, lengths in nx.all_pairs_shortest_path_length(graph)) / 2,
        sum((degree[one] * degree[two]) ** -0.5 for one, two in graph.edges),
        *(clustering.mean(), clustering.max(), clustering.std()),
        *(betweenness.mean(), betweenness.max(), betweenness.std()),
        nx.number_connected_components(graph),
    ]


@settings(max_examples=100)
@given(bonds=bond_lists())
def test_bonds_go_both_ways(bonds: list[Bond]) -> None:
    starts, neighbour, image = graph_of(bonds)
    sites = np.repeat(np.arange(SITES), np.diff(starts))
    found = list(zip(sites.tolist(), neighbour.tolist(), map(tuple, image.tolist()), strict=True))
    reversed_bonds = {(j, i, (-a, -b, -c)) for i, j, (a, b, c) in bonds}
    assert len(found) == len(set(found))
    assert set(found) == set(bonds) | reversed_bonds


@settings(max_examples=100)
@given(bonds=bond_lists())
def test_quotient_indices_equal_networkx(bonds: list[Bond]) -> None:
    graph = nx.Graph()
    graph.add_nodes_from(range(SITES))
    graph.add_edges_from((i, j) for i, j, _ in bonds if i != j)
    starts, neighbour, _ = graph_of(bonds)
    found = quotient_indices(np.array([0, SITES]), starts, neighbour)[0]
    assert found == pytest.approx(expected_indices(graph), rel=1e-12, abs=1e-12)


@settings(max_examples=50)
@given(bonds=bond_lists())
def test_shells_equal_a_plain_search(bonds: list[Bond]) -> None:
    starts, neighbour, image = graph_of(bonds)
    counts = np.zeros(3)
    for site in range(SITES):
        seen = last = {(site, 0, 0, 0)}
        for shell in range(3):
            last = {
                (int(neighbour[bond]), *(place + image[bond]).tolist())
                for node, *place in last
                for bond in range(starts[node], starts[node + 1])
            } - seen
            seen = seen | last
            counts[shell] += len(last)
    found = shell_means(np.array([0, SITES]), starts, neighbour, image, 3)[0]
    assert found == pytest.approx(counts / SITES, rel=1e-12)


@settings(max_examples=100)
@given(bonds=bond_lists())
def test_dimensionality_is_the_rank_of_the_closed_walks(bonds: list[Bond]) -> None:
    """A component of c sites with incidence matrix M: closed walks are M's kernel, and rank c - 1 is the rest.

    The rank of the rows (M, images) is c - 1 plus that of the translations.
    """
    starts, neighbour, image = graph_of(bonds)
    graph = nx.Graph()
    graph.add_nodes_from(range(SITES))
    graph.add_edges_from((i, j) for i, j, _ in bonds)
    ranks = []
    for component in nx.connected_components(graph):
        rows = [np.zeros(SITES + 3)]
        for i, j, translation in bonds:
            if i in component:
                row = np.zeros(SITES + 3)
                row[i] -= 1
                row[j] += 1
                row[SITES:] = translation
                rows.append(row)
        ranks.append(int(np.linalg.matrix_rank(np.array(rows))) - len(component) + 1)
    found = dimensionalities(np.array([0, SITES]), starts, neighbour, image)[0]
    assert found.tolist() == [min(ranks), max(ranks)]


def test_equal_to_pymatgen_and_networkx_on_prototypes() -> None:
    """The cells as they are: the quotient graph of any cell, not only of the primitive one."""
    prototypes = [entry["snl"].structure for entry in AFLOW_PROTOTYPE_LIBRARY]
    small = [Structure(one.lattice, one.species, one.frac_coords) for one in prototypes if len(one) <= 12][
        ::4
    ]
    assert len(small) > 20
    batch = crystals_from_structures(small)
    expected = []
    for structure in small:
        bonded = StructureGraph.from_local_env_strategy(structure, MinimumDistanceNN())
        graph = nx.Graph(bonded.graph)
        graph.remove_edges_from(list(nx.selfloop_edges(graph)))
        expected.append(expected_indices(graph))
    np.testing.assert_allclose(quotient_values(batch, bonds_of(batch)), expected, rtol=1e-12, atol=1e-12)
