"""Formulas made one after the other, each of them possible."""

from __future__ import annotations

import re
import time
import tomllib
from functools import reduce
from itertools import islice, product
from math import gcd
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matsluice.tasks.ingest.enumerate_options import DEFAULT_ELEMENTS, EnumerateOptions
from matsluice.tasks.ingest.enumerate_source import charge_balanced_formulas
from matsluice.tasks.ingest.source_batch import BATCH_ROWS, read_source
from matsluice.tasks.material import material_keys, parse_formulas

EXAMPLE = Path(__file__).parents[3] / "examples" / "solar-absorbers" / "campaign.toml"


@pytest.fixture(scope="module")
def example() -> EnumerateOptions:
    keys: dict[str, Any] = tomllib.loads(EXAMPLE.read_text(encoding="utf-8"))["screen"]["candidates"]
    del keys["source"]
    as_tuples: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in keys.items()
    }
    as_tuples["oxidation_states"] = {s: tuple(q) for s, q in keys["oxidation_states"].items()}
    return EnumerateOptions(**as_tuples)


@pytest.fixture(scope="module")
def formulas(example: EnumerateOptions) -> list[str]:
    return list(charge_balanced_formulas(example))


def amounts(formula: str) -> dict[str, int]:
    return {symbol: int(n or 1) for symbol, n in re.findall(r"([A-Z][a-z]?)(\d*)", formula)}


def is_balanced(formula: str, own: dict[str, tuple[int, ...]]) -> bool:
    """Whether some assignment of states sums to zero with cations less electronegative than anions."""
    from pymatgen.core.periodic_table import Element

    counts = amounts(formula)
    choices = [own.get(symbol, Element(symbol).common_oxidation_states) for symbol in counts]
    for states in product(*choices):
        total = sum(n * q for n, q in zip(counts.values(), states, strict=True))
        cations = [Element(s).X for s, q in zip(counts, states, strict=True) if q > 0]
        anions = [Element(s).X for s, q in zip(counts, states, strict=True) if q < 0]
        if total == 0 and cations and anions and max(cations) <= min(anions):
            return True
    return False


def test_the_example_has_the_candidates_it_promises(formulas: list[str]) -> None:
    assert len(formulas) >= 20_000
    keys = material_keys(parse_formulas(formulas).batch)
    assert len(keys) == len(set(keys)) == len(formulas)
    known = ["Cu2ZnSnS4", "CuInSe2", "CuGaSe2", "AgBiS2", "CuSbS2", "Cu2ZnGeSe4"]
    assert set(material_keys(parse_formulas(known).batch)) <= set(keys)
    # Not balanced, more than four of one element, not among the elements, two elements only.
    never = ["CuInSe3", "Cu5InSe4", "CsPbI3", "ZnS"]
    assert not set(material_keys(parse_formulas(never).batch)) & set(keys)


def test_every_formula_is_charge_neutral(example: EnumerateOptions, formulas: list[str]) -> None:
    own = {symbol: tuple(states) for symbol, states in example.oxidation_states.items()}
    assert [formula for formula in formulas[::7] if not is_balanced(formula, own)] == []


def test_pymatgen_agrees() -> None:
    """Its own guess finds a neutral assignment of common states for each."""
    from pymatgen.core.composition import Composition

    some = EnumerateOptions(elements=("Na", "Mg", "Al", "S", "O"), sizes=(2, 3), max_coefficient=4)
    for formula in charge_balanced_formulas(some):
        assert Composition(formula).oxi_state_guesses(all_oxi_states=False), formula


def test_every_formula_keeps_to_the_options(example: EnumerateOptions, formulas: list[str]) -> None:
    for formula in formulas:
        counts = amounts(formula)
        assert set(counts) <= set(example.elements)
        assert len(counts) in example.sizes
        assert max(counts.values()) <= example.max_coefficient
        assert reduce(gcd, counts.values()) == 1, f"{formula} is not in lowest terms"


