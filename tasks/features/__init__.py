"""Blocks: named, versioned groups of features, each from a batch of materials to an array."""

from matsluice.tasks.features.block import Block, Column, FeatureValues
from matsluice.tasks.features.block_spec import BlockSpec
from matsluice.tasks.features.blocks import BLOCKS
from matsluice.tasks.features.known_blocks import find_block
from matsluice.tasks.features.table import featurize

__all__ = ["BLOCKS", "Block", "BlockSpec", "Column", "FeatureValues", "featurize", "find_block"]
