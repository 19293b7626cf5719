"""The ledger: a line for every row and block, and for a row that could not be read, one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq

from matsluice.infra.feature_store import Filled, Refused
from matsluice.tasks.features.row_ledger import COSTS_SCHEMA, block_costs, write_ledger
from matsluice.tasks.ingest.snapshot import Snapshot

FreezeFormulas = Callable[..., Snapshot]
# Rows 0, 2 and 4 are material 0, row 3 is material 1, row 5 is material 2; row 1 is none.
FORMULAS = ["Fe2O3", "Xx", "O3Fe2", "NaCl", "Fe4O6", "ZnO"]


def filled(hosts: tuple[str, ...], host: list[int], refused: dict[int, Refused] | None = None) -> Filled:
    n = len(host)
    return Filled(
        {},
        refused or {},
        np.array([2 if place in (refused or {}) else 1 for place in range(n)], np.int16),
        np.arange(1, n + 1, dtype=np.float32),
        np.array(host, np.int16),
        hosts,
    )


def ledger(snapshot: Snapshot, folder: Path, *blocks: tuple[str, Filled, list[int]]) -> pd.DataFrame:
    with pq.ParquetWriter(folder / "costs.parquet", COSTS_SCHEMA) as writer:
        for name, values, _ in blocks:
            writer.write_table(block_costs(name, values))
    computed = {name: np.array(new, dtype=np.int64) for name, _, new in blocks}
    write_ledger(snapshot, folder / "costs.parquet", computed, folder / "ledger.parquet")
    return pd.read_parquet(folder / "ledger.parquet")


def test_every_row_and_block_has_its_line(freeze_formulas: FreezeFormulas, tmp_path: Path) -> None:
    snapshot = freeze_formulas(FORMULAS, ["1"] * 6)
    table = ledger(
        snapshot,
        tmp_path,
        ("a.one", filled(("left", "right"), [0, 1, 1]), [0, 2]),
        ("b.two", filled(("left",), [0, 0, 0], {1: Refused("timeout", "too long")}), [1]),
    )
    assert len(table) == 1 + 2 * 5
    unread = table[table["block"].isna()]
    assert unread[["id", "outcome", "stage", "reason"]].to_numpy().tolist() == [
        ["id1", "rejected", "ingest", "unknown element"]
    ]
    one = table[table["block"] == "a.one"].set_index("id")
    assert one["outcome"].to_dict() == {
        "id0": "computed",
        "id2": "computed",
        "id3": "reused",
        "id4": "computed",
        "id5": "computed",
    }
    assert one["host"].to_dict() == {
        "id0": "left",
        "id2": "left",
        "id3": "right",
        "id4": "left",
        "id5": "right",
    }
    assert one["seconds"].to_dict() == {"id0": 1.0, "id2": 1.0, "id3": 2.0, "id4": 1.0, "id5": 3.0}
    two = table[table["block"] == "b.two"].set_index("id")
    assert Counter(two["outcome"]) == {"reused": 4, "rejected": 1}
    refused = two.loc["id3"]
    assert (refused["reason"], refused["detail"], refused["attempt"]) == ("timeout", "too long", 2)
    assert refused["stage"] == "featurize"
    assert not table.duplicated(["id", "block"]).any()


def test_a_block_in_several_windows_is_one(freeze_formulas: FreezeFormulas, tmp_path: Path) -> None:
    """Hosts have other numbers in another window; the words that are written are the same."""
    import pyarrow as pa

    snapshot = freeze_formulas(FORMULAS, ["1"] * 6)
    windows = [
        block_costs("a.one", filled(("left", "right"), [0, 1])),
        block_costs("a.one", filled(("right",), [0])),
    ]
    whole = pa.concat_tables([COSTS_SCHEMA.empty_table(), *windows]).unify_dictionaries()
    pq.write_table(whole, tmp_path / "costs.parquet")
    write_ledger(
        snapshot, tmp_path / "costs.parquet", {"a.one": np.array([], np.int64)}, tmp_path / "l.parquet"
    )
    hosts = pd.read_parquet(tmp_path / "l.parquet").dropna(subset="block").set_index("id")["host"].to_dict()
    assert hosts == {"id0": "left", "id2": "left", "id3": "right", "id4": "left", "id5": "right"}
