"""The blocks there are. To add one: a module with a maker, an entry here; the contract test says the rest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, Literal, cast

from matsluice.infra.mistakes import InvalidInput, unknown_word

if TYPE_CHECKING:
    from matsluice.tasks.features.block import Block

Needs = Literal["composition", "structure", "electronic"]


@dataclass(frozen=True, slots=True)
class BlockSpec:
    """A block before it is made.

    Attributes
    ----------
    name : str
        What the campaign file calls it, and the prefix of its columns.
    version : int
        Raised whenever a value changes: part of the key under which values are stored.
    needs : {"composition", "structure", "electronic"}
        What of a material it is computed from.
    maker : str
        "module:attribute" of a function without arguments that returns the `Block`.
    summary : str
        One phrase for a list of blocks.
    """

    name: str
    version: int
    needs: Needs
    maker: str
    summary: str

    def make(self) -> Block:
        """Return the block, its tables loaded.

        Raises
        ------
        Failed
            When the tables it needs are not installed.
        """
        module, _, attribute = self.maker.partition(":")
        return cast("Block", getattr(import_module(module), attribute)())


BLOCKS: Final[Mapping[str, BlockSpec]] = MappingProxyType(
    {
        spec.name: spec
        for spec in (
            BlockSpec(
                "composition.elemental",
                1,
                "composition",
                "matsluice.tasks.features.elemental:make",
                "mean, variance and extremes of the elements' tabulated properties",
            ),
            BlockSpec(
                "composition.magpie",
                1,
                "composition",
                "matsluice.tasks.features.magpie:make",
                "the 132 Magpie statistics of elemental properties, as matminer's magpie preset",
            ),
            BlockSpec(
                "composition.stoichiometry",
                1,
                "composition",
                "matsluice.tasks.features.stoichiometry:make",
                "p-norms of the atomic fractions: how many elements, and how evenly shared",
            ),
            BlockSpec(
                "composition.valence",
                1,
                "composition",
                "matsluice.tasks.features.valence:make",
                "mean number and share of s, p, d and f valence electrons",
            ),
            BlockSpec(
                "composition.fractions",
                1,
                "composition",
                "matsluice.tasks.features.fractions:make",
                "atomic fraction of each of the 118 elements",
            ),
        )
    }
)


def find_block(name: str) -> BlockSpec:
    """Return the block of this name.

    Raises
    ------
    InvalidInput
        With the nearest name and all that are allowed.

    Examples
    --------
    >>> find_block("composition.magpie").version
    1
    """
    if name not in BLOCKS:
        raise InvalidInput(unknown_word("block", name, BLOCKS))
    return BLOCKS[name]


def chosen_blocks(names: Sequence[str]) -> list[BlockSpec]:
    """Return the blocks a person asks for.

    Raises
    ------
    InvalidInput
        For an unknown block, none at all, or one that is named twice.
    """
    if not names:
        raise InvalidInput("no block is named: give at least one, such as composition.magpie")
    if len(set(names)) < len(names):
        raise InvalidInput(f"a block is named twice: {', '.join(names)}")
    return [find_block(name) for name in names]
