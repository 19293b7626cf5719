"""A block that does its worst: each poison row is refused with its reason, and costs no other row."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import zip_longest
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matsluice.infra.feature_store import Refused
from matsluice.infra.isolation import KillableProcess, Lost
from matsluice.infra.mistakes import Failed
from matsluice.tasks.features.each import NOT_SAID, BlockRows, compute_each
from matsluice.tasks.features.in_child import RowsTask
from matsluice.tasks.features.isolated import compute_isolated, in_groups
from matsluice.tasks.features.known_blocks import find_block, use_plugins
from matsluice.tasks.features.made_by import MadeBy
from matsluice.tasks.features.plugins import PluginFile, read_plugin
from matsluice.tasks.material import parse_formulas
from matsluice.tasks.material.materials import Materials
from matsluice.tasks.material.materials_columns import materials_table

POISON = Path(__file__).parents[2] / "plugins" / "poison.py"
HEALTHY = ["NaCl", "Fe2O3", "GaAs", "ZnS", "MgO", "CuInSe2", "LiF", "TiO2", "SiC", "BN"]
REASONS = {
    "HeO": ("timeout", "no answer within 2 s"),
    "NeO": ("timeout", "no answer within 2 s"),
    "ArO": ("memory", "features.row_memory"),
    "KrO": ("killed", "SIGKILL"),
    "XeO": ("killed", "SIGSEGV"),
    "RnO": ("raised", "SystemExit: leaving"),
    "FrO": ("raised", "ValueError: not this one"),
    "RaO": ("not finite", "inf"),
}
ENDLESS = ["HeO", "NeO"]


@pytest.fixture(scope="module")
def child() -> Iterator[KillableProcess]:
    with KillableProcess({"OMP_NUM_THREADS": "1"}) as process:
        yield process


@pytest.fixture
def plugin() -> Iterator[PluginFile]:
    plugin = read_plugin(POISON)
    use_plugins([plugin])
    yield plugin
    use_plugins([])


def write_task(
    folder: Path, formulas: list[str], block: str, *plugins: PluginFile, memory_bytes: int = 2**29
) -> RowsTask:
    path = folder / "materials.parquet"
    pq.write_table(materials_table(Materials(parse_formulas(formulas).batch)), path)
    rows = np.arange(len(formulas))
    return RowsTask(str(path), rows, block, MadeBy.here(find_block(block)), memory_bytes, plugins)


@pytest.mark.parametrize("block", ["composition.magpie", "composition.oxidation", "matminer.Meredig"])
def test_the_values_are_those_of_this_process(tmp_path: Path, child: KillableProcess, block: str) -> None:
    task = write_task(tmp_path, [*HEALTHY, "OgO2"], block)
    isolated = compute_isolated(child, task, row_timeout_s=60)
    here = compute_each(find_block(block).make(), parse_formulas([*HEALTHY, "OgO2"]).batch)
    assert isolated.values.tobytes() == here.values.tobytes()
    assert (isolated.undefined, isolated.refused) == (here.undefined, here.refused)
    assert (isolated.seconds > 0).all()


# On a busy machine what allocates takes seconds too: only rows that never end have a short time.
@pytest.mark.parametrize(
    ("poison", "row_timeout_s"), [(ENDLESS, 2), ([word for word in REASONS if word not in ENDLESS], 60)]
)
def test_each_poison_is_refused_with_its_reason_and_costs_nobody_else(
    tmp_path: Path, child: KillableProcess, plugin: PluginFile, poison: list[str], row_timeout_s: float
) -> None:
    formulas = [word for pair in zip_longest(HEALTHY, [*poison, "AcO", "SiO2"]) for word in pair if word]
    formulas = list(dict.fromkeys([*formulas, *(f"{word}3" for word in formulas)]))
    task = write_task(tmp_path, formulas, "poison.elements", plugin)
    computed = compute_isolated(child, task, row_timeout_s)
    for row, formula in enumerate(formulas):
        # GaAs3 is healthy, HeO3 is not.
        reason = REASONS.get(formula.removesuffix("3"))
        if reason is None:
            z = parse_formulas([formula]).batch.atomic_numbers
            assert computed.values[row, 0] == z.mean(), formula
            assert row not in computed.refused
        else:
            assert np.isnan(computed.values[row]).all(), formula
            assert computed.refused[row].reason == reason[0], (formula, computed.refused[row])
            assert reason[1] in computed.refused[row].detail
    silent = [row for row, formula in enumerate(formulas) if formula.startswith("Ac")]
    assert computed.undefined == dict.fromkeys(silent, NOT_SAID)
    assert np.isnan(computed.values[silent, 1]).all()


def test_a_child_killed_from_outside_costs_no_row(
    tmp_path: Path, child: KillableProcess, plugin: PluginFile
) -> None:
    task = write_task(tmp_path, HEALTHY, "poison.elements", plugin)
    compute_isolated(child, task, row_timeout_s=60)
    assert child.pid is not None
    import os
    import signal

    os.kill(child.pid, signal.SIGKILL)
    computed = compute_isolated(child, task, row_timeout_s=60)
    assert computed.refused == {}
    assert np.isfinite(computed.values).all()


def test_other_code_is_refused_with_both_versions_named(tmp_path: Path, child: KillableProcess) -> None:
    task = write_task(tmp_path, HEALTHY, "composition.magpie")
    later = replace(task, made_by=replace(task.made_by, version="7"))
    with pytest.raises(Failed, match=r"composition\.magpie is version 7 in the run and version 1 on"):
        compute_isolated(child, later, row_timeout_s=60)
    edited = replace(task, made_by=replace(task.made_by, code="0123456789ab"))
    with pytest.raises(Failed, match=f"code 0123456789ab.*code {task.made_by.code}"):
        compute_isolated(child, edited, row_timeout_s=60)


def test_another_plugin_of_the_same_version_is_refused(
    tmp_path: Path, child: KillableProcess, plugin: PluginFile
) -> None:
    task = write_task(tmp_path, HEALTHY, "poison.elements", plugin)
    edited = PluginFile(plugin.path, plugin.text + "\n# another\n")
    with pytest.raises(Failed, match=rf"version 1 \({plugin.digest}\).*version 1 \({edited.digest}\)"):
        compute_isolated(child, replace(task, plugins=(edited,)), row_timeout_s=60)


@given(
    rows=st.integers(0, 3000),
    poison=st.sets(st.integers(0, 2999), max_size=12),
)
def test_every_row_is_answered_once_and_alone_if_it_must(rows: int, poison: set[int]) -> None:
    asked: list[tuple[int, int]] = []

    def ask(start: int, stop: int) -> BlockRows | Lost:
        asked.append((start, stop))
        bad = sorted(row for row in poison if start <= row < stop)
        if bad and stop - start > 1:
            return Lost("killed", "as told")
        values = np.arange(start, stop, dtype=float)[:, None]
        refused = {row - start: Refused("killed", "as told") for row in bad}
        return BlockRows(values, {}, refused, np.zeros(stop - start, np.float32))

    whole = in_groups(ask, rows, 1)
    assert whole.values[:, 0].tolist() == list(range(rows))
    assert set(whole.refused) == {row for row in poison if row < rows}
    answered = [
        (start, stop)
        for start, stop in asked
        if stop - start == 1 or not any(start <= row < stop for row in poison)
    ]
    assert [row for start, stop in answered for row in range(start, stop)] == list(range(rows))
