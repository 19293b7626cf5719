"""Blocks of a model: which columns of the matrix they are, and which it cannot have."""

from __future__ import annotations

import copy
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from matsluice.flows.campaign_file import Campaign, load_campaign
from matsluice.flows.campaign_file.toml_text import toml_text
from matsluice.infra.mistakes import InvalidInput
from matsluice.tasks.features import find_block

SMALLEST: dict[str, Any] = {
    "campaign": {"name": "gaps"},
    "data": {"source": "csv", "path": "table.csv", "formula": "composition"},
    "targets": [{"column": "gap", "unit": "eV"}],
    "features": {"blocks": ["composition.elemental"]},
}


def written(folder: Path, document: dict[str, Any]) -> Campaign:
    (folder / "table.csv").write_text("composition,gap\nNaCl,8.5\n")
    (folder / "campaign.toml").write_text(toml_text(document), encoding="utf-8")
    return load_campaign(folder / "campaign.toml")


def test_a_model_sees_the_columns_of_its_blocks_wherever_they_stand(tmp_path: Path) -> None:
    document = copy.deepcopy(SMALLEST)
    words = ["composition.stoichiometry", "composition.embedding(vectors=megnet16)", "composition.valence"]
    document["features"] = {"blocks": words}
    document["models"] = [
        {"kind": "ridge", "name": "ends", "blocks": ["composition.valence", "composition.stoichiometry"]},
        # Which vectors they are need not be said twice.
        {"kind": "svm", "name": "middle", "blocks": ["composition.embedding"]},
        {"kind": "stacking", "params": {"members": ["ends", "middle", "ridge"]}},
    ]
    widths = [len(find_block(word).make().columns()) for word in words]
    first, second, third = np.cumsum([0, *widths])[1:].tolist()
    campaign = written(tmp_path, document)
    ends, middle, stack = (model.parameters_for("regression", campaign.models) for model in campaign.models)
    assert ends["columns"] == ((0, first), (second, third))
    assert middle["columns"] == ((first, second),)
    assert "columns" not in stack
    assert stack["members"][0]["params"]["columns"] == ends["columns"]
    assert stack["members"][1]["params"]["columns"] == middle["columns"]
    assert stack["members"][2] == "ridge"
    (tmp_path / "resolved.toml").write_text(campaign.resolved_toml(), encoding="utf-8")
    for again in (load_campaign(tmp_path / "resolved.toml"), pickle.loads(pickle.dumps(campaign))):
        assert again.digest == campaign.digest
        assert again.models[1].parameters_for("regression", again.models) == middle


@pytest.mark.parametrize(
    ("model", "sentence"),
    [
        (
            {"kind": "ridge", "blocks": ["composition.magpie"]},
            'models[0].blocks[0]: unknown block "composition.magpie": did you mean "composition.elemental"?',
        ),
        ({"kind": "ridge", "blocks": ["composition.elementl"]}, 'did you mean "composition.elemental"'),
        ({"kind": "ridge", "params": {"columns": [[0, 1]]}}, "models[0].params.columns"),
        (
            {"kind": "stacking", "blocks": ["composition.elemental"]},
            "models[0].blocks: stacking sees what its members see: give each of them blocks of its own",
        ),
    ],
)
def test_blocks_a_model_cannot_have(tmp_path: Path, model: dict[str, Any], sentence: str) -> None:
    document = copy.deepcopy(SMALLEST)
    document["models"] = [model]
    with pytest.raises(InvalidInput) as refusal:
        written(tmp_path, document)
    assert sentence in str(refusal.value)
