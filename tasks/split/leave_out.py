"""Folds that leave an element, or a column of the periodic table, out: tested is every row that contains it.

An element cannot part rows into groups, for a row has several. What is left out is therefore what a fold is: its test
rows are all that contain the element, it learns from all that do not. A row may be tested in several folds or in none.
Dividing all elements among the folds instead (as MatFold does by default) tests every row, but leaves so many elements
out at once that a fold of five learns from less than half of the rows, and the score mixes what is new with how
little is left to learn from; here each fold's score has a name, and what is left is at least two thirds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

import numpy as np

from matsluice.infra.mistakes import InvalidInput
from matsluice.tasks.material.elements import ATOMIC_NUMBERS
from matsluice.tasks.split.folds import HOLDOUT, LEARNED, TESTED, Folds
from matsluice.tasks.split.groups import rows_with

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from matsluice.tasks.split.divided_rows import Asked, DividedRows

# What stands in more of the rows than this is not left out unless it is named: too little would be left to learn from.
LARGEST_SHARE: Final = 1 / 3
# Of rows that are named in a sentence.
SHOWN: Final = 8
# Atomic numbers of the noble gases that end each period, and the width of the periods.
_ENDS: Final = (0, 2, 10, 18, 36, 54, 86, 118)


def leave_elements_out(rows: DividedRows, asked: Asked) -> Folds:
    """Return a fold for each element that is named, or for the most frequent ones that leave enough to learn from.

    Raises
    ------
    InvalidInput
        A named element is in no row or in all, or there are too few elements.
    """
    return _leave_out(
        rows, rows_with(rows.formulas), asked, asked.options.elements, "validation.element.elements"
    )


def leave_columns_out(rows: DividedRows, asked: Asked) -> Folds:
    """Return a fold for each column of the periodic table that is named, or for the most frequent ones.

    Raises
    ------
    InvalidInput
        A named column is in no row or in all, or there are too few columns.
    """
    found: dict[str, NDArray[np.bool_]] = {}
    for element, with_it in rows_with(rows.formulas).items():
        column = column_of(ATOMIC_NUMBERS.get(element, 0))
        found[column] = found[column] | with_it if column in found else with_it
    named = [one if isinstance(one, str) else f"group {one}" for one in asked.options.groups]
    return _leave_out(rows, found, asked, named, "validation.periodic-table-group.groups")


def column_of(atomic_number: int) -> str:
    """Return the column of the periodic table that an element stands in; those of the f-block are a column each.

    Examples
    --------
    >>> [column_of(z) for z in (1, 2, 8, 26, 57, 72, 92)]
    ['group 1', 'group 18', 'group 16', 'group 8', 'lanthanides', 'group 4', 'actinides']
    """
    if 57 <= atomic_number <= 71:
        return "lanthanides"
    if 89 <= atomic_number <= 103:
        return "actinides"
    period = next((place for place, end in enumerate(_ENDS) if atomic_number <= end), 0)
    behind, before = _ENDS[period] - atomic_number, atomic_number - _ENDS[period - 1]
    # Groups 1 and 2 are counted from a period's begin, and all others from its end.
    early = (before <= 2 and period > 1) or atomic_number == 1
    return f"group {before if early else 18 - behind}"


def _leave_out(
    rows: DividedRows,
    found: Mapping[str, NDArray[np.bool_]],
    asked: Asked,
    named: Sequence[str],
    key: str,
) -> Folds:
    there = rows.there
    counts = {name: int(np.count_nonzero(with_it[there])) for name, with_it in found.items()}
    chosen = list(named) or _most_frequent(counts, len(there), asked, key)
    for name in chosen:
        if counts.get(name, 0) in {0, len(there)}:
            which = "all rows contain" if counts.get(name) else "no row contains"
            raise InvalidInput(
                f"{key}: {which} {name} outside the hold-out, so it cannot be left out: name others"
            )
    if len(chosen) < 2:
        raise InvalidInput(
            f"{key}: a single fold has no spread: name two or more, or none for the most frequent ones"
        )
    roles = np.full((len(chosen), len(rows.kept)), LEARNED, dtype=np.int8)
    for place, name in enumerate(chosen):
        roles[place, found[name]] = TESTED
    roles[:, rows.kept] = HOLDOUT
    return Folds(roles, tuple(f"with {name}" for name in chosen))


def _most_frequent(counts: Mapping[str, int], rows: int, asked: Asked, key: str) -> list[str]:
    """Return as many names as folds; of equally frequent ones the first."""
    able = [name for name, count in counts.items() if 0 < count <= LARGEST_SHARE * rows]
    if len(able) < asked.folds:
        said = ", ".join(able[:SHOWN]) or "none"
        raise InvalidInput(
            f"the split {asked.split} has {len(able)} to leave out ({said}) that stand in at most a third of the "
            f"{rows} rows outside the hold-out, fewer than validation.folds = {asked.folds}: lower validation.folds, "
            f"or name them in {key}"
        )
    return sorted(able, key=lambda name: -counts[name])[: asked.folds]
