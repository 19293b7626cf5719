"""The compiled reader of plain formulas: ASCII, element symbols, decimal amounts, brackets.

It reads whole rows of one concatenated buffer and gives up on a row at the first thing it does not know; the
exact reader (grammar.py) then reads that row or says what is wrong with it. Nothing here decides that a
formula is invalid. All arithmetic is on whole numbers, with a check before every step that could overflow.

While a row is read, its terms are the rows of an int64 array: atomic number, mantissa, decimal places.
"""

from __future__ import annotations

from functools import cache
from typing import Any, Final

import numpy as np
from numba import njit

from matsluice.tasks.material.elements import SYMBOLS

_NUMBER: Final = 0
_MANTISSA: Final = 1
_PLACES: Final = 2
_TERMS: Final = 64  # element symbols in one formula; longer ones take the exact reader
_DEPTH: Final = 16  # brackets within brackets
_CEILING: Final = 2**62  # sums and products stay below it, so int64 cannot overflow
_EXACT: Final = 2**53  # canonical.LARGEST_AMOUNT, literal because the kernels' cache sees this file only
_GIVE_UP: Final = -1


@cache  # a served model reads one formula at a time
def symbol_table() -> np.ndarray[tuple[int], np.dtype[np.int16]]:
    """Return the (702,) table from ``27 * first letter + second letter`` to atomic number, 0 where none."""
    table = np.zeros(26 * 27, dtype=np.int16)
    for z, symbol in enumerate(SYMBOLS):
        if symbol:
            second = ord(symbol[1]) - ord("a") + 1 if len(symbol) == 2 else 0
            table[27 * (ord(symbol[0]) - ord("A")) + second] = z
    return table


@njit(cache=True, nogil=True)
def _is_digit(character: Any) -> Any:
    return 48 <= character <= 57


@njit(cache=True, nogil=True)
def _is_blank(character: Any) -> Any:
    return 9 <= character <= 13 or 28 <= character <= 32


@njit(cache=True, nogil=True)
def _close(character: Any) -> Any:
    """Return the bracket that closes this one, 0 where it opens none."""
    if character == 40:
        return 41
    if character == 91:
        return 93
    if character == 123:
        return 125
    return 0


@njit(cache=True, nogil=True)
def _is_water(text: Any, at: Any) -> Any:
    """Tell whether water follows: "CuSO4.5H2O" may mean 4.5 or five waters, so the exact reader decides."""
    if at < text.size and _close(text[at]) != 0:
        at += 1
    return at + 3 <= text.size and text[at] == 72 and text[at + 1] == 50 and text[at + 2] == 79


@njit(cache=True, nogil=True)
def _amount(text: Any, at: Any) -> Any:
    """Read a decimal; return (its end, mantissa, places), mantissa 1 where there is none, -1 to give up."""
    start, point = at, -1
    mantissa, places = np.int64(0), np.int64(0)
    while at < text.size:
        if _is_digit(text[at]):
            if mantissa >= 10**17:
                return at, np.int64(_GIVE_UP), places
            mantissa = 10 * mantissa + (np.int64(text[at]) - 48)
            places += point >= 0
        elif text[at] == 46 and point < 0:
            if at + 1 == text.size or not _is_digit(text[at + 1]):
                return at, np.int64(_GIVE_UP), places
            point = at
        else:
            break
        at += 1
    if at == start:
        return at, np.int64(1), places
    if point >= 0 and _is_water(text, at):
        return at, np.int64(_GIVE_UP), places
    while places > 0 and mantissa % 10 == 0:
        mantissa //= 10
        places -= 1
    return at, mantissa, places


@njit(cache=True, nogil=True)
def _element(text: Any, at: Any, symbols: Any) -> Any:
    """Read an element symbol; return (where it ends, atomic number), 0 to give up."""
    index = 27 * (np.int64(text[at]) - 65)
    at += 1
    if at < text.size and 97 <= text[at] <= 122:
        index += np.int64(text[at]) - 96
        at += 1
        if at < text.size and 97 <= text[at] <= 122:
            return at, np.int64(0)
    return at, np.int64(symbols[index])


@njit(cache=True, nogil=True)
def _multiply(terms: Any, mantissa: Any, places: Any) -> Any:
    """Multiply the terms of a bracket; return whether they still fit."""
    for term in terms:
        if mantissa != 0 and term[_MANTISSA] > _CEILING // mantissa:
            return False
        term[_MANTISSA] *= mantissa
        term[_PLACES] += places
    return True


