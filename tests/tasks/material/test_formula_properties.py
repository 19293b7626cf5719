"""Any formula: the compiled reader, the exact reader and a reference written apart from both agree."""

from __future__ import annotations

import math
import re
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from matsluice.tasks.material import CompositionBatch, material_keys, parse_formulas, reduced_formulas
from matsluice.tasks.material.canonical import LARGEST_AMOUNT, canonical_amounts
from matsluice.tasks.material.elements import ATOMIC_NUMBERS
from matsluice.tasks.material.grammar import read_formula
from matsluice.tasks.material.refusal import FormulaRefused

if TYPE_CHECKING:
    from random import Random

SYMBOLS = sorted(ATOMIC_NUMBERS)
BRACKETS = ("()", "[]", "{}")


def reference(formula: str) -> dict[int, Fraction]:
    """Read a plain formula by rewriting: the innermost bracket is multiplied out until none is left."""
    formula = formula.strip().replace(" ", "").translate(str.maketrans("[]{}", "()()"))
    term = re.compile(r"([A-Z][a-z]?)([0-9/.]*)")

    def expanded(match: re.Match[str]) -> str:
        times = Fraction(match[2] or 1)
        return "".join(
            f"{symbol}{Fraction(amount or 1) * times}" for symbol, amount in term.findall(match[1])
        )

    while "(" in formula:
        formula = re.sub(r"\(([^()]+)\)([0-9.]*)", expanded, formula)
    amounts: dict[int, Fraction] = {}
    for symbol, amount in term.findall(formula):
        z = ATOMIC_NUMBERS[symbol]
        amounts[z] = amounts.get(z, Fraction(0)) + Fraction(amount or 1)
    return {z: amount for z, amount in sorted(amounts.items()) if amount}


def canonical(amounts: dict[int, Fraction]) -> dict[int, int]:
    scale = math.lcm(*(amount.denominator for amount in amounts.values()))
    whole = {z: int(amount * scale) for z, amount in sorted(amounts.items())}
    divisor = math.gcd(*whole.values())
    return {z: amount // divisor for z, amount in whole.items()}


def read_exactly(text: str) -> dict[int, int] | FormulaRefused:
    try:
        return canonical_amounts(read_formula(text))
    except FormulaRefused as refusal:
        return refusal


def entries(batch: CompositionBatch, row: int = 0) -> dict[int, int]:
    start, stop = batch.offsets[row], batch.offsets[row + 1]
    numbers, amounts = batch.atomic_numbers[start:stop].tolist(), batch.amounts[start:stop].tolist()
    assert all(amount == int(amount) for amount in amounts)
    return {z: int(amount) for z, amount in zip(numbers, amounts, strict=True)}


amounts_written = st.one_of(
    st.just(""),
    st.integers(1, 999).map(str),
    st.decimals("0.001", "99", places=3).map(lambda amount: f"{amount:f}"),
    st.integers(1, 99).map(lambda digits: f".{digits:02d}"),
    st.sampled_from(["0", "0.0", "1.000", "007", "0.0000616", "123456789"]),
)
units = st.recursive(
    st.tuples(st.sampled_from(SYMBOLS), amounts_written).map("".join),
    lambda inner: st.tuples(
        st.sampled_from(BRACKETS), st.lists(inner, min_size=1, max_size=4).map("".join), amounts_written
    ).map(lambda group: f"{group[0][0]}{group[1]}{group[0][1]}{group[2]}"),
    max_leaves=8,
)
formulas = st.lists(units, min_size=1, max_size=6)


@settings(max_examples=400)
@given(formulas, st.sampled_from(["", " "]))
def test_readers_agree_with_the_reference(parts: list[str], blank: str) -> None:
    formula = blank.join(parts)
    parsed = parse_formulas([formula])
    if parsed.refused:
        reason = parsed.refused[0].reason
        # The two things that are refused although the reference reads them, and what has nothing to read.
        assert reason in ("zero amount", "ambiguous hydrate", "missing", "amount too small"), parsed.refused
        assert reason != "zero amount" or reference(formula) == {}
        return
    exact = reference(formula)
    assert {z: exact[z] for z in sorted(exact)} == dict(sorted(read_formula(formula).items()))
    expected = canonical(exact)
    if max(expected.values()) <= LARGEST_AMOUNT:
        assert entries(parsed.batch) == expected
    else:
        assert entries(parsed.batch) == canonical_amounts(exact)


@settings(max_examples=400)
@given(st.text(alphabet="FeONaCH()[]{}0123456789.. *+-eEx·\t", max_size=14))
def test_any_text_is_read_exactly_or_refused_with_a_place_in_it(text: str) -> None:
    parsed = parse_formulas([text])
    exact = read_exactly(text)
    if isinstance(exact, FormulaRefused):
        assert [one.reason for one in parsed.refused] == [exact.reason]
        assert exact.position is None or 1 <= exact.position <= len(text) + 1
        assert exact.detail.isprintable()
    else:
        assert parsed.refused == []
        assert entries(parsed.batch) == exact


compositions = st.dictionaries(st.sampled_from(SYMBOLS), st.integers(1, 400), min_size=1, max_size=8)


@settings(max_examples=200)
@given(compositions, st.integers(1, 20), st.randoms(use_true_random=False))
def test_order_and_scale_do_not_change_the_bits(
    composition: dict[str, int], scale: int, random: Random
) -> None:
    items = list(composition.items())
    plain = "".join(f"{symbol}{amount}" for symbol, amount in items)
    random.shuffle(items)
    tenths = "".join(f"{symbol}{amount * scale / 10:.1f}" for symbol, amount in items)
    batch = parse_formulas([plain, tenths]).batch
    first, second = batch.take([0]), batch.take([1])
    assert np.array_equal(first.atomic_numbers, second.atomic_numbers)
    assert first.amounts.tobytes() == second.amounts.tobytes()
    assert material_keys(first) == material_keys(second)


@settings(max_examples=200)
@given(compositions, compositions)
def test_keys_are_equal_exactly_where_the_ratios_are(left: dict[str, int], right: dict[str, int]) -> None:
    formulas = ["".join(f"{symbol}{amount}" for symbol, amount in one.items()) for one in (left, right)]
    keys = material_keys(parse_formulas(formulas).batch)
    ratios = [canonical({ATOMIC_NUMBERS[s]: Fraction(n) for s, n in one.items()}) for one in (left, right)]
    assert (keys[0] == keys[1]) == (ratios[0] == ratios[1])


@settings(max_examples=200)
@given(formulas)
def test_a_readable_formula_reads_back(parts: list[str]) -> None:
    batch = parse_formulas(["".join(parts)]).batch
    again = parse_formulas(reduced_formulas(batch))
    assert again.refused == []
    assert material_keys(again.batch) == material_keys(batch)
