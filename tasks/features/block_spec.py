"""A block before it is made."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, cast

from matsluice.tasks.features.block_parameters import BlockParameter, Value
from matsluice.tasks.material.key_columns import CELL_KEY, KEY_COLUMNS
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
    code : str
        Of a plug-in's block, the digest of its file: part of the key its values are stored under.
    cell_invariant : bool
        Whether a block of structures promises the values of the infinite crystal, the same for every cell it is
        written in. Without that promise they are kept for each cell by itself.
    prompt : bool
        Whether every composition costs it microseconds and next to no memory, so that where candidates are screened or
        requests answered it needs no process that can be killed.
    extra : str
        The optional dependency group it needs, or "".
    libraries : tuple of str
        Distributions that its values come from, besides those that every block has.
    """

    name: str
    version: int
    needs: Needs
    maker: str
    summary: str
    parameters: tuple[BlockParameter, ...] = ()
    chosen: tuple[tuple[str, Value], ...] = ()
    fixed: tuple[tuple[str, Value], ...] = ()
    code: str = ""
    cell_invariant: bool = False
    prompt: bool = False
    extra: str = ""
    libraries: tuple[str, ...] = ()

    @property
    def word(self) -> str:
        """What a campaign file says for this block with these parameters."""
        given = ", ".join(f"{name}={value}" for name, value in self.chosen)
        return f"{self.name}({given})" if given else self.name

    @property
    def key_column(self) -> str:
        """The column of a table of materials with the keys under which its values are stored."""
        if self.needs == "structure" and not self.cell_invariant:
            return CELL_KEY
        return KEY_COLUMNS[self.needs]

    @property
    def needs_child(self) -> bool:
        """Whether it is to be computed in a process that can be killed; a plug-in's promise is not relied on."""
        return not self.prompt or self.needs != "composition" or bool(self.code)

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
