"""Each [cluster] of docs/clusters.md loads, and each key that it is written of exists."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from matsluice.flows.campaign_file import load_campaign
from matsluice.flows.campaign_file.own_keys import keys_of
from matsluice.flows.campaign_file.using_sections import Cluster
from matsluice.flows.campaign_file.vocabulary import cluster_options
from matsluice.infra.clusters import CLUSTERS

PAGE = (Path(__file__).parents[3] / "docs" / "clusters.md").read_text(encoding="utf-8")
SNIPPETS = re.findall(r"```toml\n(.*?)```", PAGE, flags=re.DOTALL)


@pytest.mark.parametrize("snippet", SNIPPETS, ids=lambda text: re.findall(r'kind = "(\w+)"', text)[0])
def test_example_loads_and_loads_again(snippet: str, right: str, tmp_path: Path) -> None:
    (tmp_path / "table.csv").write_text("composition,gap\nNaCl,8.5\n")
    file = tmp_path / "campaign.toml"
    file.write_text(f"{right}{snippet}")
    campaign = load_campaign(file)
    written: dict[str, Any] = tomllib.loads(snippet)["cluster"]
    resolved = campaign.resolved_toml()
    told = tomllib.loads(resolved)["cluster"]
    assert {key: told[key] for key in written if key != "train"} == {
        key: value for key, value in written.items() if key != "train"
    }
    file.write_text(resolved)
    assert load_campaign(file).cluster == campaign.cluster


def test_every_kind_has_an_example() -> None:
    assert {tomllib.loads(text)["cluster"]["kind"] for text in SNIPPETS} == set(CLUSTERS)


def test_every_key_stands_on_the_page() -> None:
    keys = {*keys_of(Cluster), *(key for kind in CLUSTERS for key in keys_of(cluster_options(kind)))}
    assert {key for key in keys if f"`{key}`" not in PAGE and f"{key} =" not in PAGE} == set()
