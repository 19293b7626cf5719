"""Several objectives as they are resolved, written out and read again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from matsluice.flows.campaign_file import load_campaign
from matsluice.flows.campaign_file.toml_text import toml_text


def smallest() -> dict[str, Any]:
    return {
        "campaign": {"name": "gaps"},
        "data": {"source": "csv", "path": "table.csv", "formula": "composition"},
        "targets": [{"column": "gap", "unit": "eV"}],
        "features": {"blocks": ["composition.elemental"]},
        "models": [{"kind": "random_forest", "params": {"n_estimators": 10}}],
    }


def test_several_objectives_are_written_out_and_read_again(tmp_path: Path) -> None:
    document = smallest()
    document["targets"].append({"column": "kind", "task": "classification"})
    document["screen"] = {
        "candidates": {"source": "enumerate"},
        "objectives": [
            {"target": "gap", "maximize": True, "weight": 2.0},
            {"target": "kind", "class": "metal", "at_most": 0.2},
        ],
        "acquisition": "upper_bound",
        "kappa": 1.5,
        "at_most_per_system": 3,
    }
    (tmp_path / "table.csv").write_text("composition,gap,kind\nNaCl,8.5,gap\n")
    (tmp_path / "campaign.toml").write_text(toml_text(document), encoding="utf-8")
    campaign = load_campaign(tmp_path / "campaign.toml")
    assert campaign.screen is not None
    assert campaign.screen.first.target == "gap"
    assert campaign.screen.weights == (2.0, 1.0)
    (tmp_path / "resolved.toml").write_text(campaign.resolved_toml(), encoding="utf-8")
    assert load_campaign(tmp_path / "resolved.toml") == campaign


def test_one_objective_is_written_out_as_ever(tmp_path: Path) -> None:
    document = smallest()
    document["screen"] = {
        "candidates": {"source": "enumerate"},
        "objective": {"target": "gap", "maximize": True},
    }
    (tmp_path / "table.csv").write_text("composition,gap\nNaCl,8.5\n")
    (tmp_path / "campaign.toml").write_text(toml_text(document), encoding="utf-8")
    text = load_campaign(tmp_path / "campaign.toml").resolved_toml()
    for key in ("objectives", "rank", "acquisition", "kappa", "at_most_per_system"):
        assert f"{key} =" not in text