@njit(cache=True, nogil=True)
def _read_terms(text: Any, symbols: Any, terms: Any, stack: Any) -> Any:
    """Read one formula into terms; return how many, or give up."""
    at, count, depth = 0, 0, 0
    while at < text.size:
        character = text[at]
        if 65 <= character <= 90:
            if count == _TERMS:
                return _GIVE_UP
            at, number = _element(text, at, symbols)
            at, mantissa, places = _amount(text, at)
            if number == 0 or mantissa < 0:
                return _GIVE_UP
            terms[count, _NUMBER], terms[count, _MANTISSA], terms[count, _PLACES] = number, mantissa, places
            count += 1
        elif character == 32:
            at += 1
        elif _close(character) != 0:
            if depth == _DEPTH:
                return _GIVE_UP
            stack[depth, 0], stack[depth, 1] = count, _close(character)
            depth, at = depth + 1, at + 1
        elif depth > 0 and character == stack[depth - 1, 1] and count > stack[depth - 1, 0]:
            depth -= 1
            at, mantissa, places = _amount(text, at + 1)
            if mantissa < 0 or not _multiply(terms[stack[depth, 0] : count], mantissa, places):
                return _GIVE_UP
        else:
            return _GIVE_UP
    return count if depth == 0 else _GIVE_UP


@njit(cache=True, nogil=True)
def _to_whole_numbers(terms: Any) -> Any:
    """Bring the mantissas to one power of ten; return whether they fit."""
    places = np.int64(0)
    for term in terms:
        if term[_MANTISSA] > 0:
            places = max(places, term[_PLACES])
    for term in terms:
        if term[_MANTISSA] == 0:
            continue
        for _ in range(places - term[_PLACES]):
            if term[_MANTISSA] > _CEILING // 10:
                return False
            term[_MANTISSA] *= 10
    return True


@njit(cache=True, nogil=True)
def _merge(terms: Any) -> Any:
    """Sum repeated elements, drop zeros, order by atomic number; return how many are left, or give up."""
    kept = 0
    for term in range(len(terms)):
        number, amount = terms[term, _NUMBER], terms[term, _MANTISSA]
        if amount == 0:
            continue
        place = kept
        while place > 0 and terms[place - 1, _NUMBER] > number:
            place -= 1
        if place > 0 and terms[place - 1, _NUMBER] == number:
            if terms[place - 1, _MANTISSA] > _CEILING - amount:
                return _GIVE_UP
            terms[place - 1, _MANTISSA] += amount
            continue
        for moved in range(kept, place, -1):
            terms[moved, _NUMBER], terms[moved, _MANTISSA] = (
                terms[moved - 1, _NUMBER],
                terms[moved - 1, _MANTISSA],
            )
        terms[place, _NUMBER], terms[place, _MANTISSA] = number, amount
        kept += 1
    return kept


@njit(cache=True, nogil=True)
def _reduce(terms: Any) -> Any:
    """Divide by the greatest common divisor; return whether float64 holds the result exactly."""
    divisor = np.int64(0)
    for term in terms:
        left, right = divisor, term[_MANTISSA]
        while right != 0:
            left, right = right, left % right
        divisor = left
    exact = True
    for term in terms:
        term[_MANTISSA] //= divisor
        exact = exact and term[_MANTISSA] <= _EXACT
    return exact


@njit(cache=True, nogil=True)
def _read_row(text: Any, symbols: Any, terms: Any, stack: Any) -> Any:
    """Read one row into canonical terms; return how many, or give up."""
    start, end = 0, text.size
    while start < end and _is_blank(text[start]):
        start += 1
    while start < end and _is_blank(text[end - 1]):
        end -= 1
    if end - start == 3 and text[start] == 78 and text[start + 1] == 97 and text[start + 2] == 78:
        return _GIVE_UP  # NaN, which tables write for a missing value
    count = _read_terms(text[start:end], symbols, terms, stack)
    if count <= 0 or not _to_whole_numbers(terms[:count]):
        return _GIVE_UP
    kept = _merge(terms[:count])
    return kept if kept > 0 and _reduce(terms[:kept]) else _GIVE_UP


@njit(cache=True, nogil=True)
def read_plain(text: Any, starts: Any, symbols: Any) -> Any:
    """Read the formulas ``text[starts[i]:starts[i + 1]]``.

    Parameters
    ----------
    text : (bytes,) uint8
        All formulas, one behind the other, ASCII.
    starts : (n + 1,) int64
        Where each begins, and where the last ends.
    symbols : (702,) int16
        `symbol_table`.

    Returns
    -------
    tuple
        ``read`` (n,) bool, false for the rows left to the exact reader; and of the rows read, in order,
        offsets (rows + 1,) int64, atomic numbers (m,) int16 and canonical amounts (m,) float64.
    """
    capitals = 0
    for character in text:
        capitals += 65 <= character <= 90
    read = np.zeros(starts.size - 1, dtype=np.bool_)
    offsets = np.zeros(starts.size, dtype=np.int64)
    atomic_numbers = np.empty(capitals, dtype=np.int16)
    amounts = np.empty(capitals, dtype=np.float64)
    terms = np.empty((_TERMS, 3), dtype=np.int64)
    stack = np.empty((_DEPTH, 2), dtype=np.int64)
    rows, filled = 0, 0
    for row in range(starts.size - 1):
        kept = _read_row(text[starts[row] : starts[row + 1]], symbols, terms, stack)
        if kept > 0:
            read[row] = True
            for term in terms[:kept]:
                atomic_numbers[filled], amounts[filled] = term[_NUMBER], term[_MANTISSA]
                filled += 1
            rows += 1
            offsets[rows] = filled
    return read, offsets[: rows + 1], atomic_numbers[:filled], amounts[:filled]
