"""The sentence that answers a misspelt word."""

from __future__ import annotations

import pytest

from matsluice.infra.mistakes import nearest, unknown_word


@pytest.mark.parametrize(
    ("word", "allowed", "like"),
    [
        ("sead", ["name", "seed"], "seed"),
        ("SEED", ["name", "seed"], "seed"),
        ("forest", ["ridge", "random_forest"], "random_forest"),
        ("Pb", ["PB"], "PB"),
        ("xyz", ["name", "seed"], None),
        ("a", ["name", "dataset"], None),  # a single letter is part of nearly every word
        ("seed", [], None),
    ],
)
def test_nearest_word(word: str, allowed: list[str], like: str | None) -> None:
    assert nearest(word, allowed) == like


def test_where_nothing_is_like_it_only_the_allowed_words_are_named() -> None:
    assert unknown_word("split", "xyz", ["random", "composition"]) == (
        'unknown split "xyz"; allowed: random, composition'
    )
