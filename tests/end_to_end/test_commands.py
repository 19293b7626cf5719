"""The other commands, on a campaign that has run."""

from __future__ import annotations

import re
import resource
import signal
import time
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.request import urlopen

import pandas as pd
import pytest

from matsluice.flows.command_line.summary_text import summary_lines
from matsluice.models.catalogue import MODELS
from matsluice.tasks import featurize
from matsluice.tasks.features.blocks import BLOCKS

if TYPE_CHECKING:
    from tests.end_to_end.conftest import Answer, CampaignFolder, Finished, MakeFolder

TABLE = 'name,composition,note\n1,GaAs,"a, b"\n2,Xx2O3,\n3,Fe4O6,\n4,,\n5,Hg0.7Cd0.3Te,\n'


def too_wide(answer: Answer, folder: CampaignFolder) -> list[str]:
    """Return the lines over 80 columns; how long this machine's paths are is not the command's doing."""
    lines = re.sub(rf"{folder.path}|/\S*/", "", answer.out + answer.err).splitlines()
    return [line for line in lines if len(line) > 80]


def test_plan_says_what_is_there_and_writes_nothing(finished: Finished) -> None:
    folder, _ = finished
    before = folder.files()
    plan = folder("plan", "campaign.toml", "--json").record
    assert folder.files() == before
    assert plan["rows"] == 244
    assert plan["unique_materials"] == 226
    assert plan["fits"] == 3 * 2 * 3
    assert plan["resumes"] is None
    assert {name: block["computed_already"] for name, block in plan["blocks"].items()} == {
        "composition.elemental": 226,
        "composition.magpie": 226,
        "composition.stoichiometry": 226,
    }
    assert sum(block["to_compute"] for block in plan["blocks"].values()) == 0
    answer = folder("plan", "campaign.toml")
    assert answer.code == 0
    assert too_wide(answer, folder) == []


def test_plan_of_a_campaign_that_never_ran(new_folder: MakeFolder) -> None:
    folder = new_folder()
    plan = folder("plan", "campaign.toml", "--json").record
    assert {block["to_compute"] for block in plan["blocks"].values()} == {226}
    assert folder.files() == {"campaign.toml", "measured_band_gaps.csv"}


def test_status(finished: Finished) -> None:
    folder, _ = finished
    (record,) = folder("status", "campaign.toml", "--json").record["runs"]
    assert (record["campaign"], record["status"], record["failure"]) == ("gaps", "completed", None)
    assert record["done"] == ["ingest", "featurize", "train", "screen", "report"]
    answer = folder("status")
    assert answer.code == 0
    assert answer.out.startswith(f"gaps  {record['run_id']}  completed\n")
    assert too_wide(answer, folder) == []


def test_report_is_written_anew(finished: Finished) -> None:
    folder, answer = finished
    page = Path(answer.record["directory"]) / "report.html"
    before = page.stat().st_mtime_ns
    assert folder("report", "campaign.toml", "--json").record == {"report": str(page)}
    assert page.stat().st_mtime_ns > before
    assert folder("report", "campaign.toml", "--workspace", "workspace").out == f"{page}\n"


def test_blocks(finished: Finished) -> None:
    folder, _ = finished
    record = folder("blocks", "--json").record
    assert set(record) == set(BLOCKS)
    for name, block in record.items():
        assert {"version", "needs", "columns"} <= set(block)
        for column in block["columns"]:
            assert {"name", "unit", "definition", "source"} <= set(column)
            assert column["name"].startswith(f"{name}.")
    for words in (("blocks",), *(("blocks", name) for name in BLOCKS)):
        answer = folder(*words)
        assert answer.code == 0
        assert too_wide(answer, folder) == []


def test_models(finished: Finished) -> None:
    folder, _ = finished
    record = folder("models", "--json").record
    assert set(record) == set(MODELS)
    assert record["random_forest"]["parameters"]["regression"]["n_estimators"] == 300
    answer = folder("models")
    assert [line.split()[0] for line in answer.out.splitlines()[1:-1] if not line.startswith(" ")] == list(
        MODELS
    )
    assert too_wide(answer, folder) == []


