"""A material that hangs its computation or kills its process costs itself alone."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from matsluice.infra.mistakes import Failed
from matsluice.tasks.features.plugins import read_plugin
from matsluice.tasks.model_service.children import Children
from matsluice.tasks.model_service.in_child import ChildTask
from matsluice.tasks.model_service.limits import ServiceLimits

PLUGIN = Path(__file__).parents[2] / "plugins" / "poison.py"
LIMITS = ServiceLimits(row_seconds=5.0, row_memory_bytes=512 * 1024**2, threads=1)
TASK = ChildTask(("poison.elements",), (read_plugin(PLUGIN),), LIMITS.atoms, LIMITS.row_memory_bytes)


@pytest.fixture(scope="module")
def children() -> Iterator[Children]:
    some = Children(TASK, 2, LIMITS)
    some.start()
    yield some
    some.close()


def later(seconds: float = 300.0) -> float:
    return time.monotonic() + seconds


def test_healthy_ones(children: Children) -> None:
    rows = children.compute(("NaCl", "H2O", "Xx"), are_structures=False, until=later())
    assert rows.computed.values[0].tolist() == [14.0, 2.0]
    assert list(rows.computed.refused) == [2]
    assert rows.computed.refused[2].reason == "unknown element"
    assert len(rows.compositions) == 2


@pytest.mark.parametrize(
    ("formula", "reason", "words"),
    [
        ("HeO", "timeout", "no answer within 5 s, which is what a material may take"),
        ("ArO", "memory", ""),
        ("KrO", "killed", "SIGKILL"),
        ("XeO", "killed", "SIGSEGV"),
        ("RnO", "raised", "SystemExit: leaving"),
        ("FrO", "raised", "ValueError: not this one"),
        ("RaO", "not finite", "poison.elements.mean is inf"),
    ],
)
def test_a_poison_costs_itself_alone(children: Children, formula: str, reason: str, words: str) -> None:
    rows = children.compute(("NaCl", formula, "KBr"), are_structures=False, until=later())
    assert list(rows.computed.refused) == [1]
    assert rows.computed.refused[1].reason == reason
    assert words in rows.computed.refused[1].detail
    assert rows.computed.values[2].tolist() == [27.0, 2.0]
    assert len(rows.compositions) == 2


def test_what_is_late_is_given_up(children: Children) -> None:
    rows = children.compute(("NaCl",) * 3, are_structures=False, until=time.monotonic() - 1)
    assert {why.reason for why in rows.computed.refused.values()} == {"timeout"}
    assert len(rows.computed.refused) == 3
    assert len(rows.compositions) == 0


def test_structures_that_are_none(children: Children) -> None:
    rows = children.compute(("data_x", "{}", "\ud800data_"), are_structures=True, until=later())
    assert sorted(rows.computed.refused) == [0, 1, 2]
    assert rows.computed.values.shape == (3, 2)


def test_blocks_that_are_not_there() -> None:
    some = Children(ChildTask(("nothing.here",), (), 1000, 1024**3), 2, LIMITS)
    with pytest.raises(Failed, match=r"the blocks of the model cannot be computed here: .*nothing\.here"):
        some.start()
    some.close()
