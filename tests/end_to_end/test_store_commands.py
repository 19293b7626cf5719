"""`matsluice store`: what a finished campaign's store holds, merged, pruned, and found wrong where it is."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from matsluice.infra.feature_store import commit_parts, committed_parts
from matsluice.infra.feature_store.claims import claiming
from matsluice.infra.feature_store.delta_log import drop_part
from matsluice.infra.feature_store.part_rows import keys_of
from matsluice.infra.feature_store.parts import read_part, write_columns
from matsluice.infra.workspace.run_lock import only_run
from matsluice.tasks.features.chunk_part import block_table

if TYPE_CHECKING:
    from tests.end_to_end.conftest import Answer, CampaignFolder, MakeFolder

BLOCKS = ["composition.elemental", "composition.magpie", "composition.stoichiometry"]


@pytest.fixture
def folder(finished: tuple[CampaignFolder, Answer], new_folder: MakeFolder) -> CampaignFolder:
    """The finished campaign's workspace in a folder of its own."""
    copy = new_folder()
    for name in ("features", "snapshots"):
        shutil.copytree(finished[0].path / "workspace" / name, copy.path / "workspace" / name)
    return copy


def store(folder: CampaignFolder) -> Path:
    return folder.path / "workspace" / "features"


def test_what_the_store_holds(folder: CampaignFolder) -> None:
    found = folder("store", "show", "campaign.toml", "--json").record["blocks"]
    assert [one["block"] for one in found] == BLOCKS
    assert all(one["installed"] == one["version"] and one["named"] == one["block"] for one in found)
    assert len({one["computed"] for one in found}) == 1
    assert all(one["rows"] == one["computed"] > 0 and one["refused"] == {} for one in found)
    parts = list(store(folder).rglob("part-*.parquet"))
    assert sum(one["parts"] for one in found) == len(parts)
    assert sum(one["bytes"] for one in found) == sum(path.stat().st_size for path in parts)
    by_address = folder("store", "show", "--store", str(store(folder)), "--json").record["blocks"]
    assert by_address == found


@pytest.mark.parametrize("command", ["show", "compact", "prune", "verify"])
def test_lines_fit_a_terminal(folder: CampaignFolder, command: str) -> None:
    answer = folder("store", command, "campaign.toml")
    assert answer.code == 0, answer.err
    assert max(map(len, answer.out.splitlines())) <= 80
    help_page = folder("store", command, "--help")
    assert max(map(len, help_page.out.splitlines())) <= 80


def test_merged_pruned_and_still_right(folder: CampaignFolder) -> None:
    merged = folder("store", "compact", "campaign.toml", "--json").record["blocks"]
    assert [one["after"] for one in merged] == [1, 1, 1]
    before = sum(one["before"] for one in merged)
    assert folder("store", "prune", "campaign.toml", "--json").record["merged"] == 0
    pruned = folder("store", "prune", "campaign.toml", "--older-than", "0s", "--json").record
    assert pruned["merged"] == before - (before == 3) * 3
    assert len(list(store(folder).rglob("part-*.parquet"))) == 3
    found = folder("store", "verify", "campaign.toml", "--json").record["blocks"]
    assert all((one["parts"], one["recomputed"], one["differ"]) == (1, 100, []) for one in found)


def test_nothing_is_pruned_under_a_running_campaign(folder: CampaignFolder) -> None:
    folder("store", "compact", "campaign.toml")
    before = sorted(store(folder).rglob("part-*.parquet"))
    with only_run(folder.path / "workspace" / "runs" / "gaps", "gaps"):
        answer = folder("store", "prune", "campaign.toml", "--older-than", "0s")
    assert (answer.code, answer.out) == (2, "")
    assert "campaign gaps is running" in answer.err
    table = block_table(store(folder), BLOCKS[0])
    with claiming(table, np.array([b"0" * 32])):
        pruned = folder("store", "prune", "campaign.toml", "--older-than", "0s", "--json").record
    assert pruned["busy"] == [BLOCKS[0]]
    after = sorted(store(folder).rglob("part-*.parquet"))
    assert [path for path in before if BLOCKS[0] in str(path)] == [
        path for path in after if BLOCKS[0] in str(path)
    ]


def test_damage_is_named(folder: CampaignFolder) -> None:
    part = next(store(folder).rglob("composition.magpie/**/part-*.parquet"))
    content = bytearray(part.read_bytes())
    content[len(content) // 2] ^= 4
    part.write_bytes(content)
    answer = folder("store", "verify", "campaign.toml", "--json")
    assert answer.code == 4
    assert (
        "composition.magpie version 1: 1 damaged part files, such as composition.magpie/version=1"
        in answer.err
    )
    assert [len(one["damaged"]) for one in answer.record["blocks"]] == [0, 1, 0]
    assert part.exists()


def test_a_wrong_value_is_named(folder: CampaignFolder) -> None:
    """Whole by its checksum, and not what the block computes: only computing it again shows that."""
    table = block_table(store(folder), BLOCKS[2])
    folder("store", "compact", "campaign.toml")
    (name,) = committed_parts(table)
    content = read_part(table, name)
    values = content.column(1).to_numpy().copy()
    values[0] = np.nextafter(values[0], np.inf)
    at = content.schema.field(1)
    wrong = write_columns(table, content.set_column(1, at, [values]))
    drop_part(table, name)
    commit_parts(table)
    key = keys_of(content.column("key"))[0].decode()
    answer = folder("store", "verify", "campaign.toml", "--sample", "1000000", "--json")
    assert answer.code == 4
    assert f"1 of {len(values)} rows have other values today, such as key {key}" in answer.err
    assert wrong in committed_parts(table)


def test_no_store_is_said(folder: CampaignFolder) -> None:
    shutil.rmtree(store(folder))
    for command in ("show", "compact", "prune", "verify"):
        answer = folder("store", command, "campaign.toml")
        assert (answer.code, answer.out) == (2, "")
        assert "there is no feature store" in answer.err
    assert folder("store", "prune", "campaign.toml", "--older-than", "week").code == 2


def test_an_older_version_is_shown_and_pruned(folder: CampaignFolder) -> None:
    table = block_table(store(folder), BLOCKS[2])
    (name, *_) = committed_parts(table)
    old = replace(table, version=0)
    write_columns(old, read_part(table, name))
    commit_parts(old)
    shown = folder("store", "show", "campaign.toml")
    assert "not in use: version 1 is installed" in shown.out
    pruned = folder("store", "prune", "campaign.toml", "--versions", "--older-than", "0s", "--json").record
    assert [(one["block"], one["version"]) for one in pruned["versions"]] == [(BLOCKS[2], 0)]
    assert pruned["merged"] == 1
    found = folder("store", "show", "campaign.toml", "--json").record["blocks"]
    assert [one["version"] for one in found] == [1, 1, 1]
