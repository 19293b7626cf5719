"""What is read, and what is refused, where and why."""

from __future__ import annotations

import csv
import os
from fractions import Fraction
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from matsluice.tasks.material import material_keys, parse_formulas, reduced_formulas
from matsluice.tasks.material.elements import ATOMIC_NUMBERS

ROOT = Path(__file__).parents[3]


def composition(formula: str) -> dict[str, int]:
    parsed = parse_formulas([formula])
    assert parsed.refused == [], parsed.refused
    symbols = {z: symbol for symbol, z in ATOMIC_NUMBERS.items()}
    numbers, amounts = parsed.batch.atomic_numbers.tolist(), parsed.batch.amounts.tolist()
    assert numbers == sorted(numbers)
    return {symbols[z]: int(amount) for z, amount in zip(numbers, amounts, strict=True)}


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        ("Fe2O3", {"Fe": 2, "O": 3}),
        ("Hg0.7Cd0.3Te", {"Hg": 7, "Cd": 3, "Te": 10}),
        ("  NaCl\t", {"Na": 1, "Cl": 1}),
        ("Fe2 O3", {"Fe": 2, "O": 3}),  # as pymatgen prints formulas
        ("Ag(W3Br7)2", {"Ag": 1, "W": 6, "Br": 14}),
        ("[Co{N(H)3}6](ClO4)0.5", {"Co": 2, "N": 12, "H": 36, "Cl": 1, "O": 4}),
        ("((Fe0.5Co0.5)2O3)1.5", {"Fe": 1, "Co": 1, "O": 3}),
        ("(Fe0.1)3", {"Fe": 1}),  # 0.1 * 3 is not 0.3 in binary
        ("La.7Sr.3MnO3", {"La": 7, "Sr": 3, "Mn": 10, "O": 30}),
        ("CH3COOH", {"C": 1, "H": 2, "O": 1}),  # summed: C2H4O2
        ("Fe1O0", {"Fe": 1}),
        ("Fe(O2)0C", {"Fe": 1, "C": 1}),
        ("No", {"No": 1}),
        ("Y", {"Y": 1}),
        ("N", {"N": 1}),
        ("NO", {"N": 1, "O": 1}),
        ("Na1N1", {"Na": 1, "N": 1}),
        ("NaN1", {"Na": 1, "N": 1}),
        ("Og", {"Og": 1}),
        ("Fe00200O003.0", {"Fe": 200, "O": 3}),
        ("CuSO4·5H2O", {"Cu": 1, "S": 1, "O": 9, "H": 10}),
        ("CuSO4*5H2O", {"Cu": 1, "S": 1, "O": 9, "H": 10}),
        ("CaSO4·0.5H2O", {"Ca": 2, "S": 2, "O": 9, "H": 2}),
        ("CaSO4 · 1.5H2O", {"Ca": 2, "S": 2, "O": 11, "H": 6}),
        ("CuSO4.H2O", {"Cu": 1, "S": 1, "O": 5, "H": 2}),
        ("0.5Li2O*0.5P2O5", {"Li": 1, "P": 1, "O": 3}),
        ("2Fe2O3", {"Fe": 2, "O": 3}),
        ("Li0.5H2O", {"Li": 1, "H": 4, "O": 2}),
        ("CuSO4.5H2O1", {"Cu": 2, "S": 2, "O": 11, "H": 4}),
        ("Fe0.620C0.000953", {"Fe": 620000, "C": 953}),
        ("Fe9007199254740992O", {"Fe": 2**53, "O": 1}),
        ("Fe" * 100, {"Fe": 1}),  # more symbols than the compiled reader holds
        ("(" * 40 + "Fe" + ")" * 40, {"Fe": 1}),  # more brackets than the compiled reader holds
    ],
)
def test_reads(formula: str, expected: dict[str, int]) -> None:
    assert composition(formula) == expected


