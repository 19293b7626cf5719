"""The catalogue of blocks as the command prints it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from matsluice.tasks.features.blocks import BLOCKS

if TYPE_CHECKING:
    from tests.end_to_end.conftest import Answer, CampaignFolder, MakeFolder


@pytest.fixture(scope="module")
def folder(session_folder: MakeFolder) -> CampaignFolder:
    return session_folder()


@pytest.fixture(scope="module")
def catalogue(folder: CampaignFolder) -> Answer:
    return folder("blocks", "--json")


def test_blocks_are_told_with_every_column(catalogue: Answer) -> None:
    assert set(catalogue.record) == set(BLOCKS)
    for name, block in catalogue.record.items():
        assert block["columns"], name
        for column in block["columns"]:
            assert column["name"].startswith(f"{name}.")
            assert all(column[key].strip() for key in ("unit", "definition", "source")), column
    assert catalogue.record["graph.topology"]["parameters"]["bonding"]["value"] == "minimum_distance"


@pytest.mark.parametrize(
    "words",
    [(), ("structure.bonding",), ("graph.topology(bonding=voronoi)",), ("matminer.Meredig",)],
    ids=lambda words: words[0] if words else "all",
)
def test_blocks_fit_a_terminal(folder: CampaignFolder, catalogue: Answer, words: tuple[str, ...]) -> None:
    answer = folder("blocks", *words)
    assert (answer.code, answer.err) == (0, "")
    assert [line for line in answer.out.splitlines() if len(line) > 80] == []
    if not words:
        assert all(name in answer.out for name in BLOCKS)
        assert "matminer.<Featurizer>" in answer.out
    elif words[0] in catalogue.record:
        assert all(column["name"] in answer.out for column in catalogue.record[words[0]]["columns"])
    elif words[0].startswith("graph"):
        assert "bonding = voronoi" in answer.out
        assert "minimum_distance" in answer.out
        assert "shells = 5" in answer.out
        assert "2 to 10" in answer.out
        assert "Voronoi cell" in answer.out
