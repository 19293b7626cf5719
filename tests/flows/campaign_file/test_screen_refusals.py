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
        ('any_of = ["Cd"]\navoid = ["rohs"]', "require.any_of: all of these are left out (Cd by rohs)"),
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
        ('avoid = ["rosh"]', 'unknown list "rosh": did you mean "rohs"? Allowed: rohs, radioactive'),
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


SEVERAL = """\
[screen]
candidates = { source = "enumerate", elements = ["Cu", "Zn", "Pb", "S"] }
[[screen.objectives]]
target = "gap"
at_least = 1.0
[[screen.objectives]]
target = "gap"
maximize = true
weight = 2.0
"""


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        (
            'target = "gap"\nmaximize',
            'target = "gpa"\nmaximize',
            'screen.objectives[1].target: unknown target "gpa": did you mean "gap"?',
        ),
        (
            "weight = 2.0",
            "weight = inf",
            "screen.objectives[1].weight: got inf; allowed: a finite number above 0",
        ),
        (
            "weight = 2.0",
            "weight = nan",
            "screen.objectives[1].weight: got nan; allowed: a finite number above 0",
        ),
        ("weight = 2.0", "weight = -1.0", "screen.objectives[1].weight: got -1.0; allowed: a finite number"),
        ("weight = 2.0", "weight = 0.0", "screen.objectives[1].weight: got 0.0; allowed: a finite number"),
        (
            "weight = 2.0",
            "wieght = 2.0",
            'screen.objectives[1].wieght: unknown key "wieght": did you mean "weight"?',
        ),
        (
            "maximize = true",
            "at_most = 0.5",
            "screen.objectives[1]: no gap meets both this and screen.objectives[0]: the windows have nothing in",
        ),
        (
            "at_least = 1.0",
            "minimize = true",
            "screen.objectives[1]: gap is to be the largest here and the smallest",
        ),
        (
            "at_least = 1.0",
            "maximize = true",
            "screen.objectives[1]: asks of gap what screen.objectives[0] asks",
        ),
        (
            "at_least = 1.0",
            "",
            "write exactly one of between, at_least, at_most, maximize, minimize; got none",
        ),
        ("[[screen.obj", 'rank = "pareto"\n[[screen.obj', 'rank is "pareto", and fronts know no weights'),
        ("[[screen.obj", 'rank = "paretto"\n[[screen.obj', 'did you mean "pareto"?'),
        ("[[screen.obj", "kappa = 1.0\n[[screen.obj", 'kappa is for acquisition = "upper_bound"'),
        (
            "[[screen.obj",
            'acquisition = "upper_bound"\nkappa = -1.0\n[[screen.obj',
            "screen.kappa: got -1.0; allowed: how many standard deviations",
        ),
        (
            "[[screen.obj",
            'objective = { target = "gap", maximize = true }\n[[screen.obj',
            "there are both objective and [[screen.objectives]]: keep one of the two",
        ),
        (
            "[[screen.obj",
            "at_most_per_system = 0\n[[screen.obj",
            "screen.at_most_per_system: got 0; allowed: how many hits of one chemical system",
        ),
    ],
)
def test_mistake_in_several_objectives_is_answered(
    refusal: Refusal, right: str, before: str, after: str, said: str
) -> None:
    assert before in SEVERAL
    lines = refusal(SEVERAL.replace(before, after, 1) + right)
    assert any(said in line for line in lines), lines


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("objective = {", "# {", "screen: objective is missing; write a table such as { target ="),
        ('["Hg"]', '["Hg"]\nrank = "pareto"', 'rank is "pareto" and there is one objective'),
        (
            '["Hg"]',
            '["Hg"]\nacquisition = "expected_improvement"',
            'acquisition is "expected_improvement", which is for maximize and minimize: a window is ranked by',
        ),
    ],
)
def test_ranking_by_what_is_not_there_is_answered(
    refusal: Refusal, right: str, screen: str, before: str, after: str, said: str
) -> None:
    lines = refusal(screen.replace(before, after, 1) + right)
    assert any(said in line for line in lines), lines
