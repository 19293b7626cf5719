"""Formulas in bulk: the compiled reader for nearly all, the exact reader for the rest and the refusals."""

from __future__ import annotations

from dataclasses import dataclass
from math import isnan
from typing import TYPE_CHECKING

import numpy as np

from matsluice.tasks.material.batch import CompositionBatch, concatenate
from matsluice.tasks.material.canonical import TooFine, canonical_amounts
from matsluice.tasks.material.elements import SYMBOLS
from matsluice.tasks.material.grammar import read_formula
from matsluice.tasks.material.refusal import FormulaRefused, Refusal, quoted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["ParsedFormulas", "Refusal", "parse_formulas"]


@dataclass(frozen=True, slots=True, eq=False)
class ParsedFormulas:
    """What became of every formula.

    Attributes
    ----------
    batch : CompositionBatch
        The compositions that were read, in order.
    rows : (n,) int64
        The index of each of them among the formulas given.
    refused : list of Refusal
        The others, in order.
    """

    batch: CompositionBatch
    rows: NDArray[np.int64]
    refused: list[Refusal]


def parse_formulas(formulas: Sequence[str]) -> ParsedFormulas:
    """Read chemical formulas into canonical compositions.

    Understood: element symbols with decimal amounts, nested ``()``, ``[]`` and ``{}`` with multipliers,
    blanks around the formula and before its units, hydrates and mixtures with a middle dot or an asterisk
    (``CuSO4·5H2O``), a number in front of a part. An element named twice is summed, an element of amount
    zero is left out. Amounts are read exactly (see `canonical_amounts`).

    Parameters
    ----------
    formulas : sequence of str, length n
        None and NaN, as tables hold them, are refused as missing.

    Returns
    -------
    ParsedFormulas
        Every formula is in exactly one of ``rows`` and ``refused``.

    Examples
    --------
    >>> parsed = parse_formulas(["Fe2O3", "Xx2O3", "O0.6Fe0.4"])
    >>> parsed.rows, parsed.batch.amounts
    (array([0, 2]), array([3., 2., 3., 2.]))
    >>> print(parsed.refused[0].detail)
    "Xx2O3": "Xx" at position 1 is not an element
    """
    # Imported here, because numba takes half a second and only this function needs it.
    from matsluice.tasks.material.kernel import read_plain, symbol_table

    items = list(formulas)  # by place, whatever labels a table gives its rows
    texts = _plain_texts(items)
    starts = np.zeros(len(texts) + 1, dtype=np.int64)
    np.cumsum(np.fromiter(map(len, texts), dtype=np.int64, count=len(texts)), out=starts[1:])
    buffer = np.frombuffer(bytearray("".join(texts), "ascii"), dtype=np.uint8)
    read, offsets, atomic_numbers, amounts = read_plain(buffer, starts, symbol_table())
    batch, rows = CompositionBatch(offsets, atomic_numbers, amounts), np.flatnonzero(read)
    if len(rows) == len(texts):
        return ParsedFormulas(batch, rows, [])
    return _with_exact_reader(items, batch, rows, np.flatnonzero(~read))


def _plain_texts(formulas: list[str]) -> list[str]:
    """Return the formulas with those that are no ASCII text as "", which the compiled reader leaves alone."""
    try:
        # One pass in C tells whether all are text, and all ASCII.
        if "".join(formulas).isascii():
            return formulas
    except TypeError:
        pass
    return [text if isinstance(text, str) and text.isascii() else "" for text in formulas]


def _with_exact_reader(
    formulas: Sequence[object], batch: CompositionBatch, rows: NDArray[np.int64], left: NDArray[np.int64]
) -> ParsedFormulas:
    refused: list[Refusal] = []
    late_rows: list[int] = []
    late: list[dict[int, int]] = []
    for row in left.tolist():
        try:
            late.append(_read_exactly(formulas[row]))
            late_rows.append(row)
        except FormulaRefused as refusal:
            refused.append(Refusal(row, refusal.position, refusal.reason, refusal.detail))
    if late:
        rows = np.concatenate([rows, np.array(late_rows, dtype=np.int64)])
        order = np.argsort(rows)
        batch, rows = concatenate([batch, batch_of(late)]).take(order), rows[order]
    return ParsedFormulas(batch, rows, refused)


def _read_exactly(formula: object) -> dict[int, int]:
    if not isinstance(formula, str):
        raise _not_text(formula)
    try:
        return canonical_amounts(read_formula(formula))
    except TooFine as fine:
        symbol = SYMBOLS[fine.atomic_number]
        raise FormulaRefused(
            "amount too small",
            None,
            f"{quoted(formula)}: the amount of {symbol} is too small beside the others (below 5e-16 of "
            "all atoms); leave it out or write fewer digits",
        ) from None


def _not_text(formula: object) -> FormulaRefused:
    kind = type(formula).__name__
    if formula is None or kind in ("NAType", "NaTType") or (isinstance(formula, float) and isnan(formula)):
        return FormulaRefused("missing", None, "the formula is missing: the cell is empty")
    remedy = "; a reader has turned No, N or Y into a truth value" if isinstance(formula, bool) else ""
    return FormulaRefused("not text", None, f"{quoted(str(formula))} is a {kind}, a formula is text{remedy}")


def batch_of(compositions: Sequence[dict[int, int]]) -> CompositionBatch:
    """Return canonical amounts by increasing atomic number, one mapping a row, as a batch."""
    lengths = np.fromiter(map(len, compositions), dtype=np.int64, count=len(compositions))
    return CompositionBatch(
        np.concatenate([np.zeros(1, np.int64), np.cumsum(lengths)]),
        np.array([z for composition in compositions for z in composition], dtype=np.int16),
        np.array(
            [amount for composition in compositions for amount in composition.values()], dtype=np.float64
        ),
    )
