"""[[studies]]: each mistake with the sentence that answers it, and what a right section becomes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import pytest

from matsluice.flows.campaign_file import Campaign, load_campaign

Refusal: TypeAlias = Callable[[str | bytes], list[str]]

NAMES = 'give this one a name of its own, such as name = "optimizers-2"'


def study(kind: str, keys: str = "") -> str:
    return f'[[studies]]\nkind = "{kind}"\n{keys}\n'


@pytest.mark.parametrize(
    ("section", "said"),
    [
        (study("optimisers"), 'studies[0].kind: unknown study "optimisers": did you mean "optimizers"?'),
        ("[[studies]]\nrows = 100\n", "studies[0].kind: is missing; write a kind of study, such as"),
        ('[studies]\nkind = "optimizers"\n', "studies: write [[studies]], in double brackets, once for each"),
        (study("optimizers") * 2, f'there is a study "optimizers" already; {NAMES}'),
    ],
)
def test_refused(right: str, refusal: Refusal, section: str, said: str) -> None:
    (line,) = refusal(right + section)
    assert said in line


@pytest.mark.parametrize(
    ("kind", "keys", "said"),
    [
        ("optimizers", "epocs = 3", 'studies[0].epocs: unknown key "epocs": did you mean "epochs"?'),
        ("optimizers", "hidden = [0]", "studies[0].hidden[0]: got 0; allowed: the neurons of each"),
        ("optimizers", 'activation = "tan"', 'unknown activation "tan": did you mean "tanh"?'),
        ("optimizers", 'optimizers = ["adm"]', 'unknown optimizer "adm": did you mean "adam"?'),
        ("optimizers", "rows = 3", "studies[0].rows: got 3; allowed: how many rows at most"),
        ("optimizers", 'target = "gab"', 'studies[0].target: unknown target "gab": did you mean "gap"?'),
        ("optimizers", 'split = "randon"', 'unknown split "randon": did you mean "random"?'),
        ("universal_approximation", "rows = 99", "takes no rows of the campaign: leave rows out"),
        ("universal_approximation", "widths = [4, 4]", "4 stands more than once; name each once"),
        (
            "universal_approximation",
            "widts = [4, 8]",
            "Allowed: kind, name, widths, activations, starts, steps",
        ),
        (
            "kan_against_mlp",
            'contestants = ["MLP 8", "KAN6"]',
            'unknown contestant "KAN6": did you mean "KAN',
        ),
        ("kan_against_mlp", 'contestants = ["KAN 1", "KAN 5"]', "name at least one MLP and one KAN"),
        (
            "separability",
            'sets = [["composition.magpi"]]',
            'studies[0].sets[0][0]: unknown block "composition.m',
        ),
        ("separability", 'sets = [["composition.valence"]]', '[0][0]: unknown block "composition.valence"'),
        ("separability", "rung = 3", "studies[0].rung: got 3; allowed: 1 or 2"),
    ],
)
def test_refused_keys(right: str, refusal: Refusal, kind: str, keys: str, said: str) -> None:
    (line,) = refusal(right + study(kind, keys))
    assert said in line


def test_a_split_the_campaign_does_not_make(right: str, refusal: Refusal) -> None:
    text = right.replace("folds = 3", 'folds = 3\nsplits = ["random"]')
    (line,) = refusal(text + study("optimizers", 'split = "composition"'))
    assert 'studies[0].split: unknown split "composition"; allowed: random' in line


CLASSES = ('unit = "eV"\ntask = "regression"', 'task = "classification"')


@pytest.mark.parametrize(
    ("kind", "keys", "said"),
    [
        ("optimizers", "", "studies[0].kind: optimizers is done on a target that is learned by regression"),
        ("optimizers", 'target = "gap"', "studies[0].target: optimizers is done on a target that is learned"),
        ("separability", "threshold = 1.5", '"gap" is learned as classes: leave threshold out'),
    ],
)
def test_refused_of_classes(right: str, refusal: Refusal, kind: str, keys: str, said: str) -> None:
    text = right.replace(*CLASSES).replace('"ridge"', '"logistic"')
    (line,) = refusal(text + study(kind, keys))
    assert said in line


def loaded(tmp_path: Path, text: str) -> Campaign:
    (tmp_path / "table.csv").write_text("composition,gap\nNaCl,8.5\n")
    file = tmp_path / "campaign.toml"
    file.write_text(text)
    return load_campaign(file)


def test_resolved(right: str, tmp_path: Path) -> None:
    sections = ("optimizers", "kan_against_mlp", "separability", "universal_approximation")
    plain = loaded(tmp_path, right)
    campaign = loaded(tmp_path, right + "".join(map(study, sections)))
    assert [study.name for study in campaign.studies] == list(sections)
    assert [study.target for study in campaign.studies] == ["gap", "gap", "gap", ""]
    assert [study.split for study in campaign.studies] == ["composition"] * 3 + [""]
    again = loaded(tmp_path, campaign.resolved_toml())
    assert again == campaign
    # Without studies a campaign is what it was: nothing of them is written, and its name does not change.
    assert plain.studies == ()
    assert "studies" not in plain.resolved_toml()
    changed = loaded(tmp_path, right + study("optimizers", "epochs = 7"))
    assert len({plain.digest, campaign.digest, changed.digest}) == 3
