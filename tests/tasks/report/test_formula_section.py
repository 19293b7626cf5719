"""The page shows the champion's formula with what its symbols mean, or says why there is none."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from matsluice.tasks.report import write_report

WriteRun = Callable[..., Path]
WRITTEN: dict[str, Any] = {
    "model": "lasso",
    "target": "band_gap",
    "unit": "eV",
    "reason": "",
    "kind": "linear model",
    "outputs": [{"label": "", "text": "0.53 - 1.2*mean_mass"}],
    "rules": "",
    "symbols": [
        {
            "name": "mean_mass",
            "column": "composition.elemental.mean_mass",
            "unit": "u",
            "definition": "mean of <masses>",
            "low": 1.0,
            "high": 238.0,
            "filled": None,
            "clipped": True,
        }
    ],
    "is_the_model": True,
    "off_by": 0.004,
    "r2": 1.0,
    "edges": [],
}


def page_with(write_run: WriteRun, **changes: Any) -> str:
    run = write_run()
    (run / "explanations.json").write_text(json.dumps({"formula": WRITTEN | changes}))
    return write_report(run).read_text()


def test_the_formula_stands_on_the_page(write_run: WriteRun) -> None:
    text = page_with(write_run)
    for part in (
        "The champion, written out",
        "0.53 - 1.2*mean_mass",
        "<td>u</td>",
        "1 to 238",
        "mean of &lt;masses&gt;",
        "within which the model holds them",
    ):
        assert part in text, part
    assert "How each edge" not in text


def test_a_network_has_its_edges(write_run: WriteRun) -> None:
    edge = {"layer": 0, "source": 1, "goal": 2, "function": "sin", "r2": 0.9987}
    text = page_with(write_run, is_the_model=False, r2=0.97, edges=[edge])
    assert "<code>sin</code>" in text
    assert "0.9987" in text
    assert "stands for a network and is not the network" in text.replace("\u00a0", " ")


def test_why_there_is_none(write_run: WriteRun) -> None:
    text = page_with(write_run, outputs=[], symbols=[], reason="the tree has 300 leaves")
    assert "is not written out: the tree has 300" in text.replace("\u00a0", " ")
    assert "The champion, written out" not in page_with(write_run, outputs=[], symbols=[])
    assert "The champion, written out" not in write_report(write_run()).read_text()
