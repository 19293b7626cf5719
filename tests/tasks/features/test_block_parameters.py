"""Blocks with parameters, as one word."""

from __future__ import annotations

import pytest

from matsluice.infra.mistakes import InvalidInput
from matsluice.tasks.features.block_parameters import BlockParameter, read_parameters, split_list, split_word

PARAMETERS = (
    BlockParameter("bonding", "near", "how bonds are found", allowed=("near", "voronoi")),
    BlockParameter("cutoff", 8.0, "Å", least=1, largest=20),
    BlockParameter("shells", 4, "how many", least=1, largest=10),
)


def read(word: str) -> dict[str, object]:
    name, given = split_word(word)
    return dict(read_parameters(name, PARAMETERS, given))


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("b", {}),
        ("b()", {}),
        (" b ( cutoff = 6.5 , bonding=voronoi ) ", {"cutoff": 6.5, "bonding": "voronoi"}),
        ("b(cutoff=8, bonding=near)", {}),
        ("b(shells=3)", {"shells": 3}),
    ],
)
def test_values(word: str, expected: dict[str, object]) -> None:
    assert read(word) == expected


@pytest.mark.parametrize(
    ("word", "sentence"),
    [
        ("b(cutof=3)", 'did you mean "cutoff"'),
        ("b(bonding=voronoy)", 'did you mean "voronoi"'),
        ("b(cutoff=far)", 'cutoff is "far", and must be a number'),
        ("b(cutoff=nan)", "must be from 1 to 20"),
        ("b(cutoff=0.5)", "must be from 1 to 20"),
        ("b(shells=2.5)", "must be a whole number"),
        ("b(cutoff)", "is not written as"),
        ("b(cutoff=3", "is not written as"),
        ("b(cutoff=3, cutoff=4)", "is not written as"),
        ("b(=3)", "is not written as"),
        ("", "is not written as"),
    ],
)
def test_mistakes(word: str, sentence: str) -> None:
    with pytest.raises(InvalidInput, match=sentence):
        read(word)


def test_a_block_without_parameters_takes_none() -> None:
    with pytest.raises(InvalidInput, match="b has no parameters"):
        read_parameters("b", (), {"x": "1"})


def test_a_list_is_cut_outside_brackets() -> None:
    assert split_list("a, b(c=1,d=2) ,, e") == ["a", "b(c=1,d=2)", "e"]
