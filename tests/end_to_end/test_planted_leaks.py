"""Leaks that are planted in a campaign stop its run before a model is fitted, and are named."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

if TYPE_CHECKING:
    from tests.end_to_end.conftest import Answer, CampaignFolder, MakeFolder

pytestmark = [pytest.mark.models, pytest.mark.timeout(600)]

PLUGIN = Path(__file__).parents[1] / "plugins" / "leaky.py"
WITH_ID = ('formula = "composition"', 'formula = "composition"\nid = "id"')
QUICK = ("n_estimators = 40", "n_estimators = 10")
RIDGE_ONLY = ('[[models]]\nkind = "random_forest"\nparams = { n_estimators = 40 }\n', "")


def leaky(new_folder: MakeFolder, block: str, *more: tuple[str, str]) -> CampaignFolder:
    """Return a folder whose plug-in has a leak, on 90 materials measured once."""
    folder = new_folder(
        ('"composition.stoichiometry"]', f'"{block}"]'),
        ("[screen]", '[plugins]\nmodules = ["leaky.py"]\n[screen]'),
        RIDGE_ONLY,
        WITH_ID,
        *more,
        own_server=False,
    )
    path = folder.path / "measured_band_gaps.csv"
    table = pd.read_csv(path).drop_duplicates("composition").head(90)
    table.insert(0, "id", [f"row-{n}" for n in range(len(table))])
    table.to_csv(path, index=False)
    text = PLUGIN.read_text().replace('FILE = "measured_band_gaps.csv"', f'FILE = "{path}"')
    (folder.path / "leaky.py").write_text(text)
    return folder


def stopped(folder: CampaignFolder, check: str) -> tuple[Answer, dict[str, Any]]:
    """Run, and return how it ended and the finding that stopped it; nothing is trained."""
    answer = folder("run", "campaign.toml", "--json")
    assert answer.code == 4, answer.err
    assert "Traceback" not in answer.err
    assert check in answer.err
    assert f'allow = ["{check}"]' in answer.err
    assert folder.fits() == 0
    (run,) = folder.runs()
    record = json.loads((run / "audit.json").read_text())
    assert record["stopped"]
    (finding,) = [one for one in record["findings"] if one["weight"] == "stops"]
    assert finding["check"] == check
    assert 0 < len(finding["rows"]) <= 20
    assert finding["count"] >= len(finding["rows"])
    assert folder.state()["status"] == "failed"
    return answer, finding


def test_a_copy_of_the_target(new_folder: MakeFolder) -> None:
    folder = leaky(new_folder, "leaky.handbook")
    answer, finding = stopped(folder, "target-copy")
    assert finding["columns"] == ["leaky.handbook.gap"]
    assert finding["block"] == "leaky.handbook"
    assert "leaky.handbook.gap is a multiple of band_gap plus a constant" in answer.err
    # A person who knows why goes on, and it stands where scores are read.
    folder.change(("folds = 3", 'folds = 3\nallow = ["target-copy"]'))
    summary = folder.run()
    assert summary["status"] == "completed"
    assert summary["audit"]["stops"] == 1
    assert not summary["audit"]["stopped"]
    page = (folder.runs()[-1] / "report.html").read_text()
    assert "the campaign goes on with target-copy" in " ".join(page.replace("\u00a0", " ").split())


def test_a_scaler_fitted_outside_the_fold(new_folder: MakeFolder) -> None:
    folder = leaky(new_folder, "leaky.scaled")
    answer, finding = stopped(folder, "features-outside-fold")
    assert finding["columns"] == ["leaky.scaled.atomic_number"]
    assert "depends on the other rows it is computed with" in answer.err


@pytest.mark.parametrize("duplicates", ["keep", "median"])
def test_a_material_in_two_folds(new_folder: MakeFolder, duplicates: str) -> None:
    folder = new_folder(
        ('duplicates = "keep"', f'duplicates = "{duplicates}"'),
        ('splits = ["random", "composition"]', 'splits = ["official"]\nofficial = { path = "folds.csv" }'),
        ("holdout = 0.2", "holdout = 0"),
        WITH_ID,
        RIDGE_ONLY,
        own_server=False,
    )
    path = folder.path / "measured_band_gaps.csv"
    table = pd.read_csv(path).drop_duplicates("composition").head(60)
    # The same material in other words, with another value, in another fold.
    again = pd.DataFrame({"composition": [f"({table['composition'].iloc[0]})2"], "band_gap": [1.0]})
    table = pd.concat([table, again], ignore_index=True)
    table.insert(0, "id", [f"row-{n}" for n in range(len(table))])
    table.to_csv(path, index=False)
    table["fold"] = [n % 3 for n in range(len(table) - 1)] + [1]
    table[["id", "fold"]].to_csv(folder.path / "folds.csv", index=False)
    _, finding = stopped(folder, "duplicate-across-folds")
    assert sorted(finding["rows"]) == ["row-0", "row-60"]
    assert finding["split"] == "official"
