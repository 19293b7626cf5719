"""A million formulas have a million keys, and a formula has one in every spelling."""

from __future__ import annotations

from itertools import combinations

import numpy as np

from matsluice.tasks.material import CompositionBatch, material_keys, parse_formulas, reduced_formulas


def test_a_million_formulas_have_a_million_keys() -> None:
    """Every binary A_mB_n with m, n ≤ 9 coprime, and ternaries with amounts up to 4."""
    small = [(m, n) for m in range(1, 10) for n in range(1, 10) if np.gcd(m, n) == 1]
    three = [
        (m, n, k)
        for m in range(1, 5)
        for n in range(1, 5)
        for k in range(1, 5)
        if np.gcd.reduce([m, n, k]) == 1
    ]
    keys: set[str] = set()
    count = 0
    for elements, amounts, size in ((range(1, 119), small, 2), (range(1, 44), three, 3)):
        chosen = np.array(list(combinations(elements, size)), dtype=np.int16)
        numbers = np.repeat(chosen, len(amounts), axis=0)
        shares = np.tile(np.array(amounts, dtype=np.float64), (len(chosen), 1))
        offsets = size * np.arange(len(numbers) + 1, dtype=np.int64)
        batch = CompositionBatch(offsets, numbers.ravel(), shares.ravel())
        keys.update(material_keys(batch))
        count += len(batch)
    assert len(keys) == count > 1_000_000


def test_every_spelling_has_the_same_key() -> None:
    chance = np.random.default_rng(0)
    spellings = ["Fe2O3", "O3Fe2", "Fe0.4O0.6", "(Fe2O3)2", "O0.6Fe0.4", "Fe4O6", "FeO1.5"]
    assert len(set(material_keys(parse_formulas(spellings).batch))) == 1
    triples = [
        chance.choice(np.array(["Na", "Fe", "O", "S", "Cl", "U"]), 3, replace=False) for _ in range(300)
    ]
    amounts = chance.integers(1, 9, (300, 3))
    straight = [
        "".join(f"{e}{a}" for e, a in zip(some, many, strict=True))
        for some, many in zip(triples, amounts, strict=True)
    ]
    turned = [
        "(" + "".join(f"{some[i]}{many[i] / 4}" for i in (2, 0, 1)) + ")4"
        for some, many in zip(triples, amounts, strict=True)
    ]
    first, other = parse_formulas(straight), parse_formulas(turned)
    assert first.refused == other.refused == []
    assert material_keys(first.batch) == material_keys(other.batch)
    assert len(set(material_keys(first.batch))) == len(set(reduced_formulas(first.batch)))