@pytest.mark.parametrize(
    ("formula", "position", "reason", "words"),
    [
        ("Xx2O3", 1, "unknown element", '"Xx" at position 1 is not an element'),
        ("  Xx2O3", 3, "unknown element", "position 3"),
        ("Fe2O3X", 6, "unknown element", '"X" at position 6'),
        ("Fee2O3", 1, "unknown element", '"Fee"'),
        ("fe2o3", 1, "unknown element", "begins with a capital letter"),
        ("Fe2O3)", 6, "unbalanced bracket", '")" at position 6 closes no bracket'),
        ("(Fe2O3", 1, "unbalanced bracket", '"(" at position 1 is never closed'),
        ("(Fe2O3]", 7, "unbalanced bracket", 'closes the "(" at position 1'),
        ("Fe()2", 3, "empty bracket", "nothing in it"),
        ("", None, "empty", "the formula is empty"),
        ("   ", None, "empty", "the formula is empty"),
        ("nan", None, "missing", "marks a missing value"),
        ("NaN", None, "missing", "write Na1N1"),
        (" NaN ", None, "missing", "write Na1N1"),
        ("None", None, "missing", "marks a missing value"),
        ("NULL", None, "missing", "marks a missing value"),
        ("N/A", None, "missing", "marks a missing value"),
        ("NA", None, "missing", "marks a missing value"),
        ("-", None, "missing", "marks a missing value"),
        ("Fe-2O3", 3, "negative amount", "amounts are positive"),
        ("(Fe)-2O3", 5, "negative amount", "amounts are positive"),
        ("Fe0", None, "zero amount", "every amount is zero"),
        ("(Fe2O3)0", None, "zero amount", "every amount is zero"),
        ("Fe1e-3O", 4, "exponent", "write the amount as a decimal"),
        ("Fe2E3", 4, "exponent", "write the amount as a decimal"),
        ("Na+", 3, "sign", "leave out charges"),
        ("SO4^2-", 4, "sign", "leave out charges"),
        ("SO4-2", 4, "sign", "leave out charges"),
        ("D2O", 1, "isotope", "write H"),
        ("HT", 2, "isotope", "write H"),
        ("Fe₂O₃", 3, "not ASCII", 'write "Fe2O3"'),
        ("F\u04352O3", 2, "not ASCII", "U+0435"),  # a Cyrillic letter
        ("CuSO4.5H2O", 7 - 1, "ambiguous hydrate", '"CuSO4*5H2O" for the hydrate'),
        ("CuSO4.5(H2O)", 6, "ambiguous hydrate", '"CuSO4.5(H2O1)" for the decimal'),
        ("NaOH.5H2O", 5, "ambiguous hydrate", '"NaOH*5H2O"'),
        ("CaSO4.0.5H2O", 8, "malformed amount", "one point"),
        ("Fe2.", 4, "malformed amount", "a digit after it"),
        ("Fe2..5O", 4, "malformed amount", "one point"),
        ("Fe 2", 4, "misplaced amount", "directly follows its element"),
        ("Fe2O3·", 7, "no element", "position 7"),
        ("5", 2, "no element", "position 2"),
        ("Fe,O", 3, "unexpected character", '","'),
        ("Fe\x00O", 3, "unexpected character", "?"),
        ("Fe" * 501, None, "too long", "at most 1000"),
        ("FeO0.00000000000000000001", None, "amount too small", "the amount of O is too small"),
    ],
)
def test_refuses(formula: str, position: int | None, reason: str, words: str) -> None:
    parsed = parse_formulas(["NaCl", formula, "Fe"])
    assert parsed.rows.tolist() == [0, 2]
    (refusal,) = parsed.refused
    assert (refusal.row, refusal.position, refusal.reason) == (1, position, reason)
    assert words in refusal.detail
    assert refusal.detail.isprintable()


