"""Two lists of hits side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from matsluice.tasks.changes.record import HitChanges, MovedHit

if TYPE_CHECKING:
    import pyarrow as pa

SHOWN = 50
FEWEST_FOR_CORRELATION = 3


def hit_changes(before: pa.Table, now: pa.Table) -> HitChanges:
    """Return which hits are new, which are lost, and which have another rank.

    A candidate is told by its formula, where a list has each formula once, else by its id too. Where a class is looked
    for, all hits are predicted to be it; what tells them apart is its probability.

    Parameters
    ----------
    before, now
        Tables with rank, id, formula, prediction and probability, as hits.parquet has them.
    """
    shows = "prediction" if all(_are_numbers(table) for table in (before, now)) else "probability"
    by_formula = all(len(set(table["formula"].to_pylist())) == table.num_rows for table in (before, now))
    first, second = (_by_name(table, shows, by_formula=by_formula) for table in (before, now))
    both = [name for name in second if name in first]
    new = [_moved(None, hit) for name, hit in second.items() if name not in first]
    lost = [_moved(hit, None) for name, hit in first.items() if name not in second]
    pairs = [_moved(first[name], second[name]) for name in both]
    moved = [pair for pair in pairs if pair.rank_before != pair.rank_now]
    moved.sort(key=lambda pair: (-abs((pair.rank_now or 0) - (pair.rank_before or 0)), pair.rank_now))
    return HitChanges(
        before=before.num_rows,
        now=now.num_rows,
        kept=len(both),
        new=tuple(new[:SHOWN]),
        lost=tuple(lost[:SHOWN]),
        moved=tuple(moved[:SHOWN]),
        new_count=len(new),
        lost_count=len(lost),
        moved_count=len(moved),
        rank_correlation=_correlation(pairs),
        shows=shows,
    )


def _are_numbers(table: pa.Table) -> bool:
    import pyarrow as pa

    return bool(pa.types.is_floating(table.schema.field("prediction").type))


def _by_name(table: pa.Table, shows: str, *, by_formula: bool) -> dict[tuple[str, str], dict[str, object]]:
    chosen = table.select(["rank", "id", "formula", shows]).rename_columns(["rank", "id", "formula", "value"])
    rows = chosen.sort_by("rank").to_pylist()
    return {("" if by_formula else str(row["id"]), str(row["formula"])): row for row in rows}


def _moved(before: dict[str, object] | None, now: dict[str, object] | None) -> MovedHit:
    named = now or before or {}

    def number(row: dict[str, object] | None, name: str) -> float | None:
        return None if row is None else float(str(row[name]))

    first, second = number(before, "rank"), number(now, "rank")
    return MovedHit(
        id=str(named["id"]),
        formula=str(named["formula"]),
        rank_before=None if first is None else int(first),
        rank_now=None if second is None else int(second),
        prediction_before=number(before, "value"),
        prediction_now=number(now, "value"),
    )


def _correlation(pairs: list[MovedHit]) -> float | None:
    if len(pairs) < FEWEST_FOR_CORRELATION:
        return None
    ranks = np.array([[pair.rank_before, pair.rank_now] for pair in pairs], dtype=np.float64)
    order = ranks.argsort(axis=0).argsort(axis=0).astype(np.float64)
    order -= order.mean(axis=0)
    return float((order[:, 0] * order[:, 1]).sum() / np.sqrt((order**2).sum(axis=0).prod()))
