"""The blocks there are. To add one: a module with a maker, an entry here; the contract test says the rest."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Final

from matsluice.infra.mistakes import InvalidInput, unknown_word
from matsluice.tasks.features.block_parameters import BlockParameter, read_parameters, split_word
from matsluice.tasks.features.block_spec import BlockSpec
from matsluice.tasks.features.plugins import PluginFile, check_plugin, plugin_blocks

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
            ),
            BlockSpec(
                "composition.magpie",
                1,
                "composition",
                f"{_FEATURES}.composition.magpie:make",
                "the 132 Magpie statistics of elemental properties, as matminer's magpie preset",
            ),
            BlockSpec(
                "composition.stoichiometry",
                1,
                "composition",
                f"{_FEATURES}.composition.stoichiometry:make",
                "p-norms of the atomic fractions: how many elements, and how evenly shared",
            ),
            BlockSpec(
                "composition.valence",
                1,
                "composition",
                f"{_FEATURES}.composition.valence:make",
                "mean number and share of s, p, d and f valence electrons",
            ),
            BlockSpec(
                "composition.fractions",
                1,
                "composition",
                f"{_FEATURES}.composition.fractions:make",
                "atomic fraction of each of the 118 elements",
            ),
            BlockSpec(
                "composition.oxidation",
                1,
                "composition",
                f"{_FEATURES}.composition.oxidation:make",
                "statistics of the most likely oxidation states that balance the charges",
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

MATMINER_PREFIX: Final = "matminer."


def matminer_block(name: str) -> BlockSpec:
    """Return the block that wraps one of matminer's featurizers, "matminer.<Featurizer>".

    Raises
    ------
    InvalidInput
        matminer has no such featurizer, or it cannot be used as it is.
    """
    from matsluice.tasks.features.matminer_bridge.featurizers import FEATURIZERS

    featurizer = name.removeprefix(MATMINER_PREFIX)
    if featurizer not in FEATURIZERS:
        raise InvalidInput(unknown_word("matminer featurizer", featurizer, FEATURIZERS))
    needs = FEATURIZERS[featurizer].needs
    maker = "matsluice.tasks.features.matminer_bridge.bridge:make"
    return BlockSpec(
        name,
        1,
        needs,
        maker,
        f"matminer's {featurizer}",
        # Not cell_invariant: some of them sum over the cell, or look at it, and matminer does not say which.
        fixed=(("featurizer", featurizer),),
    )


# Blocks of plug-in files in use in this process. Whoever hands work to another process hands the files with it.
_from_plugins: dict[str, BlockSpec] = {}


def use_plugins(plugins: Iterable[PluginFile]) -> None:
    """Make the blocks of these plug-in files, and of no others, known in this process.

    Raises
    ------
    InvalidInput
        A file cannot be used, or a name is taken: with the file and the line.
    """
    files = list(plugins)
    _from_plugins.clear()
    for plugin in files:
        check_plugin(plugin, iter(known_blocks()))
        add_plugins([plugin])


def add_plugins(plugins: Iterable[PluginFile]) -> None:
    """Make the blocks of plug-in files known that another process has checked."""
    for plugin in plugins:
        _from_plugins.update({spec.name: spec for spec in plugin_blocks(plugin)})


def known_blocks() -> Mapping[str, BlockSpec]:
    """Return the blocks of this project and of the plug-ins in use, by name."""
    return {**BLOCKS, **_from_plugins}


def find_block(word: str) -> BlockSpec:
    """Return the block a word names, with the parameters it gives.

    Raises
    ------
    InvalidInput
        With the nearest name and all that are allowed.

    Examples
    --------
    >>> find_block("composition.magpie").version
    1
    >>> find_block("graph.topology( bonding=crystal_nn )").word
    'graph.topology(bonding=crystal_nn)'
    """
    name, given = split_word(word)
    spec = matminer_block(name) if name.startswith(MATMINER_PREFIX) else known_blocks().get(name)
    if spec is None:
        raise InvalidInput(unknown_word("block", name, known_blocks()))
    chosen = read_parameters(name, spec.parameters, given)
    return replace(spec, chosen=tuple(chosen.items())) if chosen else spec


def check_needs(specs: Sequence[BlockSpec], given: Collection[str], where: str) -> None:
    """Raise InvalidInput for a block that needs what is not given.

    Parameters
    ----------
    specs
        The blocks.
    given
        What is known of the materials.
    where
        What they come from, for the sentence.
    """
    for spec in specs:
        if spec.needs not in given:
            possible = ", ".join(name for name, other in known_blocks().items() if other.needs in given)
            raise InvalidInput(
                f"block {spec.name} needs {spec.needs}, and {where} gives {' and '.join(sorted(given))} only; "
                f"possible: {possible}"
            )


def chosen_blocks(words: Sequence[str]) -> list[BlockSpec]:
    """Return the blocks a person asks for.

    Raises
    ------
    InvalidInput
        For an unknown block, none at all, or one that is named twice.
    """
    if not words:
        raise InvalidInput("no block is named: give at least one, such as composition.magpie")
    specs = [find_block(word) for word in words]
    names = [spec.name for spec in specs]
    if len(set(names)) < len(names):
        raise InvalidInput(f"a block is named twice: {', '.join(names)}")
    return specs