@pytest.mark.parametrize(
    ("value", "reason"), [(None, "missing"), (float("nan"), "missing"), (False, "not text"), (5, "not text")]
)
def test_refuses_what_is_no_text(value: object, reason: str) -> None:
    parsed = parse_formulas([value, "NaCl"])  # type: ignore[list-item]  # what tables hold, not what is asked for
    assert [(refusal.row, refusal.reason) for refusal in parsed.refused] == [(0, reason)]
    assert parsed.rows.tolist() == [1]


def test_every_formula_is_read_or_refused_in_order() -> None:
    formulas = ["Fe2O3", "CuSO4·5H2O", "Xx", "NaCl", "", "0.5Li2O*0.5P2O5", "Y"]
    parsed = parse_formulas(formulas)
    assert parsed.rows.tolist() == [0, 1, 3, 5, 6]
    assert [refusal.row for refusal in parsed.refused] == [2, 4]
    assert reduced_formulas(parsed.batch) == ["Fe2O3", "CuH10SO9", "NaCl", "LiPO3", "Y"]


def test_nothing_to_read() -> None:
    parsed = parse_formulas([])
    assert (len(parsed.batch), parsed.rows.tolist(), parsed.refused) == (0, [], [])
    parsed = parse_formulas(["", "nan"])
    assert (len(parsed.batch), len(parsed.refused)) == (0, 2)


def test_digits_beyond_those_held_exactly_are_rounded_to_15_decimals_of_the_atomic_fraction() -> None:
    # 1/3 and 2/3 to 20 places: the whole numbers would need 67 bits.
    assert composition("Fe0.33333333333333333333O0.66666666666666666667") == {
        "Fe": 333333333333333,
        "O": 666666666666667,
    }
    # 16 places still fit, and are kept as written.
    assert composition("Fe0.3333333333333333O0.6666666666666667") == {
        "Fe": 3333333333333333,
        "O": 6666666666666667,
    }


def test_rounding_depends_on_the_ratio_alone() -> None:
    spellings = ["Fe1O2.00000000000000000001", "O4.00000000000000000002Fe2", "(FeO2.00000000000000000001)0.5"]
    assert len(set(material_keys(parse_formulas(spellings).batch))) == 1


def test_amounts_are_the_smallest_whole_numbers() -> None:
    batch = parse_formulas(["Fe4O6", "Fe0.4O0.6", "Ti0.00002Zr0.00004", "Si8"]).batch
    for start, stop in zip(batch.offsets[:-1], batch.offsets[1:], strict=True):
        whole = batch.amounts[start:stop].astype(int)
        assert np.gcd.reduce(whole) == 1
    assert Fraction(batch.amounts[4]) / Fraction(batch.amounts[5]) == Fraction(1, 2)


def test_distinct_compositions_of_the_demo_data() -> None:
    data = Path(os.environ.get("MATSLUICE_DATA", ROOT.parent / "shared" / "data"))
    table = data / "demo" / "experimental_band_gap.csv"
    if not table.exists():
        table = ROOT / "examples" / "solar-absorbers" / "experimental_band_gap.csv"
    with table.open(encoding="utf-8", newline="") as lines:
        formulas = [row["composition"] for row in csv.DictReader(lines)]
    parsed = parse_formulas(formulas)
    assert (len(formulas), parsed.refused) == (3896, [])
    assert len(set(material_keys(parsed.batch))) == 2470
    assert len(set(reduced_formulas(parsed.batch))) == 2470


def test_rows_are_places_whatever_the_labels_of_a_table() -> None:
    column = pd.Series(["Xx", "NaCl", None, "CuSO4*5H2O"], index=[7, 3, 1, 0])
    parsed = parse_formulas(column)  # type: ignore[arg-type]  # a table's column, as people pass it
    assert parsed.rows.tolist() == [1, 3]
    assert [(refusal.row, refusal.reason) for refusal in parsed.refused] == [
        (0, "unknown element"),
        (2, "missing"),
    ]
