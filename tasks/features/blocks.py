"""The blocks there are. To add one: a module with a maker, an entry here; the contract test says the rest."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from matsluice.tasks.features.block_parameters import BlockParameter
from matsluice.tasks.features.block_spec import BlockSpec

_FEATURES: Final = "matsluice.tasks.features"

BLOCKS: Final[Mapping[str, BlockSpec]] = MappingProxyType(
    {
        spec.name: spec
        for spec in (
            BlockSpec(
                "composition.elemental",
                1,
                "composition",
                f"{_FEATURES}.composition.elemental:make",
                "mean, variance and extremes of the elements' tabulated properties",
                prompt=True,
            ),
            BlockSpec(
                "composition.magpie",
                1,
                "composition",
                f"{_FEATURES}.composition.magpie:make",
                "the 132 Magpie statistics of elemental properties, as matminer's magpie preset",
                prompt=True,
            ),
            BlockSpec(
                "composition.stoichiometry",
                1,
                "composition",
                f"{_FEATURES}.composition.stoichiometry:make",
                "p-norms of the atomic fractions: how many elements, and how evenly shared",
                prompt=True,
            ),
            BlockSpec(
                "composition.valence",
                1,
                "composition",
                f"{_FEATURES}.composition.valence:make",
                "mean number and share of s, p, d and f valence electrons",
                prompt=True,
            ),
            BlockSpec(
                "composition.fractions",
                1,
                "composition",
                f"{_FEATURES}.composition.fractions:make",
                "atomic fraction of each of the 118 elements",
                prompt=True,
            ),
            BlockSpec(
                "composition.oxidation",
                1,
                "composition",
                f"{_FEATURES}.composition.oxidation:make",
                "statistics of the most likely oxidation states that balance the charges",
            ),
            BlockSpec(
                "composition.charge_balance",
                1,
                "composition",
                f"{_FEATURES}.composition.charge_balance:make",
                "electrons counted: odd or even, given and taken, and charges of common oxidation states",
            ),
            BlockSpec(
                "composition.embedding",
                1,
                "composition",
                f"{_FEATURES}.composition.embedding:make",
                "mean of element vectors learned from texts, crystals or networks, such as mat2vec",
                (
                    BlockParameter(
                        "vectors",
                        "mat2vec",
                        "which element vectors",
                        ("mat2vec", "matscholar", "megnet16", "skipatom", "cgnf"),
                    ),
                ),
            ),
            BlockSpec(
                "structure.geometry",
                1,
                "structure",
                f"{_FEATURES}.structure.geometry:make",
                "density, packing fraction, volume per atom and shape of the lattice",
                cell_invariant=True,
            ),
            BlockSpec(
                "structure.bonding",
                1,
                "structure",
                f"{_FEATURES}.structure.bonding:make",
                "bond lengths, angles, coordination by three rules, and bond-valence sums",
                cell_invariant=True,
            ),
            BlockSpec(
                "structure.symmetry",
                1,
                "structure",
                f"{_FEATURES}.structure.symmetry:make",
                "space group, crystal system, numbers of symmetry operations and of distinct sites",
                (BlockParameter("symprec", 0.01, "Å within which atoms coincide", least=1e-5, largest=0.1),),
                cell_invariant=True,
            ),
            BlockSpec(
                "structure.radial",
                1,
                "structure",
                f"{_FEATURES}.structure.radial:make",
                "radial distribution function, whole and by pairs of elements",
                (
                    BlockParameter("cutoff", 10.0, "Å, the largest distance", least=2, largest=20),
                    BlockParameter(
                        "elements",
                        "",
                        "symbols with dashes between, such as Al-Ga-O, whose pairs are told apart",
                    ),
                    BlockParameter("step", 0.5, "Å between two points of the grid", least=0.1, largest=1),
                ),
                cell_invariant=True,
            ),
            BlockSpec(
                "structure.electrostatic",
                1,
                "structure",
                f"{_FEATURES}.structure.electrostatic:make",
                "Ewald energy with guessed charges, and statistics of the Coulomb matrix",
                cell_invariant=True,
            ),
            BlockSpec(
                "structure.embedding",
                1,
                "structure",
                f"{_FEATURES}.structure.embedding:make",
                "energy and statistics of the atoms' vectors by CHGNet, a universal potential",
                (
                    BlockParameter("potential", "chgnet", "which potential", ("chgnet", "chgnet-r2scan")),
                    BlockParameter(
                        "elements",
                        "",
                        "symbols with dashes between, such as Al-Ga-O, whose atoms are told apart too",
                    ),
                ),
                # Not cell_invariant: CHGNet computes in single precision, and other cells differ in its sixth digit.
                extra="potentials",
                libraries=("chgnet", "torch"),
            ),
            BlockSpec(
                "graph.topology",
                1,
                "structure",
                f"{_FEATURES}.graph.topology:make",
                "Wiener and Randić index, clustering, betweenness, shells and dimension of the bond network",
                (
                    BlockParameter(
                        "bonding",
                        "minimum_distance",
                        "which atoms are bonded",
                        ("minimum_distance", "crystal_nn", "voronoi"),
                    ),
                    BlockParameter("shells", 5, "length of the coordination sequence", least=2, largest=10),
                ),
                cell_invariant=True,
            ),
            BlockSpec(
                "electronic.bands",
                1,
                "electronic",
                f"{_FEATURES}.electronic.bands:make",
                "band gap and its kind, edges, effective masses of electrons and holes",
                (
                    BlockParameter(
                        "window",
                        0.25,
                        "eV from the edge within which a mass is fitted",
                        least=0.01,
                        largest=2,
                    ),
                    BlockParameter(
                        "least_r2", 0.99, "R² below which a fit gives no mass", least=0, largest=1
                    ),
                    BlockParameter(
                        "degeneracy", 0.005, "eV within which bands meet at an edge", least=0, largest=0.1
                    ),
                ),
            ),
            BlockSpec(
                "electronic.dos",
                1,
                "electronic",
                f"{_FEATURES}.electronic.dos:make",
                "density of states at the Fermi energy, band centres, widths and characters",
                (
                    BlockParameter(
                        "smearing", 0.05, "eV, σ of the Gaussian at the Fermi energy", least=0, largest=1
                    ),
                    BlockParameter(
                        "depth",
                        10.0,
                        "eV below the Fermi energy that count as the bands",
                        least=0.5,
                        largest=100,
                    ),
                    BlockParameter(
                        "edge", 0.5, "eV from an edge that count as the edge", least=0.05, largest=5
                    ),
                    BlockParameter("empty", 0.001, "states/eV/atom that count as none", least=0, largest=0.1),
                ),
            ),
            BlockSpec(
                "electronic.surface",
                1,
                "electronic",
                f"{_FEATURES}.electronic.surface:make",
                "work function, vacuum level and the plateau they are read from",
                (
                    BlockParameter(
                        "spread", 0.05, "eV that the potential may vary in a plateau", least=1e-4, largest=1
                    ),
                    BlockParameter("width", 2.0, "Å, least width of a plateau", least=0.5, largest=50),
                ),
            ),
        )
    }
)
