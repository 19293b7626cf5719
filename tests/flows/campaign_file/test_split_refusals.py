"""[validation] and the sections below it: each mistake with its sentence, and what right ones become."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import pytest

from matsluice.flows.campaign_file import Campaign, load_campaign
from matsluice.flows.preflight import preflight
from matsluice.infra.mistakes import InvalidInput

Refusal: TypeAlias = Callable[[str | bytes], list[str]]


def with_splits(right: str, splits: str, below: str = "") -> str:
    return right.replace("folds = 3\n", f"folds = 3\nsplits = [{splits}]\n{below}\n")


@pytest.mark.parametrize(
    ("splits", "below", "said"),
    [
        ('"elements"', "", 'validation.splits[0]: unknown split "elements": did you mean "element"?'),
        ('"random", "time"', "", "validation.time.column: is missing; write the name of a column with years"),
        (
            '"time"',
            '[validation.time]\ncolum = "year"\ncolumn = "year"',
            'validation.time.colum: unknown key "colum": did you mean "column"?',
        ),
        (
            '"random"',
            '[validation.time]\ncolumn = "year"',
            'validation.time: is for the split time, which validation.splits does not name: add "time" there',
        ),
        ('"random"', "[validation.tme]\nx = 1", 'validation.tme: unknown key "tme": did you mean "time"?'),
        ('"time"', 'time = "year"', "validation.time: write [validation.time], and its keys below"),
        (
            '"element"',
            '[validation.element]\nelements = ["O", "fe"]',
            'validation.element.elements[1]: "fe" is not the symbol of an element; did you mean "Fe"?',
        ),
        (
            '"element"',
            '[validation.element]\nelements = ["O", "O"]',
            'validation.element.elements: element "O" stands more than once; name each once',
        ),
        (
            '"periodic-table-group"',
            "[validation.periodic-table-group]\ngroups = [16, 19]",
            "validation.periodic-table-group.groups[1]: got 19; allowed: a number from 1 to 18, lanthanides",
        ),
        (
            '"target-extreme"',
            "[validation.target-extreme]\nshare = 0.5",
            "validation.target-extreme.share: got 0.5; allowed: a share of the materials, above 0 and at most",
        ),
        (
            '"official"',
            '[validation.official]\npath = "tabel.csv"',
            'validation.official.path: there is no file "tabel.csv" in FOLDER; did you mean "table.csv"?',
        ),
        (
            '"structure-prototype"',
            "",
            'validation.splits[0]: split "structure-prototype" needs structure, and [data] gives composition only',
        ),
        ('"random"', 'allow = ["target-copi"]', 'unknown finding "target-copi": did you mean "target-copy"?'),
        ('"random"', 'allow = ["label-noise"]', 'a finding "label-noise" stops no run: leave it out'),
        (
            '"random"',
            'allow = ["target-copy", "target-copy"]',
            'validation.allow: finding "target-copy" stands more than once',
        ),
    ],
)
def test_refused(right: str, refusal: Refusal, splits: str, below: str, said: str) -> None:
    (line,) = refusal(with_splits(right, splits, below))
    assert said in line


def test_extremes_are_of_numbers(right: str, refusal: Refusal) -> None:
    text = with_splits(right, '"random", "target-extreme"').replace('"regression"', '"classification"')
    (line,) = refusal(text.replace('kind = "ridge"', 'kind = "logistic"'))
    assert (
        'split "target-extreme" is for regression, and "gap" is learned by classification: leave it out'
        in line
    )


def test_a_study_needs_folds_that_test_every_row_once(right: str, refusal: Refusal) -> None:
    study = '[[studies]]\nkind = "optimizers"\nsplit = "element"\n'
    (line,) = refusal(with_splits(right, '"random", "element"') + study)
    assert 'split "element" does not. Possible: random' in line


ROWS = "id,composition,gap,year\n" + "".join(
    f"r{n},{metal}{anion},{n / 10},{1990 + n}\n"
    for n, (metal, anion) in enumerate(
        (m, a) for m in ("Ti", "Fe", "Cu", "Zn", "Cd") for a in ("O", "S", "Se")
    )
)


def load(folder: Path, text: str, rows: str = ROWS) -> Campaign:
    (folder / "table.csv").write_text(rows)
    (folder / "campaign.toml").write_text(text)
    return load_campaign(folder / "campaign.toml")


def test_what_is_written_comes_back(right: str, tmp_path: Path) -> None:
    (tmp_path / "folds.csv").write_text("id,fold\nr0,0\nr1,1\n")
    below = (
        'allow = ["target-copy"]\n[validation.time]\ncolumn = "year"\n[validation.official]\npath = "folds.csv"\n'
        "[validation.periodic-table-group]\ngroups = [16, 'lanthanides']"
    )
    splits = '"random", "element", "time", "official", "periodic-table-group"'
    campaign = load(tmp_path, with_splits(right, splits, below))
    assert campaign.validation.row_columns == ("year",)
    assert [campaign.validation.fold_count(one) for one in ("random", "periodic-table-group")] == [3, 2]
    (tmp_path / "elsewhere").mkdir()
    again = tmp_path / "elsewhere" / "again.toml"
    again.write_text(campaign.resolved_toml())
    assert load_campaign(again) == campaign
    assert load_campaign(again).digest == campaign.digest


def test_a_campaign_without_them_keeps_its_name(right: str, tmp_path: Path) -> None:
    campaign = load(tmp_path, right)
    assert campaign.validation.allow == ()
    allowed = load(tmp_path, right.replace("folds = 3\n", 'folds = 3\nallow = ["target-copy"]\n'))
    assert allowed.digest != campaign.digest


@pytest.mark.parametrize(
    ("splits", "below", "rows", "said"),
    [
        (
            '"chemical-system"',
            "",
            "composition,gap\n" + "".join(f"Fe{n}O{n + 1},{n}\n" for n in range(1, 12)),
            r"the split chemical-system finds 1 group \(Fe-O\) in the data, fewer than the 3",
        ),
        (
            '"time"',
            '[validation.time]\ncolumn = "year"',
            ROWS.replace("1994", "in the nineties"),
            r'year is "in the nineties" at table.csv:6; allowed: a number such as 2004, or an ISO date',
        ),
        (
            '"time"',
            '[validation.time]\ncolumn = "year"',
            ROWS.replace("1994", "1994-05-01"),
            r'year is "1994-05-01" at table.csv:6, a date, and a number in the rows before',
        ),
        (
            '"time"',
            '[validation.time]\ncolumn = "year"',
            "".join(
                line.rpartition(",")[0] + ",2001\n" if n else line + "\n"
                for n, line in enumerate(ROWS.split())
            ),
            r"the split time finds 1 different time \(2001.0\) in the data, fewer than the 4",
        ),
        ('"time"', '[validation.time]\ncolumn = "yaer"', ROWS, 'has no column "yaer": did you mean "year"'),
        (
            '"official"',
            '[validation.official]\npath = "folds.csv"',
            ROWS,
            r"ids that the data has not: 1 \(q7\) and no fold for rows of the data: 13 \(",
        ),
        (
            '"random"',
            "holdout = 0.01",
            ROWS,
            "validation.holdout = 0.01 of 15 materials is no material: raise it to",
        ),
    ],
)
def test_data_that_cannot_be_divided_so(
    right: str, tmp_path: Path, splits: str, below: str, rows: str, said: str
) -> None:
    (tmp_path / "folds.csv").write_text("id,fold\nr0,0\nr1,1\nq7,1\n")
    text = with_splits(right, splits, below)
    if rows.startswith("id,"):
        text = text.replace('formula = "composition"', 'formula = "composition"\nid = "id"')
    campaign = load(tmp_path, text, rows)
    with pytest.raises(InvalidInput, match=said):
        preflight(campaign)
    assert not (tmp_path / "workspace").exists()
