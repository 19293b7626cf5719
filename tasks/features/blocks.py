"""The blocks there are. To add one: a module with a maker, an entry here; the contract test says the rest."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib import import_module
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, cast

from matsluice.infra.mistakes import InvalidInput, unknown_word
from matsluice.tasks.features.block_parameters import (
    BlockParameter,
    Value,
    read_parameters,
    split_word,
)
from matsluice.tasks.material.materials import Needs

if TYPE_CHECKING:
    from matsluice.tasks.features.block import Block


@dataclass(frozen=True, slots=True)
class BlockSpec:
    """A block before it is made, with the parameters chosen for it.

    Attributes
    ----------
    name : str
        What the campaign file calls it, and the prefix of its columns.
    version : int
        Raised whenever a value changes: part of the key under which values are stored.
    needs : {"composition", "structure", "electronic"}
        What of a material it is computed from.
    maker : str
        "module:attribute" of a function that takes the parameters by name and returns the `Block`.
    summary : str
        One phrase for a list of blocks.
    parameters : tuple of BlockParameter
        What a person may choose.
    chosen : mapping of str to value
        What was chosen, where it differs from the default.
    fixed : mapping of str to value
        Arguments of the maker that are no choice.
    """

    name: str
    version: int
    needs: Needs
    maker: str
    summary: str
    parameters: tuple[BlockParameter, ...] = ()
    chosen: tuple[tuple[str, Value], ...] = ()
    fixed: tuple[tuple[str, Value], ...] = ()

    @property
    def word(self) -> str:
        """What a campaign file says for this block with these parameters."""
        given = ", ".join(f"{name}={value}" for name, value in self.chosen)
        return f"{self.name}({given})" if given else self.name

    @property
    def values(self) -> dict[str, Value]:
        """Every parameter's value."""
        return {parameter.name: parameter.default for parameter in self.parameters} | dict(self.chosen)

    def make(self) -> Block:
        """Return the block, its tables loaded.

        Raises
        ------
        Failed
            When the tables it needs are not installed.
        """
        module, _, attribute = self.maker.partition(":")
        return cast("Block", getattr(import_module(module), attribute)(**dict(self.fixed + self.chosen)))


BLOCKS: Final[Mapping[str, BlockSpec]] = MappingProxyType(
    {
        spec.name: spec
        for spec in (
            BlockSpec(
                "composition.elemental",
                1,
                "composition",
                "matsluice.tasks.features.composition.elemental:make",
                "mean, variance and extremes of the elements' tabulated properties",
            ),
            BlockSpec(
                "composition.magpie",
                1,
                "composition",
                "matsluice.tasks.features.composition.magpie:make",
                "the 132 Magpie statistics of elemental properties, as matminer's magpie preset",
            ),
            BlockSpec(
                "composition.stoichiometry",
                1,
                "composition",
                "matsluice.tasks.features.composition.stoichiometry:make",
                "p-norms of the atomic fractions: how many elements, and how evenly shared",
            ),
            BlockSpec(
                "composition.valence",
                1,
                "composition",
                "matsluice.tasks.features.composition.valence:make",
                "mean number and share of s, p, d and f valence electrons",
            ),
            BlockSpec(
                "composition.fractions",
                1,
                "composition",
                "matsluice.tasks.features.composition.fractions:make",
                "atomic fraction of each of the 118 elements",
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
    return BlockSpec(name, 1, needs, maker, f"matminer's {featurizer}", fixed=(("featurizer", featurizer),))


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
    spec = matminer_block(name) if name.startswith(MATMINER_PREFIX) else BLOCKS.get(name)
    if spec is None:
        raise InvalidInput(unknown_word("block", name, BLOCKS))
    chosen = read_parameters(name, spec.parameters, given)
    return replace(spec, chosen=tuple(chosen.items())) if chosen else spec


def check_needs(specs: Sequence[BlockSpec], given: Collection[Needs], where: str) -> None:
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
            possible = ", ".join(name for name, other in BLOCKS.items() if other.needs in given)
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
