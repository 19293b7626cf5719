"""Folds in the order of time: each tests a span and learns from what was known before it."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pyarrow.parquet as pq

from matsluice.infra.mistakes import Failed, InvalidInput
from matsluice.tasks.ingest.snapshot import KEPT_PREFIX
from matsluice.tasks.split.folds import HOLDOUT, LEARNED, LEFT_OUT, TESTED, Folds

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from matsluice.tasks.ingest.examine import ExaminedRows
    from matsluice.tasks.split.divided_rows import Asked, DividedRows


def learn_from_the_past(rows: DividedRows, asked: Asked) -> Folds:
    """Return folds that each test a span of time and learn from all that is older; later rows are left out.

    The rows in order of time are cut by scikit-learn's TimeSeriesSplit, and each cut is moved to where the time
    changes, so that rows of one year are never on both sides. A material stands at the last time of its rows: only
    then was all known that its label is made from.

    Raises
    ------
    InvalidInput
        There are fewer different times than folds need.
    """
    from sklearn.model_selection import TimeSeriesSplit

    folds, column, there = asked.folds, asked.options.column, rows.there
    times, words = times_of_materials(rows, column)
    order = np.argsort(times[there], kind="stable")
    ordered = times[there][order]
    changes = np.flatnonzero(np.diff(ordered)) + 1
    if len(changes) < folds:
        raise InvalidInput(
            f"the split time finds {len(changes) + 1} different values of {column} outside the hold-out; "
            f"validation.folds = {folds} needs {folds + 1}: lower validation.folds"
        )
    wanted = [int(test[0]) for _, test in TimeSeriesSplit(folds).split(ordered)]
    cuts = [*_moved(wanted, changes), len(ordered)]
    roles = np.full((folds, len(rows.kept)), LEFT_OUT, dtype=np.int8)
    names = []
    for fold, (start, stop) in enumerate(pairwise(cuts)):
        roles[fold, there[order[:start]]] = LEARNED
        roles[fold, there[order[start:stop]]] = TESTED
        first, last = (words[there[order[place]]] for place in (start, stop - 1))
        names.append(first if first == last else f"{first} to {last}")
    roles[:, rows.kept] = HOLDOUT
    return Folds(roles, tuple(names))


def _moved(wanted: list[int], changes: NDArray[np.intp]) -> list[int]:
    """Return for each cut the nearest place at which the time changes, increasing.

    Examples
    --------
    >>> _moved([2, 4, 6], np.array([1, 5, 6, 7]))
    [1, 5, 6]
    """
    found: list[int] = []
    first = 0
    for place, cut in enumerate(wanted):
        # As many changes must be left as cuts are still to come.
        open_to = changes[first : len(changes) - (len(wanted) - place - 1)]
        nearest = int(np.argmin(np.abs(open_to - cut)))
        found.append(int(open_to[nearest]))
        first += nearest + 1
    return found


def times_of_materials(rows: DividedRows, column: str) -> tuple[NDArray[np.float64], NDArray[np.str_]]:
    """Return for each training row (n,) the last time of its material's rows, as a number and as it was written.

    Raises
    ------
    Failed
        The snapshot has no time for a material.
    """
    name = KEPT_PREFIX + column
    table = pq.read_table(rows.known.file("rows_file"), columns=["material", "reason", name])
    latest: dict[int, tuple[float, str]] = {}
    for material, why, text in zip(*(table[key].to_pylist() for key in table.column_names), strict=True):
        moment = None if why is not None or material < 0 else time_of(text)
        if moment is not None and (material not in latest or moment > latest[material][0]):
            latest[material] = (moment, text)
    try:
        found = [latest[material] for material in rows.material.tolist()]
    except KeyError:
        raise Failed(
            f"the snapshot has no {column} of a material: delete it, and run the same command"
        ) from None
    return np.array([moment for moment, _ in found]), np.array([text for _, text in found])


def time_of(text: str) -> float | None:
    """Return a year or any other number, or an ISO date or moment as seconds since 1970; None for anything else.

    Examples
    --------
    >>> time_of("2004"), time_of("1970-01-02"), time_of("1970-02"), time_of("last year")
    (2004.0, 86400.0, 2678400.0, None)
    """
    try:
        number = float(text) if "_" not in text else np.nan
    except ValueError:
        return _seconds(text)
    return number if np.isfinite(number) else None


def _seconds(text: str) -> float | None:
    for form in (text, f"{text}-01"):
        try:
            moment = datetime.fromisoformat(form)
        except ValueError:
            continue
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    return None


def dated(batches: Iterator[ExaminedRows], column: str) -> Iterator[ExaminedRows]:
    """Give the batches on, as long as every usable row says when it was known, all in numbers or all in dates.

    Raises
    ------
    InvalidInput
        A row does not: with its place.
    """
    form = ""
    for rows in batches:
        for row, text in enumerate(rows.batch.labels[column]):
            if row in rows.refusals:
                continue
            place = rows.batch.places[row]
            if time_of(text) is None:
                raise InvalidInput(
                    f'validation.time: {column} is "{text[:40]}" at {place}; allowed: a number such as 2004, or an ISO '
                    "date such as 2004-05-31: write it in every row, or leave the split time out"
                )
            this = "a number" if _is_number(text) else "a date"
            if form and this != form:
                raise InvalidInput(
                    f'validation.time: {column} is "{text[:40]}" at {place}, {this}, and {form} in the rows before: '
                    "write all in one form"
                )
            form = this
        yield rows


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
