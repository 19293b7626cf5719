"""The line of a key, found again in the text."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Any

from hypothesis import given
from hypothesis import strategies as st

from matsluice.flows.campaign_file.locate import line_of, lines_of_keys
from matsluice.flows.campaign_file.toml_text import toml_text

if TYPE_CHECKING:
    from matsluice.flows.campaign_file.messages import KeyPath

TEXT = '''\
# [not.a.table]
[campaign]          # [nor.this]
name = "a # b"
note = """
x = 1
[y] \\""" still a text """
path = 'C:\\' # no escape
[[models]]
kind = "ridge"
[models.params]
alpha = 1
[[models]]
"kind" = "svm"
params = { C = 1.0, "a.b" = "}", deep = [ {x = 1}, { y = [2,
  3] } ] }
blocks = [
  "one",   # first
  "two",
]
a.b.c = 1979-05-27 07:32:00
'''


def test_lines_of_a_file_with_everything_in_it() -> None:
    tomllib.loads(TEXT)
    lines = lines_of_keys(TEXT)
    assert lines["campaign", "name"] == 3
    assert lines["campaign", "note"] == 4
    assert lines["campaign", "path"] == 7
    assert lines["models",] == lines["models", 0] == 8
    assert lines["models", 0, "params", "alpha"] == 11
    assert lines["models", 1] == 12
    assert lines["models", 1, "kind"] == 13
    assert lines["models", 1, "params", "a.b"] == 14
    assert lines["models", 1, "params", "deep", 1, "y", 1] == 15
    assert lines["models", 1, "blocks", 1] == 18
    assert lines["models", 1, "a", "b", "c"] == 20
    assert ("y",) not in lines
    assert ("x",) not in lines


def test_key_that_is_not_there_has_the_line_of_its_table() -> None:
    lines = lines_of_keys(TEXT)
    assert line_of(("models", 1, "name"), lines) == 12
    assert line_of(("data",), lines) is None


keys = st.text(st.characters(exclude_categories=["Cs"]), max_size=6)
scalars = st.one_of(
    st.booleans(), st.integers(-(2**63), 2**63 - 1), st.floats(allow_nan=False, allow_infinity=False), keys
)
values = st.recursive(scalars, lambda inner: st.lists(inner, max_size=3), max_leaves=6)
tables = st.recursive(
    st.dictionaries(keys, values, max_size=3),
    lambda inner: st.dictionaries(
        keys, st.one_of(values, inner, st.lists(inner, min_size=1, max_size=2)), max_size=3
    ),
    max_leaves=5,
)


def paths(value: Any, at: KeyPath = ()) -> list[KeyPath]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [at, *(path for key, item in inner for path in paths(item, (*at, key)))]


@given(document=tables)
def test_text_reads_back_equal_and_every_key_has_a_line(document: dict[str, Any]) -> None:
    text = toml_text(document)
    assert tomllib.loads(text) == document
    lines = lines_of_keys(text)
    assert set(paths(document)) - {()} == set(lines)
    rows = text.split("\n")
    for path, line in lines.items():
        if isinstance(path[-1], str) and path[-1].isascii() and path[-1].isalnum():
            assert path[-1] in rows[line - 1]
