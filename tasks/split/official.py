"""The folds that a benchmark's file gives, by the ids of the rows."""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from matsluice.infra.mistakes import Failed, InvalidInput
from matsluice.tasks.ingest.labels import class_order, there
from matsluice.tasks.split.folds import HOLDOUT, Folds

if TYPE_CHECKING:
    from matsluice.tasks.ingest.examine import ExaminedRows
    from matsluice.tasks.split.divided_rows import Asked, DividedRows

# Of the ids that are wrong, in a sentence.
SHOWN: Final = 5
FORMS: Final = (
    'a JSON object of folds, {"fold_0": ["id-1", "id-2"], …}, a matbench file with "splits", or a CSV table with '
    "the columns id and fold"
)


@dataclass(frozen=True, slots=True)
class OfficialFolds:
    """A file of folds.

    Attributes
    ----------
    names
        Of the folds, in the file's order.
    fold_of
        Id → the place of the fold that tests it.
    """

    names: tuple[str, ...]
    fold_of: Mapping[str, int]


def read_folds(path: Path) -> OfficialFolds:
    """Return what a file of folds says.

    Raises
    ------
    InvalidInput
        It cannot be read, is in no known form, has fewer than two folds or an empty one, names an id twice, or gives a
        fold training rows that are not all the others.
    """
    try:
        stat = path.stat()
        return _read(path, stat.st_mtime_ns, stat.st_size)
    except OSError as error:
        raise InvalidInput(f"validation.official: {path} cannot be read: {error.strerror or error}") from None


@lru_cache(maxsize=4)
def _read(path: Path, changed: int, size: int) -> OfficialFolds:  # noqa: ARG001 - a file that changes is read again
    tested = _of_csv(path) if path.suffix == ".csv" else _of_json(path)
    said = f"validation.official: {path.name}"
    if len(tested) < 2:
        raise InvalidInput(f"{said} has {len(tested)} fold, and two or more are needed")
    empty = [name for name, ids in tested.items() if not ids]
    if empty:
        raise InvalidInput(f"{said}: {', '.join(empty)} has no ids")
    counted = Counter(one for ids in tested.values() for one in ids)
    twice = [one for one, count in counted.items() if count > 1]
    if twice:
        where = [name for name, ids in tested.items() if twice[0] in ids]
        raise InvalidInput(
            f"{said} names {_some(twice)} more than once ({twice[0]} in {' and '.join(where)}): each id is tested once"
        )
    return OfficialFolds(
        tuple(tested), {one: place for place, ids in enumerate(tested.values()) for one in ids}
    )


def _of_json(path: Path) -> dict[str, list[str]]:
    try:
        document = json.loads(path.read_bytes())
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        raise InvalidInput(f"validation.official: {path} is not JSON: {error}; allowed: {FORMS}") from None
    table = document.get("splits", document) if isinstance(document, dict) else None
    if not isinstance(table, dict) or not table:
        raise InvalidInput(f"validation.official: {path} holds no folds; allowed: {FORMS}")
    tested = {
        name: _ids(path, name, fold.get("test") if isinstance(fold, dict) else fold)
        for name, fold in table.items()
    }
    everything = {one for ids in tested.values() for one in ids}
    for name, fold in table.items():
        if isinstance(fold, dict) and set(_ids(path, name, fold.get("train"))) != everything - set(
            tested[name]
        ):
            raise InvalidInput(
                f"validation.official: {name} of {path.name} trains on other rows than those it does not test; every "
                "fold must learn from all rows of the other folds"
            )
    return tested


def _ids(path: Path, name: str, given: Any) -> list[str]:
    if not isinstance(given, list) or not all(isinstance(one, str | int) for one in given):
        raise InvalidInput(f"validation.official: {name} of {path} is no list of ids; allowed: {FORMS}")
    return [str(one) for one in given]


def _of_csv(path: Path) -> dict[str, list[str]]:
    tested: dict[str, list[str]] = {}
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            table = csv.DictReader(file, strict=False)
            if not {"id", "fold"} <= set(table.fieldnames or ()):
                raise InvalidInput(
                    f"validation.official: {path} has no columns id and fold; allowed: {FORMS}"
                )
            for row in table:
                tested.setdefault((row["fold"] or "").strip(), []).append((row["id"] or "").strip())
    except (UnicodeDecodeError, csv.Error) as error:
        raise InvalidInput(f"validation.official: {path} is no CSV table: {error}") from None
    return {name: tested[name] for name in class_order(tested)}


def matching(batches: Iterator[ExaminedRows], official: OfficialFolds) -> Iterator[ExaminedRows]:
    """Give the batches on; when all have passed, the ids of the file are those of the data.

    Raises
    ------
    InvalidInput
        The file names ids that the data has not, or lacks rows that can be learned from: with their ids.
    """
    unseen = set(official.fold_of)
    missing: list[str] = []
    for rows in batches:
        known = np.zeros(len(rows.keys), dtype=bool)
        for values in rows.labels.values():
            known |= there(values)
        for row, one in enumerate(rows.batch.ids):
            unseen.discard(one)
            if one not in official.fold_of and row not in rows.refusals and known[row]:
                missing.append(one)
        yield rows
    problems = []
    if unseen:
        problems.append(f"ids that the data has not: {_some(sorted(unseen))}")
    if missing:
        problems.append(f"no fold for rows of the data: {_some(missing)}")
    if problems:
        raise InvalidInput(
            f"validation.official: the file has {' and '.join(problems)}: name the file of this data, and the column "
            "with its ids as data.id"
        )


def _some(ids: Iterable[str]) -> str:
    """Return ids as words of a sentence.

    >>> _some(["a", "b"]), _some("abcdefg")
    ('2 (a, b)', '7 (a, b, c, d, e, …)')
    """
    listed = list(ids)
    more = ", …" if len(listed) > SHOWN else ""
    return f"{len(listed)} ({', '.join(listed[:SHOWN])}{more})"


def divide_as_given(rows: DividedRows, asked: Asked) -> Folds:
    """Return the folds of the file, by the ids of the rows.

    Raises
    ------
    Failed
        The file has changed since the run began, and has no fold for a row.
    InvalidInput
        A fold has no row to test: what it names is refused, or kept for the final test.
    """
    official = read_folds(Path(asked.options.path))
    fold = np.full(len(rows.kept), HOLDOUT, dtype=np.int64)
    for row in rows.there.tolist():
        place = official.fold_of.get(str(rows.rows.ids[row]))
        if place is None:
            raise Failed(
                f"{asked.options.path} has no fold for {rows.rows.ids[row]}: it has changed since the run began"
            )
        fold[row] = place
    empty = [name for place, name in enumerate(official.names) if not (fold == place).any()]
    if empty:
        raise InvalidInput(
            f"validation.official: no row outside the hold-out is in {', '.join(empty)}: "
            "set validation.holdout = 0, as published scores are made, or mend the rows that were refused"
        )
    return Folds.of_partition(fold, official.names)
