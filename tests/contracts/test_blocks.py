"""What every block promises; a new block is held to it by its line in the registry."""

from __future__ import annotations

import pickle
import tomllib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matsluice.infra.mistakes import InvalidInput
from matsluice.tasks.features import BLOCKS, Block, BlockSpec, FeatureValues, find_block
from matsluice.tasks.material import CompositionBatch, parse_formulas
from matsluice.tasks.material.elements import ATOMIC_NUMBERS

GOLDEN = tomllib.loads(
    (Path(__file__).parents[1] / "golden" / "composition_blocks.toml").read_text(encoding="utf-8")
)
FORMULAS = [
    *GOLDEN,
    *("Hg0.7Cd0.3Te", "H2O", "LiFePO4", "YBa2Cu3O6.93", "Og", "He", "KrF2", "UO2", "LaAlO3", "NaOg", "C"),
    "Fe0.620C0.000953Mn0.000521Si0.00102Cr0.000110Ni0.192Mo0.0176V0.000112Nb0.0000616Co0.146Al0.00318Ti0.0185",
]

every_block = pytest.mark.parametrize("spec", BLOCKS.values(), ids=lambda spec: spec.name)
every_composition_block = pytest.mark.parametrize(
    "spec", [spec for spec in BLOCKS.values() if spec.needs == "composition"], ids=lambda spec: spec.name
)


def read(formulas: list[str]) -> CompositionBatch:
    parsed = parse_formulas(formulas)
    assert parsed.refused == []
    return parsed.batch


def bits(block: Block, formulas: list[str]) -> bytes:
    return block.compute(read(formulas)).values.tobytes()


def check(features: FeatureValues, rows: int, columns: int) -> None:
    assert features.values.shape == (rows, columns)
    assert features.values.dtype == np.float64
    assert not np.isinf(features.values).any()
    assert sorted(features.undefined) == np.flatnonzero(np.isnan(features.values).any(axis=1)).tolist()
    assert all(reason for reason in features.undefined.values())


@every_block
def test_specification(spec: BlockSpec) -> None:
    assert type(spec.version) is int
    assert spec.version >= 1
    assert spec.needs in ("composition", "structure", "electronic")
    assert spec.name.startswith((f"{spec.needs}.", "graph."))
    assert spec.summary
    assert BLOCKS[spec.name] is spec
    assert find_block(spec.name) is spec
    assert pickle.loads(pickle.dumps(spec)) == spec


@every_block
def test_a_misspelt_name_brings_the_right_one(spec: BlockSpec) -> None:
    with pytest.raises(InvalidInput, match=f'did you mean "{spec.name}"'):
        find_block(spec.name[:-1])


@every_block
def test_columns(spec: BlockSpec) -> None:
    columns = spec.make().columns()
    names = [column.name for column in columns]
    assert columns
    assert all(name.startswith(f"{spec.name}.") for name in names)
    # Databases compare the names of columns without their case.
    assert len({name.lower() for name in names}) == len(names)
    for column in columns:
        assert column.unit.strip()
        assert column.definition.strip()
        assert column.source.strip()
        assert all(
            text.isprintable() for text in (column.name, column.unit, column.definition, column.source)
        )


@every_composition_block
def test_values(spec: BlockSpec) -> None:
    block = spec.make()
    check(block.compute(read(FORMULAS)), len(FORMULAS), len(block.columns()))


@every_composition_block
@pytest.mark.parametrize("formula", GOLDEN)
def test_golden_values(spec: BlockSpec, formula: str) -> None:
    block = spec.make()
    names = [column.name for column in block.columns()]
    values = block.compute(read([formula])).values[0]
    expected = {name: value for name, value in GOLDEN[formula].items() if name.startswith(f"{spec.name}.")}
    assert expected, "a block has hand-derived values for every golden formula"
    for name, value in expected.items():
        assert values[names.index(name)] == pytest.approx(value, rel=1e-12, abs=1e-12), name


@every_composition_block
def test_spelling_does_not_change_the_bits(spec: BlockSpec) -> None:
    block = spec.make()
    spellings = ["Fe2O3", "O3Fe2", "Fe4O6", "Fe0.4O0.6", "(Fe0.02O0.03)7"]
    assert len({bits(block, [spelling]) for spelling in spellings}) == 1


@every_composition_block
@pytest.mark.parametrize("rows", [1, 7, 17, 4000])
def test_neighbours_do_not_change_the_bits(spec: BlockSpec, rows: int) -> None:
    block = spec.make()
    batch = read(FORMULAS * 40)
    whole = block.compute(batch)
    parts = [block.compute(batch.slice(start, start + rows)) for start in range(0, len(batch), rows)]
    assert np.concatenate([part.values for part in parts]).tobytes() == whole.values.tobytes()
    reasons = [reason for part in parts for reason in part.undefined.values()]
    assert reasons == list(whole.undefined.values())


@every_composition_block
def test_order_does_not_change_the_bits(spec: BlockSpec) -> None:
    block = spec.make()
    batch = read(FORMULAS * 40)
    order = np.random.default_rng(3).permutation(len(batch))
    shuffled = block.compute(batch.take(order))
    straight = block.compute(batch)
    assert shuffled.values.tobytes() == straight.values[order].tobytes()
    rows = {row: place for place, row in enumerate(order.tolist())}
    assert shuffled.undefined == {rows[row]: reason for row, reason in straight.undefined.items()}


@every_composition_block
def test_a_copy_from_another_process_gives_the_same_bits(spec: BlockSpec) -> None:
    block = spec.make()
    copy = pickle.loads(pickle.dumps(block))
    assert bits(copy, FORMULAS) == bits(block, FORMULAS)
    assert copy.columns() == block.columns()
    assert copy.fingerprint == block.fingerprint == spec.make().fingerprint


@every_composition_block
def test_no_materials(spec: BlockSpec) -> None:
    block = spec.make()
    check(block.compute(read([])), 0, len(block.columns()))


@every_composition_block
def test_each_element_alone(spec: BlockSpec) -> None:
    """An element without data is a missing value with a reason that names it, never an exception."""
    block = spec.make()
    features = block.compute(read(list(ATOMIC_NUMBERS)))
    check(features, len(ATOMIC_NUMBERS), len(block.columns()))
    for row, symbol in enumerate(ATOMIC_NUMBERS):
        if row in features.undefined:
            assert f"for {symbol}" in features.undefined[row]
            assert features.undefined[row].startswith("no ")


@every_composition_block
@settings(max_examples=40)
@given(
    materials=st.lists(
        st.dictionaries(
            st.sampled_from(sorted(ATOMIC_NUMBERS)), st.integers(1, 10**6), min_size=1, max_size=10
        ),
        max_size=5,
    )
)
def test_any_material(spec: BlockSpec, materials: list[dict[str, int]]) -> None:
    block = spec.make()
    formulas = ["".join(f"{symbol}{amount}" for symbol, amount in one.items()) for one in materials]
    check(block.compute(read(formulas)), len(formulas), len(block.columns()))
