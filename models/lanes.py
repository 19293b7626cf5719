"""Vectors in compiled code, where the compiler does not see for itself that many numbers may be treated at once.

Loops over arrays that might overlap, as far as LLVM knows, and sums that must keep their order it leaves as they are.
What is built here says the order itself, lane by lane, so that every machine gives the same bits; LLVM splits the
vectors into the registers that a machine has. Places are not checked: whoever calls knows how long the arrays are.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba.extending import intrinsic

INT32, INT64, FLOAT, DOUBLE = ir.IntType(32), ir.IntType(64), ir.FloatType(), ir.DoubleType()


def in_kernels(function: Callable[..., Any]) -> Any:
    """Return a function that compiled code may call, from one that gives its signature and writes its instructions.

    It is numba's `intrinsic`, without the types that numba gives it: those of what is decorated.
    """
    return intrinsic(function)


class Lanes:
    """Instructions for vectors of so many numbers.

    Parameters
    ----------
    context, builder
        Numba's, of the function that is compiled.
    count
        How many lanes.
    """

    def __init__(self, context: Any, builder: Any, count: int) -> None:
        self.context, self.builder, self.count = context, builder, count

    def vector(self, of: Any) -> Any:
        """Return the type of a vector."""
        return ir.VectorType(of, self.count)

    def constant(self, of: Any, value: float) -> Any:
        """Return a vector whose every lane is a constant."""
        return ir.Constant(self.vector(of), [value] * self.count)

    def filled(self, value: Any) -> Any:
        """Return a vector whose every lane is a value."""
        nothing = ir.Constant(self.vector(value.type), ir.Undefined)
        one = self.builder.insert_element(nothing, value, ir.Constant(INT32, 0))
        return self.builder.shuffle_vector(one, nothing, ir.Constant(self.vector(INT32), [0] * self.count))

    def address(self, array_type: Any, array: Any, place: Any) -> Any:
        """Return where the number at a place of a contiguous array stands."""
        return self.builder.gep(
            self.context.make_array(array_type)(self.context, self.builder, array).data, [place]
        )

    def load(self, address: Any, of: Any, first: int = 0) -> Any:
        """Return the vector that begins so many numbers behind an address."""
        return self.builder.load(self._pointer(address, of, first), align=4)

    def store(self, vector: Any, address: Any, of: Any) -> None:
        """Write a vector to an address."""
        self.builder.store(vector, self._pointer(address, of, 0), align=4)

    def _pointer(self, address: Any, of: Any, first: int) -> Any:
        begin = self.builder.gep(address, [ir.Constant(INT64, first)])
        return self.builder.bitcast(begin, self.vector(of).as_pointer())
