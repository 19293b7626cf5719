"""`matsluice bench` on a small task of the same form: scores, submission, going on, and what is refused."""

from __future__ import annotations

import csv
import gzip
import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from matsluice.flows.benchmark import chosen_entries, recipe_folder, run_benchmark
from matsluice.flows.command_line.app import app
from matsluice.flows.command_line.bench_text import bench_lines
from matsluice.infra.mistakes import InvalidInput
from matsluice.tasks.leaderboard.published import Published, rank

DATA = Path(os.environ.get("MATSLUICE_DATA", Path(__file__).parents[3] / "shared" / "data")) / "matbench"
RECIPE = """
[campaign]
name = "small"
[data]
source = "csv"
path = "none.csv"
id = "mbid"
formula = "composition"
[[targets]]
column = "{column}"
{task}
[features]
blocks = ["composition.fractions", "composition.charge_balance"]
[[models]]
kind = "dummy"
[[models]]
kind = "{kind}"
params = {{ n_estimators = 20 }}
"""
# Of two elements, in amounts that differ: half of them with a gap.
SALTS = [
    f"{metal}{count}{other}"
    for metal in ("Na", "K", "Mg", "Fe")
    for count in (1, 2, 3)
    for other in ("Cl", "O")
]


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """Two tasks of 24 rows in three folds, and a recipe for each."""
    chance = np.random.default_rng(0)
    for name, column, task, kind in (
        ("matbench_gaps", "gap (eV)", 'unit = "eV"\nobjective = "mae"', "extra_trees"),
        ("matbench_salts", "is_salt", 'task = "classification"', "random_forest"),
    ):
        ids = [f"mb-{row:02d}" for row in range(len(SALTS))]
        values = [
            (3.0 if salt.endswith("Cl") else round(float(chance.uniform()), 3))
            if kind == "extra_trees"
            else str(salt.endswith("Cl"))
            for salt in SALTS
        ]
        with (tmp_path / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows(
                [["mbid", "composition", column], *zip(ids, SALTS, values, strict=True)]
            )
        folds = {f"fold_{fold}": ids[fold::3] for fold in range(3)}
        (tmp_path / f"{name}.folds.json").write_text(json.dumps(folds), encoding="utf-8")
        text = RECIPE.format(column=column, task=task, kind=kind)
        (tmp_path / f"{name}.toml").write_text(text, encoding="utf-8")
    (tmp_path / "leaderboard.csv").write_text(
        "task,method,metric,value\nmatbench_gaps,Other,MAE (eV),0.0001\nmatbench_gaps,Mean,MAE (eV),99\n"
    )
    return tmp_path


def command(small: Path, *more: str) -> Any:
    given = ["bench", "matbench", "--data", str(small), "--recipes", str(small), "--out", str(small / "out")]
    return CliRunner().invoke(app, [*given, *more])


def test_scores_submission_and_going_on(small: Path) -> None:
    said = command(small, "--json", "--workers", "2")
    assert said.exit_code == 0, said.output
    scores = json.loads(said.stdout)
    assert set(scores) == {"matbench_gaps", "matbench_salts"}
    assert set(scores["matbench_gaps"]) == {"mae", "folds", "seconds"}
    assert set(scores["matbench_salts"]) == {"roc_auc", "folds", "roc_auc_label", "folds_label", "seconds"}
    assert scores["matbench_gaps"]["mae"] == pytest.approx(np.mean(scores["matbench_gaps"]["folds"]))
    assert scores["matbench_gaps"]["mae"] < 1.0
    assert scores["matbench_salts"]["roc_auc"] > 0.7
    written = json.loads(gzip.decompress((small / "out" / "results.json.gz").read_bytes()))
    results = written["tasks"]["matbench_gaps"]["results"]
    folds = json.loads((small / "matbench_gaps.folds.json").read_text())
    assert {fold: list(said["data"]) for fold, said in results.items()} == folds
    assert set(written["tasks"]["matbench_salts"]["results"]["fold_0"]["scores"]) == {
        "accuracy", "balanced_accuracy", "f1", "rocauc",
    }  # fmt: skip
    # A lost fold is fitted again, to the same numbers, and no other is touched.
    files = sorted((small / "out" / "folds").glob("*fold-*.npz"))
    assert len(files) == 6
    files[0].unlink()
    before = {file: file.stat().st_mtime_ns for file in files[1:]}
    again = json.loads(command(small, "--json", "--workers", "1").stdout)
    assert {file: file.stat().st_mtime_ns for file in files[1:]} == before
    without = [
        {key: value for key, value in each.items() if key != "seconds"}
        for each in (again["matbench_gaps"], scores["matbench_gaps"])
    ]
    assert without[0] == without[1]


def test_the_table_fits_the_terminal_and_ranks(small: Path) -> None:
    said = command(small, "--tasks", "gaps")
    assert said.exit_code == 0, said.output
    lines = said.stdout.splitlines()
    assert max(len(line) for line in lines if "results.json.gz" not in line) <= 80
    (ours,) = (line for line in lines if "matsluice" in line and "fold" not in line)
    assert ours.split()[0] == "2"
    assert [line.split()[-1] for line in lines if "Other" in line] == ["0.0001"]


def test_a_fold_is_learned_from_the_other_folds_alone(small: Path) -> None:
    """Other labels of the tested rows change nothing of what is said of them."""
    entries = chosen_entries(small, ["gaps"], small)
    run_benchmark(entries, small / "one", 1)
    task = entries[0].task
    task.y[task.fold == 0] += 50.0
    run_benchmark(entries, small / "two", 1)
    said = [
        json.loads(gzip.decompress((small / folder / "results.json.gz").read_bytes()))["tasks"][
            "matbench_gaps"
        ]["results"]
        for folder in ("one", "two")
    ]
    assert said[0]["fold_0"]["data"] == said[1]["fold_0"]["data"]
    assert said[0]["fold_1"]["data"] != said[1]["fold_1"]["data"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda d: table(d).unlink(), "there is no matbench_gaps.csv in "),
        (lambda d: folds(d).unlink(), "there is no matbench_gaps.folds.json in "),
        (lambda d: folds(d).write_text("[1"), "is no JSON file of folds"),
        (lambda d: folds(d).write_text('{"fold_0": ["mb-00"]}'), "two or more folds"),
        (lambda d: renamed(d, "mb-03", "mb-99"), r"names ids that the table has not: 1 \(mb-99\)"),
        (lambda d: renamed(d, "mb-03", "mb-06"), r"leaves out ids of the table: 1 \(mb-03\)"),
        (lambda d: table(d).write_text("mbid,composition\nx,NaCl\n"), r'no column "gap \(eV\)"'),
        (lambda d: table(d).write_text("mbid,composition,gap (eV)\nx,Qq,1\n"), "matbench_gaps.csv, x: "),
        (lambda d: table(d).write_text("mbid,composition,gap (eV)\nx,NaCl,a\n"), "not a number"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_a_sentence(small: Path, change: Any, said: str) -> None:
    change(small)
    with pytest.raises(InvalidInput, match=said):
        chosen_entries(small, ["gaps"], small)


def table(folder: Path) -> Path:
    return folder / "matbench_gaps.csv"


def folds(folder: Path) -> Path:
    return folder / "matbench_gaps.folds.json"


def renamed(folder: Path, one: str, other: str) -> None:
    path = folds(folder)
    path.write_text(path.read_text().replace(one, other))


def test_unknown_tasks_and_folders(small: Path) -> None:
    with pytest.raises(InvalidInput, match='unknown task "matbench_gap": did you mean "matbench_gaps"'):
        chosen_entries(small, ["gap"], small)
    with pytest.raises(InvalidInput, match="there is no folder"):
        chosen_entries(small / "no", [], small)
    with pytest.raises(InvalidInput, match="there is no recipe"):
        chosen_entries(small, [], small / "out")
    assert len(list(recipe_folder().glob("matbench_*.toml"))) == 4


def test_ranks() -> None:
    others = [Published("t", str(value), "MAE", value) for value in (1.0, 2.0, 3.0)]
    assert [rank(value, others, less_is_better=True) for value in (0.5, 2.5, 9.0)] == [1, 3, 4]
    assert [rank(value, others, less_is_better=False) for value in (0.5, 2.5, 9.0)] == [4, 2, 1]
    lines = list(bench_lines({"u": {"mae": 1.0, "folds": [1.0], "seconds": 3.0}}, others))
    five = {
        "roc_auc": 0.5,
        "folds": [0.5] * 5,
        "roc_auc_label": 0.5,
        "folds_label": [0.5] * 5,
        "seconds": 3.0,
    }
    many = [*others, Published("w", "A method with a very long name indeed", "ROC-AUC", 0.9)]
    assert max(map(len, bench_lines({"w": five}, many))) <= 80
    assert lines[0] == "u: mean absolute error, less is better"


@pytest.mark.examples
def test_steels_on_the_official_folds(tmp_path: Path) -> None:
    """The cheapest official task, with a loose bar: RF-Magpie has 103.5 MPa, the best published entry 79.95."""
    if not DATA.is_dir():
        pytest.skip(f"matbench's data is not in {DATA}")
    entries = chosen_entries(DATA, ["steels"], recipe_folder())
    scores = run_benchmark(entries, tmp_path, 2)["matbench_steels"]
    assert len(scores["folds"]) == 5
    assert scores["mae"] < 82.0