def test_featurize_writes_values_and_refusals(finished: Finished, tmp_path: Path) -> None:
    folder, _ = finished
    (tmp_path / "table.csv").write_text(TABLE)
    words = ("featurize", str(tmp_path / "table.csv"), "--blocks", "composition.magpie,composition.valence")
    answer = folder(*words, "--out", str(tmp_path / "out.parquet"), "--json")
    counts = answer.record
    assert (counts["rows"], counts["computed"], counts["rejected"]) == (5, 3, 2)
    table = pd.read_parquet(tmp_path / "out.parquet")
    assert table["formula"].tolist() == ["GaAs", "Fe4O6", "Hg0.7Cd0.3Te"]
    expected = featurize(table["formula"].tolist(), ["composition.magpie", "composition.valence"])
    pd.testing.assert_frame_equal(
        table[expected.columns.tolist()], expected.reset_index(drop=True), check_exact=True
    )
    rejected = pd.read_parquet(counts["rejected_file"])
    assert rejected["reason"].tolist() == ["unknown element", "empty"]
    assert rejected["detail"].str.startswith(("table.csv:3: ", "table.csv:5: ")).all()
    answer = folder(*words, "--out", str(tmp_path / "again.parquet"))
    assert answer.code == 0
    assert too_wide(answer, folder) == []


def test_predict_writes_csv_and_says_why_not(finished: Finished, tmp_path: Path) -> None:
    folder, _ = finished
    (tmp_path / "table.csv").write_text(TABLE)
    answer = folder(
        "predict", "gaps@champion", str(tmp_path / "table.csv"), "--out", str(tmp_path / "out.csv")
    )
    assert answer.code == 0, answer.err
    assert answer.out.startswith("3 of 5 rows predicted")
    assert too_wide(answer, folder) == []
    table = pd.read_csv(tmp_path / "out.csv", keep_default_na=False)
    assert table.columns.tolist() == [
        "id", "formula", "prediction", "lower", "upper", "in_domain", "domain", "reason",
    ]  # fmt: skip
    assert [bool(reason) for reason in table["reason"]] == [False, True, False, True, False]
    assert [text == "" for text in table["prediction"]] == [False, True, False, True, False]


def test_predict_with_a_model_that_is_not_there(finished: Finished, tmp_path: Path) -> None:
    folder, _ = finished
    words = ("predict", "gasp", "measured_band_gaps.csv", "--out")
    answer = folder(*words, str(tmp_path / "out.csv"))
    assert (answer.code, answer.out) == (2, "")
    assert 'unknown model "gasp": did you mean "gaps"?' in answer.err
    assert "Traceback" not in answer.err
    assert 'ends in ".xlsx"' in folder(*words[:1], "gaps", *words[2:], str(tmp_path / "out.xlsx")).err
    assert list(tmp_path.iterdir()) == []


def test_init_writes_a_campaign_that_can_be_planned(new_folder: MakeFolder) -> None:
    folder = new_folder()
    answer = folder("init", "My Gaps")
    assert answer.code == 0
    assert {path.name for path in (folder.path / "My Gaps").iterdir()} == {
        "campaign.toml",
        "measured_band_gaps.csv",
        "DATA.md",
    }
    assert too_wide(answer, folder) == []
    assert folder("plan", "My Gaps/campaign.toml", "--json").record["campaign"] == "my-gaps"


def test_the_runs_last_lines(finished: Finished) -> None:
    _, answer = finished
    lines = list(summary_lines(answer.record))
    assert [line for line in lines if len(line) > 80 and "/" not in line] == []
    assert lines[0].endswith(": completed")


def test_help_is_quick_and_fits(finished: Finished) -> None:
    folder, _ = finished
    commands = ("init", "plan", "run", "status", "featurize", "predict", "report", "blocks", "models", "ui")
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    overview = folder("--help")
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    # The bar is 0.3 s on an idle machine. What several share it for does not count; heavy imports do.
    assert used.ru_utime + used.ru_stime - before.ru_utime - before.ru_stime < 1.5
    for command in commands:
        assert re.search(rf"^\s+{command}\s", overview.out, re.MULTILINE)
        answer = folder(command, "--help")
        assert answer.code == 0
        assert too_wide(answer, folder) == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ui_answers_and_ends_on_a_signal(finished: Finished, number: signal.Signals) -> None:
    folder, _ = finished
    call = folder.start("ui", "campaign.toml")
    call.wait_for(lambda: "Ctrl-C" in call.out.read_text(), timeout_s=90)
    pages = dict(line.split(maxsplit=1) for line in call.out.read_text().splitlines()[:2])
    assert set(pages) == {"MLflow", "Prefect"}
    for url in pages.values():
        with urlopen(url.partition("#")[0], timeout=20) as page:
            assert page.status == 200
            assert b"<html" in page.read().lower()
    call.send(number)
    began = time.monotonic()
    answer = call.wait(30)
    assert time.monotonic() - began < 15
    assert answer.code == 0, answer.err
    assert answer.err == ""
    assert call.left_over(grace_s=5) == {}
