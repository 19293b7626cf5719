"""The block a word names: one of this project's, of a plug-in file in use, or one of matminer's featurizers."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from matsluice.infra.mistakes import InvalidInput, unknown_word
from matsluice.tasks.features.block_parameters import read_parameters, split_word
from matsluice.tasks.features.block_spec import BlockSpec
from matsluice.tasks.features.blocks import BLOCKS
from matsluice.tasks.features.plugins import PluginFile, check_plugin, plugin_blocks

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
