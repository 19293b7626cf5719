"""The example's notebook, cell by cell, on the small campaign."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.end_to_end.conftest import Answer, CampaignFolder

NOTEBOOK = Path(__file__).parents[2] / "examples" / "solar-absorbers" / "use-the-champion.ipynb"

# MLflow inspects type hints of `predict` when it is imported, and warns about its own.
pytestmark = pytest.mark.filterwarnings("ignore:.*Any type hint is inferred as AnyType:UserWarning")


def cells() -> list[str]:
    notebook = json.loads(NOTEBOOK.read_text(encoding="utf-8"))
    assert (notebook["nbformat"], notebook["nbformat_minor"]) == (4, 5)
    code = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    # What an earlier reader saw is not committed.
    assert all(cell["outputs"] == [] and cell["execution_count"] is None for cell in code)
    return ["".join(cell["source"]) for cell in code]


def test_it_runs_from_top_to_bottom(finished: tuple[CampaignFolder, Answer]) -> None:
    names, *others = cells()
    seen: dict[str, Any] = {}
    exec(compile(names, "names", "exec"), seen)
    assert (seen["NAME"], seen["WORKSPACE"]) == ("solar-absorbers", "workspace")
    seen |= {"NAME": "gaps", "WORKSPACE": str(finished[0].path / "workspace")}
    for number, cell in enumerate(others, start=1):
        exec(compile(cell, f"cell {number}", "exec"), seen)
    predicted = seen["predicted"]
    assert predicted["prediction"].notna().tolist() == [True] * 5 + [False]
    assert "Xx" in predicted["reason"].iloc[-1]
    assert (predicted["lower"].iloc[:5] <= predicted["upper"].iloc[:5]).all()
    # A crystal is its formula to a model of compositions.
    assert seen["crystal"]["prediction"].iloc[0] == predicted["prediction"].iloc[1]
    assert len(seen["best"]) == 10
    assert len(seen["axes"].containers) == 1
