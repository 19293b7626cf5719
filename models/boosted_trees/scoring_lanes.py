"""What is asked of 32 rows at once, for the kernel that adds up trees."""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba.core import types

from matsluice.models.boosted_trees.leaf_masks import LEAVES
from matsluice.models.lanes import FLOAT, INT32, INT64, Lanes, in_kernels

# Rows looked at together. A question costs some instructions however many rows there are; more rows would find their
# numbers in a slower cache.
ROWS = 32
# float32: bits behind the exponent, and what is added to it.
_FRACTION, _BIAS = 23, 127


@in_kernels
def rule_out(typing: Any, left: Any, word: Any, values: Any, feature: Any, threshold: Any, mask: Any) -> Any:
    """Keep of the leaves left, (words, ROWS) uint32, those of a mask where a value (features, ROWS) is not below."""

    def build(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        lanes = Lanes(context, builder, ROWS)
        place = _row(lanes, signature, given, 0, given[1])
        below = _below(lanes, signature, given)
        kept = builder.select(below, lanes.constant(INT32, 0xFFFFFFFF), lanes.filled(given[5]))
        lanes.store(builder.and_(lanes.load(place, INT32), kept), place, INT32)
        return context.get_dummy_value()

    return types.void(left, types.int64, values, types.int64, types.float32, types.uint32), build


@in_kernels
def set_leaf(typing: Any, left: Any, word: Any, values: Any, feature: Any, threshold: Any, leaf: Any) -> Any:
    """Set which leaf of a tree each row is in, (ROWS,) int32: on its side of the root the first that is left."""

    def build(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        lanes = Lanes(context, builder, ROWS)
        sides = _row(lanes, signature, given, 0, given[1])
        below = _below(lanes, signature, given)
        bits = builder.select(below, lanes.load(sides, INT32), lanes.load(sides, INT32, ROWS))
        lowest = builder.and_(bits, builder.sub(lanes.constant(INT32, 0), bits))
        # A power of two as float32 has its place in the exponent; that of the last bit is negative.
        as_float = builder.bitcast(builder.sitofp(lowest, lanes.vector(FLOAT)), lanes.vector(INT32))
        exponent = builder.and_(
            builder.lshr(as_float, lanes.constant(INT32, _FRACTION)), lanes.constant(INT32, 255)
        )
        side = builder.select(below, lanes.constant(INT32, -_BIAS), lanes.constant(INT32, LEAVES - _BIAS))
        place = lanes.address(signature.args[5], given[5], ir.Constant(INT64, 0))
        lanes.store(builder.add(exponent, side), place, INT32)
        return context.get_dummy_value()

    return types.void(left, types.int64, values, types.int64, types.float32, leaf), build


def _below(lanes: Lanes, signature: Any, given: Any) -> Any:
    """Return of each row whether its value, in the row `given[3]` of `given[2]`, is below the threshold `given[4]`."""
    values = lanes.load(_row(lanes, signature, given, 2, given[3]), FLOAT)
    return lanes.builder.fcmp_ordered("<", values, lanes.filled(given[4]))


def _row(lanes: Lanes, signature: Any, given: Any, which: int, row: Any) -> Any:
    """Return where a row of an array with ROWS columns begins."""
    place = lanes.builder.mul(row, ir.Constant(INT64, ROWS))
    return lanes.address(signature.args[which], given[which], place)
