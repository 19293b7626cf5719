"""One class for a material that was labelled more than once, or none where its rows do not agree."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from matsluice.infra.workspace.atomic_files import written_whole
from matsluice.tasks.ingest.labels import class_order

if TYPE_CHECKING:
    import pandas as pd

REASON = "even vote"


def most_frequent(keys: Iterable[str], classes: Iterable[str]) -> dict[str, str]:
    """Return material → its most frequent class; a material with two of them is left out.

    Examples
    --------
    >>> most_frequent(["a", "a", "a", "b", "b"], ["metal", "gap", "metal", "metal", "gap"])
    {'a': 'metal'}
    """
    winners = {}
    for key, votes in _votes(keys, classes).items():
        (first, most), *others = votes.most_common(2)
        if not others or others[0][1] < most:
            winners[key] = first
    return winners


def _votes(keys: Iterable[str], classes: Iterable[str]) -> Mapping[str, Counter[str]]:
    counted: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for key, name in zip(keys, classes, strict=True):
        counted[key][name] += 1
    return counted


def tied_rows(table: pd.DataFrame, target: str) -> list[tuple[str, str, str, str, str]]:
    """Return a line of rejected.parquet for each row of a material whose vote is even.

    Parameters
    ----------
    table
        Usable rows, with the columns id, place, key and y (the class).
    target
        The label's column.
    """
    keys, classes = table["key"].tolist(), table["y"].tolist()
    decided, votes = most_frequent(keys, classes), _votes(keys, classes)
    lines = []
    for identifier, place, key in zip(table["id"], table["place"], keys, strict=True):
        if key not in decided:
            counts = ", ".join(f"{votes[key][name]} × {name}" for name in class_order(votes[key]))
            lines.append((identifier, "train", "", REASON, f"{place}: {target} of its material is {counts}"))
    return lines


def add_tied(lines: Iterable[tuple[str, str, str, str, str]], target: str, rejected_file: Path) -> None:
    """Add to rejected.parquet the rows whose vote is even; those of an earlier attempt are replaced."""
    before = pq.read_table(rejected_file)
    mine = pc.call_function(
        "and",
        [
            pc.call_function("equal", [before.column("reason"), pa.scalar(REASON)]),
            pc.call_function(
                "match_substring",
                [before.column("detail")],
                options=pc.MatchSubstringOptions(f": {target} of its material is "),
            ),
        ],
    )
    kept = before.filter(pc.call_function("invert", [mine]))
    columns = [list(column) for column in zip(*lines, strict=True)] or [[] for _ in before.schema]
    with written_whole(rejected_file) as temporary:
        pq.write_table(pa.concat_tables([kept, pa.table(columns, schema=before.schema)]), temporary)
