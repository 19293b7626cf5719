"""Blocks in a person's own file: found, stored under their code, and refused with a sentence where wrong."""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from pathlib import Path

import pytest

from matsluice.infra.mistakes import InvalidInput
from matsluice.tasks.features import featurize
from matsluice.tasks.features.blocks import BLOCKS, find_block, known_blocks, use_plugins
from matsluice.tasks.features.chunk import block_table
from matsluice.tasks.features.plugins import PluginFile, plugin_blocks, read_plugin

POISON = Path(__file__).parents[2] / "plugins" / "poison.py"
GOOD = POISON.read_text(encoding="utf-8")


@pytest.fixture(autouse=True)
def none_afterwards() -> Iterator[None]:
    yield
    use_plugins([])


def test_its_blocks_are_known_while_it_is_in_use() -> None:
    use_plugins([read_plugin(POISON)])
    assert find_block("poison.elements").summary == "mean atomic number, at some risk"
    table = featurize(["NaCl", "GaAs"], ["composition.stoichiometry", "poison.elements"])
    assert table["poison.elements.mean"].tolist() == [14.0, 32.0]
    with pytest.raises(InvalidInput, match=r'did you mean "poison\.elements"'):
        find_block("poison.element")
    use_plugins([])
    assert dict(known_blocks()) == dict(BLOCKS)
    with pytest.raises(InvalidInput, match="unknown block"):
        find_block("poison.elements")


def test_another_text_is_another_block_in_the_store(tmp_path: Path) -> None:
    use_plugins([PluginFile("poison.py", GOOD)])
    before = block_table(tmp_path, "poison.elements")
    use_plugins([PluginFile("poison.py", GOOD.replace("elements.mean()", "elements.max()"))])
    after = block_table(tmp_path, "poison.elements")
    assert (before.block, before.version) == (after.block, after.version)
    assert before.parameters != after.parameters
    assert featurize(["NaCl"], "poison.elements")["poison.elements.mean"].tolist() == [17.0]
    # The place of the file is not part of its content.
    use_plugins([PluginFile("/elsewhere/poison.py", GOOD)])
    assert block_table(tmp_path, "poison.elements") == before


def test_it_is_run_once_a_process_and_travels_as_text() -> None:
    plugin = read_plugin(POISON)
    assert plugin_blocks(plugin) is plugin_blocks(pickle.loads(pickle.dumps(plugin)))
    (spec,) = plugin_blocks(plugin)
    assert pickle.loads(pickle.dumps(spec)) == spec


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("BLOCKS = (", "MINE = (", r"poison\.py has no BLOCKS"),
        ("BLOCKS = (", "BLOCKS = list(())\nMINE = (", r"poison\.py has no BLOCKS"),
        ('"poison:make"', '"poison:made"', 'is "poison:made"; it must be "poison:FUNCTION"'),
        ('"poison:make"', '"other:make"', 'is "other:make"; it must be "poison:FUNCTION"'),
        ('"poison.elements", 1', '"composition.magpie", 1', r"already; give this one another name"),
        ('"poison.elements", 1', '"poison.elements", 0', "must be a whole number from 1"),
        ("poison.elements.mean", "mean", r'begin with "poison\.elements\."'),
        ("poison.elements.mean", "poison.elements.count", "columns with different names"),
        ("import os\n", "import os\nimport no_such_module\n", r"poison\.py:\d+: ModuleNotFoundError"),
        ("import os\n", "import os\nimport =\n", r"poison\.py:\d+: SyntaxError"),
        (
            "    return Poison()",
            "    return Poison(1, 2, 3)",
            r"poison\.py:\d+: block poison\.elements cannot",
        ),
    ],
)
def test_what_is_wrong_is_said_with_the_file(old: str, new: str, sentence: str) -> None:
    assert old in GOOD
    with pytest.raises(InvalidInput, match=sentence):
        use_plugins([PluginFile("poison.py", GOOD.replace(old, new))])


@pytest.mark.parametrize("name", ["blocks.txt", "my-blocks.py", "missing.py"])
def test_files_that_are_none(tmp_path: Path, name: str) -> None:
    if name != "missing.py":
        (tmp_path / name).write_text(GOOD)
    with pytest.raises(InvalidInput, match=name.replace(".", r"\.")):
        read_plugin(tmp_path / name)