def test_nothing_that_is_balanced_is_left_out() -> None:
    options = EnumerateOptions(elements=("Na", "Sn", "Sb", "S"), sizes=(3,), max_coefficient=4)
    made = {tuple(sorted(amounts(formula).items())) for formula in charge_balanced_formulas(options)}
    expected = set()
    for symbols in (("Na", "Sn", "Sb"), ("Na", "Sn", "S"), ("Na", "Sb", "S"), ("Sn", "Sb", "S")):
        for counts in product(range(1, 5), repeat=3):
            text = "".join(f"{s}{n}" for s, n in zip(symbols, counts, strict=True))
            if reduce(gcd, counts) == 1 and is_balanced(text, {}):
                expected.add(tuple(sorted(amounts(text).items())))
    assert made == expected


@settings(max_examples=30)
@given(
    elements=st.lists(st.sampled_from(DEFAULT_ELEMENTS), min_size=3, max_size=6, unique=True),
    sizes=st.lists(st.sampled_from([2, 3]), min_size=1, unique=True),
    largest=st.integers(1, 5),
    shuffled=st.randoms(use_true_random=False),
)
def test_order_of_the_options_changes_nothing(
    elements: list[str], sizes: list[int], largest: int, shuffled: Any
) -> None:
    one = EnumerateOptions(elements=tuple(elements), sizes=tuple(sizes), max_coefficient=largest)
    shuffled.shuffle(elements)
    other = EnumerateOptions(elements=tuple(elements), sizes=tuple(reversed(sizes)), max_coefficient=largest)
    formulas = list(charge_balanced_formulas(one))
    assert formulas == list(charge_balanced_formulas(other))
    assert len(set(formulas)) == len(formulas)
    assert all(is_balanced(formula, {}) for formula in formulas)


def test_batches_and_the_limit(example: EnumerateOptions, formulas: list[str]) -> None:
    limited = example.model_copy(update={"limit": BATCH_ROWS + 5})
    batches = list(read_source("enumerate", limited))
    assert [len(batch.formulas) for batch in batches] == [BATCH_ROWS, 5]
    assert [formula for batch in batches for formula in batch.formulas] == formulas[: BATCH_ROWS + 5]
    assert batches[0].ids == batches[0].formulas
    assert batches[0].places[0] == f"enumerated {formulas[0]}"


def test_the_first_formulas_come_before_the_last_are_made() -> None:
    # 23,751 choices of four elements: all of them would take many minutes.
    endless = EnumerateOptions(elements=DEFAULT_ELEMENTS, sizes=(4,), max_coefficient=10)
    before = time.monotonic()
    assert len(list(islice(charge_balanced_formulas(endless), 1000))) == 1000
    assert time.monotonic() - before < 5


def test_elements_of_one_sign_give_nothing() -> None:
    assert list(read_source("enumerate", EnumerateOptions(elements=("Na", "K", "Mg"), sizes=(2, 3)))) == []


def test_prototypes_are_a_part_of_what_is_balanced() -> None:
    """Those of one charge a site are among the formulas of every stoichiometry, in the same order."""
    elements = ("K", "Ca", "La", "Ti", "Al", "Ta", "O", "F")
    every = list(charge_balanced_formulas(EnumerateOptions(elements=elements, sizes=(3,), max_coefficient=4)))
    some = list(
        charge_balanced_formulas(EnumerateOptions(elements=elements, prototypes=("spinel", "perovskite")))
    )
    assert {"CaTiO3", "KTaO3", "LaAlO3", "CaAl2O4"} <= set(some) <= set(every)
    assert some == [formula for formula in every if formula in set(some)]
    for formula in some:
        assert sorted(amounts(formula).values()) in ([1, 1, 3], [1, 2, 4])


@pytest.mark.parametrize(
    ("keys", "sentence"),
    [
        ({"prototypes": ("perovskit",)}, 'did you mean "perovskite"'),
        ({"prototypes": ("perovskite",), "sizes": (3,)}, "leave sizes out"),
        (
            {"prototypes": ("perovskite",), "elements": ("Na", "Cl")},
            "prototypes asks for 3 different elements",
        ),
        ({"prototypes": ("spinel", "spinel")}, "spinel stands more than once"),
    ],
)
def test_prototypes_that_contradict(keys: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        EnumerateOptions(**keys)
