"""A task of the benchmark: its rows, and the fold that tests each, as two files give them."""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from matsluice.infra.mistakes import InvalidInput
from matsluice.tasks.ingest.labels import class_order, read_classes, read_numbers
from matsluice.tasks.material import parse_formulas
from matsluice.tasks.material.identity import material_keys

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from matsluice.tasks.material import CompositionBatch

# The columns of every table; the third one is the target's.
ID, COMPOSITION = "mbid", "composition"
SHOWN = 5


@dataclass(frozen=True, slots=True, eq=False)
class OfficialTask:
    """One task; rows are ordered by content, as a campaign orders them, so that both learn the same.

    Attributes
    ----------
    name
        Such as "matbench_steels".
    ids
        (n,).
    compositions
        The n compositions.
    y
        Values, or places of classes, (n,).
    classes
        The classes in their order; empty where the target is a number.
    fold
        The fold that tests each row, (n,).
    folds
        Names of the folds.
    order
        Fold → its ids in the order of the file, which a submission keeps.
    """

    name: str
    ids: NDArray[np.str_]
    compositions: CompositionBatch
    y: NDArray[Any]
    classes: list[str]
    fold: NDArray[np.int64]
    folds: list[str]
    order: dict[str, list[str]]


def read_task(folder: Path, name: str, target: str, *, of_classes: bool) -> OfficialTask:
    """Read ``<name>.csv`` and ``<name>.folds.json`` of a folder.

    Parameters
    ----------
    folder
        Where the files are.
    name
        Of the task.
    target
        The column that is learned, as the recipe names it.
    of_classes
        Whether it holds classes.

    Raises
    ------
    InvalidInput
        A file is not there, or no table or JSON; a column is missing; a row cannot be read; the folds name ids that the
        table has not, or leave one out, or name one twice.
    """
    rows = _table(folder / f"{name}.csv", target)
    ids, formulas, texts = ([row[column].strip() for row in rows] for column in (ID, COMPOSITION, target))
    parsed = parse_formulas(formulas)
    if parsed.refused:
        first = parsed.refused[0]
        raise InvalidInput(f"{name}.csv, {ids[first.row]}: {first.detail}")
    values, refusals = (read_classes if of_classes else read_numbers)(target, texts)
    if refusals:
        row, refusal = next(iter(refusals.items()))
        raise InvalidInput(f"{name}.csv, {ids[row]}: {refusal.detail}")
    order = _folds(folder / f"{name}.folds.json", ids)
    classes = class_order(values) if of_classes else []
    y = (
        np.array([classes.index(value) for value in values])
        if of_classes
        else np.asarray(values, dtype=float)
    )
    fold_of = {one: place for place, name in enumerate(order) for one in order[name]}
    # As a campaign orders its rows.
    keys = material_keys(parsed.batch)
    places = sorted(range(len(ids)), key=lambda row: (keys[row], y[row], ids[row]))
    return OfficialTask(
        name=name,
        ids=np.array(ids)[places],
        compositions=parsed.batch.take(np.array(places)),
        y=y[places],
        classes=list(classes),
        fold=np.array([fold_of[ids[row]] for row in places]),
        folds=list(order),
        order=order,
    )


def _table(path: Path, target: str) -> list[dict[str, str]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            table = csv.DictReader(file)
            rows = list(table)
            missing = [name for name in (ID, COMPOSITION, target) if name not in (table.fieldnames or ())]
    except FileNotFoundError:
        raise InvalidInput(
            f"there is no {path.name} in {path.parent}: name the folder of matbench's tables with --data"
        ) from None
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InvalidInput(f"{path} cannot be read: {error}") from None
    if missing:
        raise InvalidInput(
            f'{path} has no column "{missing[0]}"; it has {", ".join(table.fieldnames or ()) or "none"}'
        )
    if not rows:
        raise InvalidInput(f"{path} has no rows")
    if any(None in row.values() for row in rows):
        raise InvalidInput(f"{path} has a row with fewer fields than columns")
    return rows


def _folds(path: Path, ids: list[str]) -> dict[str, list[str]]:
    try:
        given = json.loads(path.read_bytes())
    except FileNotFoundError:
        raise InvalidInput(
            f"there is no {path.name} in {path.parent}: it holds the ids that each fold tests"
        ) from None
    except (OSError, ValueError) as error:
        raise InvalidInput(f"{path} is no JSON file of folds: {error}") from None
    if (
        not isinstance(given, dict)
        or len(given) < 2
        or not all(isinstance(fold, list) and fold for fold in given.values())
    ):
        raise InvalidInput(
            f'{path} must be an object of two or more folds, such as {{"fold_0": ["id", …], …}}'
        )
    named = [str(one) for fold in given.values() for one in fold]
    known, met = set(ids), set(named)
    for sentence, wrong in (
        ("names ids that the table has not", sorted(met - known)),
        ("leaves out ids of the table", sorted(known - met)),
        (
            "names ids more than once",
            sorted({one for one in named if named.count(one) > 1}) if len(named) > len(met) else [],
        ),
        (
            "is for a table whose ids differ, and these stand twice",
            sorted({one for one in ids if ids.count(one) > 1}) if len(ids) > len(known) else [],
        ),
    ):
        if wrong:
            more = ", …" if len(wrong) > SHOWN else ""
            raise InvalidInput(f"{path.name} {sentence}: {len(wrong)} ({', '.join(wrong[:SHOWN])}{more})")
    return {str(name): [str(one) for one in fold] for name, fold in given.items()}
