"""Each mistake in [screen], and between sections, with the sentence that answers it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import pytest

from matsluice.flows.campaign_file import load_campaign

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


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('element = ["Cu"]', 'unknown key "element": did you mean "elements"?'),
        (
            'elements = ["cu"]',
            'screen.require.elements[0]: "cu" is not the symbol of an element; did you mean "Cu"?',
        ),
        (
            'elements = ["Hg"]',
            "require.elements: all of these are left out (Hg by exclude_elements); name another",
        ),
        ('any_of = ["Tl"]\navoid = ["toxic"]', "require.any_of: all of these are left out (Tl by toxic)"),
        (
            'elements = ["Cu", "S"]\nany_of = ["Zn"]',
            "require.any_of: none of these is among the required elements",
        ),
        (
            'elements = ["Cu"]\nelements_count = [2, 3]',
            "asks for 2 different elements, and screen.require.elements",
        ),
        ("elements_count = [3, 2]", "elements_count: got [3, 2]; the first number must not be the larger"),
        (
            "atoms_count = [2]",
            "screen.require.atoms_count[1]: is missing; write the fewest and the most atoms",
        ),
        ("charge_balanced = false", "screen.require.charge_balanced"),
        ("charge_balanced = { Cu = [0] }", "Cu: write its states as a list"),
        ("max_cost = 0", "require.max_cost: got 0; allowed: the most that a kg of its elements costs"),
        ("prices = { In = 300 }", "require.prices: prices are for max_cost, which is missing"),
        ('avoid = ["rosh"]', 'unknown list "rosh": did you mean "rohs"? Allowed: rohs, toxic, radioactive'),
        ("min_abundance = -1.0", "require.min_abundance: got -1.0; allowed: how much of its rarest element"),
        ("in_domain = false", "screen.require.in_domain: got false; allowed: true, or leave it out"),
    ],
)
def test_mistake_in_what_is_required_is_answered(
    refusal: Refusal, right: str, screen: str, line: str, said: str
) -> None:
    lines = refusal(f"{right}{screen}[screen.require]\n{line}\n")
    assert any(said in text for text in lines), lines


def test_what_is_required_is_read_and_written_again(tmp_path: Path, right: str, screen: str) -> None:
    (tmp_path / "table.csv").write_text("composition,gap\nNaCl,8.5\n")
    file = tmp_path / "campaign.toml"
    file.write_text(
        f"{right}{screen}[screen.require]\ncharge_balanced = {{ Cu = [1, 2] }}\nmax_cost = 50\n"
        'prices = { In = 300 }\navoid = ["rohs", "radioactive"]\nelements_count = [2, 4]\nin_domain = true\n'
    )
    campaign = load_campaign(file)
    assert campaign.screen is not None
    assert campaign.screen.require.max_cost == 50.0
    (tmp_path / "again.toml").write_text(campaign.resolved_toml())
    again = load_campaign(tmp_path / "again.toml")
    assert again.screen == campaign.screen
    assert again.digest == campaign.digest
    file.write_text(right + screen)
    assert load_campaign(file).digest != campaign.digest
    assert "screen.require" not in load_campaign(file).resolved_toml()
