"""Squared distances of many columns or points at once, for the kernels that look for near rows."""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba.core import types

from matsluice.models.boxed_points import DIRECTIONS, LANES, LEADING
from matsluice.models.lanes import DOUBLE, FLOAT, INT32, INT64, Lanes, in_kernels

# Columns of two rows that are compared at once, four beside one another.
COLUMNS = 32
_BESIDE = 4


@in_kernels
def square_of_columns(typing: Any, X: Any, here: Any, rows: Any, there: Any) -> Any:
    """Return the squared distance, in float64, of COLUMNS numbers of two float32 arrays, from a place in each on."""

    def build(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        lanes = Lanes(context, builder, _BESIDE)
        mine, others = (lanes.address(signature.args[k], given[k], given[k + 1]) for k in (0, 2))
        squares = lanes.constant(DOUBLE, 0.0)
        for first in range(0, COLUMNS, _BESIDE):
            one, other = (
                builder.fpext(lanes.load(row, FLOAT, first), lanes.vector(DOUBLE)) for row in (mine, others)
            )
            apart = builder.fsub(one, other)
            squares = builder.fadd(squares, builder.fmul(apart, apart))
        parts = [builder.extract_element(squares, ir.Constant(INT32, k)) for k in range(_BESIDE)]
        return builder.fadd(builder.fadd(parts[0], parts[1]), builder.fadd(parts[2], parts[3]))

    return types.float64(X, types.int64, rows, types.int64), build


def _points_within(directions: int) -> Any:
    """Return a function that tells which points of a box are near, by so many directions."""

    @in_kernels
    def points_within(typing: Any, inside: Any, box: Any, seen: Any, new: Any, most: Any) -> Any:
        def build(context: Any, builder: Any, signature: Any, given: Any) -> Any:
            lanes = Lanes(context, builder, LANES)
            points = _row(lanes, signature, given, 0, DIRECTIONS * LANES)
            here = _row(lanes, signature, given, 2, DIRECTIONS)
            squares = lanes.constant(FLOAT, 0.0)
            for direction in range(directions):
                mine = lanes.filled(_number(builder, here, direction))
                apart = builder.fsub(lanes.load(points, FLOAT, direction * LANES), mine)
                squares = builder.fadd(squares, builder.fmul(apart, apart))
            near = builder.fcmp_unordered("<=", squares, lanes.filled(given[4]))
            return builder.zext(builder.bitcast(near, ir.IntType(LANES)), INT32)

        return types.uint32(inside, types.int64, seen, types.int64, types.float32), build

    return points_within


# (inside, box, seen, new, most): a bit for each point of a box that is not known to be farther from a new row, as it is
# `seen` in the directions, than the root of `most`; what is not a number is near.
points_near, points_near_in_all = _points_within(LEADING), _points_within(DIRECTIONS)


@in_kernels
def set_box_squares(
    typing: Any,
    corners: Any,
    group: Any,
    seen: Any,
    new: Any,
    squares: Any,
    first: Any,
) -> Any:
    """Set the squared distances, by the first directions, from a new row to the boxes of a group, from `first` on."""

    def build(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        lanes = Lanes(context, builder, LANES)
        low = _row(lanes, signature, given, 0, 2 * LEADING * LANES)
        here = _row(lanes, signature, given, 2, DIRECTIONS)
        nothing = lanes.constant(FLOAT, 0.0)
        total = nothing
        for direction in range(LEADING):
            mine = lanes.filled(_number(builder, here, direction))
            below = lanes.load(low, FLOAT, direction * LANES)
            above = lanes.load(low, FLOAT, (LEADING + direction) * LANES)
            for apart in (builder.fsub(below, mine), builder.fsub(mine, above)):
                # Of the two at most one is above 0. What is not a number stays so.
                beyond = builder.select(builder.fcmp_ordered("<=", apart, nothing), nothing, apart)
                total = builder.fadd(total, builder.fmul(beyond, beyond))
        lanes.store(total, lanes.address(signature.args[4], given[4], given[5]), FLOAT)
        return context.get_dummy_value()

    return types.void(corners, types.int64, seen, types.int64, squares, types.int64), build


def _row(lanes: Lanes, signature: Any, given: Any, which: int, numbers: int) -> Any:
    """Return where a row of so many numbers begins, in the argument behind which its place stands."""
    place = lanes.builder.mul(given[which + 1], ir.Constant(INT64, numbers))
    return lanes.address(signature.args[which], given[which], place)


def _number(builder: Any, address: Any, place: int) -> Any:
    return builder.load(builder.gep(address, [ir.Constant(INT64, place)]))
