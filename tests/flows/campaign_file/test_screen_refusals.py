"""Each mistake in [screen], and between sections, with the sentence that answers it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import pytest

Refusal: TypeAlias = Callable[[str | bytes], list[str]]


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        (
            'target = "gap"',
            'target = "gpa"',
            '3: screen.objective.target: unknown target "gpa": did you mean "gap"?',
        ),
        ("[1.1, 1.7]", "[1.7, 1.1]", "between is [1.7, 1.1]; the first number must be the lower"),
        ("[1.1, 1.7]", "[1.1]", "screen.objective.between[1]: is missing; write two numbers"),
        ("between = [1.1, 1.7]", "maximize = true, at_least = 1", "write exactly one of between, at_least"),
        (", between = [1.1, 1.7]", "", "minimize; got none of them"),
        ("between = [1.1, 1.7]", "maximize = false", "screen.objective.maximize: got false; allowed: true"),
        ("between", "betwen", 'screen.objective.betwen: unknown key "betwen": did you mean "between"?'),
        (
            '["Hg"]',
            '["hg"]',
            '4: screen.exclude_elements[0]: "hg" is no symbol of an element, nor "radioactive"; did you',
        ),
        ('["Hg"]', '["radoactive"]', 'did you mean "radioactive"?'),
        (
            '["Hg"]',
            '["Pb", "S"]',
            "4: screen.exclude_elements: only 2 elements are left after the exclusions",
        ),
        (
            '["Hg"]',
            '["Hg"]\nconfidence = 1.0',
            "5: screen.confidence: got 1.0; allowed: a number above 0 and below 1",
        ),
        ('["Hg"]', '["Hg"]\ntop = 0', "5: screen.top: got 0; allowed: a whole number from 1"),
        (
            '"enumerate"',
            '"enumerat"',
            'screen.candidates.source: unknown source "enumerat": did you mean "enumerate"?',
        ),
        (
            '"Pb"',
            '"pb"',
            '2: screen.candidates.elements[2]: "pb" is not the symbol of an element; did you mean "Pb"?',
        ),
        ('"Pb"', '"He"', "2: screen.candidates: He forms no charge-balanced formula"),
        ('"Pb"', '"Zn"', "2: screen.candidates.elements: Zn stands more than once"),
        (
            '"S"] }',
            '"S"], sizes = [9] }',
            "2: screen.candidates.sizes[0]: got 9; allowed: a list of numbers of",
        ),
        ('"S"] }', '"S"], sizes = [5] }', "sizes asks for 5 different elements and there are only 4"),
        (
            '"S"] }',
            '"S"], limit = 0 }',
            "2: screen.candidates.limit: got 0; allowed: a whole number of at least 1",
        ),
        ('"S"] }', '"S"], oxidation_states = { Cu = [0] } }', "Cu: write its states as a list"),
        (
            '"S"] }',
            '"S"], oxidation_states = { In = [3] } }',
            "oxidation_states names In, which is not one of the elements",
        ),
        (
            'elements = ["Cu", "Zn", "Pb", "S"]',
            'path = "table.csv"',
            '2: screen.candidates.path: unknown key "path"',
        ),
    ],
)
def test_mistake_in_the_screen_is_answered(
    refusal: Refusal, right: str, screen: str, before: str, after: str, said: str
) -> None:
    assert before in screen
    lines = refusal(screen.replace(before, after, 1) + right)
    assert any(said in line for line in lines), lines


def test_block_that_needs_a_structure_is_refused(refusal: Refusal, right: str, screen: str) -> None:
    lines = refusal((right + screen).replace("composition.magpie", "structure.geometry"))
    needs = 'campaign.toml:12: features.blocks[0]: block "structure.geometry" needs structure, and '
    assert [line.partition(". Possible: ")[0] for line in lines] == [
        f"{needs}[data] gives composition only",
        f"{needs}screen.candidates gives composition only",
    ]
    assert "structure.geometry" not in lines[0].partition(". Possible: ")[2]
