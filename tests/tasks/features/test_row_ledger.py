"""The ledger: a line for every row and block, and for a row that could not be read, one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from matsluice.infra.feature_store import Filled, Refused
from matsluice.tasks.features.row_ledger import COST, Costs, write_ledger
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
    costs = np.zeros((len(blocks), snapshot.unique_materials), COST)
    refusals = []
    for number, (name, values, _) in enumerate(blocks):
        costs[number]["seconds"], costs[number]["host"] = values.seconds, values.host
        costs[number]["attempt"] = values.attempts
        refusals += [(place, name, why.reason, why.detail) for place, why in values.refused.items()]
    np.save(folder / "costs.npy", costs)
    pd.DataFrame(refusals, columns=["material", "block", "reason", "detail"]).astype(
        {"material": "int64", "block": "str", "reason": "str", "detail": "str"}
    ).to_parquet(folder / "refused.parquet")
    whose = Costs(folder / "costs.npy", tuple((name, values.hosts) for name, values, _ in blocks))
    computed = {name: np.array(new, dtype=np.int64) for name, _, new in blocks}
    write_ledger(snapshot, whose, folder / "refused.parquet", computed, folder / "ledger.parquet")
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
