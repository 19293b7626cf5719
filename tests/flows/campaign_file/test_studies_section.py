"""[[studies]]: each mistake with the sentence that answers it, and what a right section becomes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import pytest

from matsluice.flows.campaign_file import Campaign, load_campaign

Refusal: TypeAlias = Callable[[str | bytes], list[str]]

TWO = '[[studies]]\nkind = "optimizers"\n[[studies]]\nkind = "optimizers"\n'


@pytest.mark.parametrize(
    ("section", "said"),
    [
        ('[[studies]]\nkind = "optimisers"\n', 'studies[0].kind: unknown study "optimisers": did you mean "optimizers"?'),
        ("[[studies]]\nrows = 100\n", "studies[0].kind: is missing; write a kind of study, such as"),
        ('[studies]\nkind = "optimizers"\n', "studies: write [[studies]], in double brackets, once for each of the studies"),
        ('[[studies]]\nkind = "optimizers"\nepocs = 3\n', 'studies[0].epocs: unknown key "epocs": did you mean "epochs"?'),
        ('[[studies]]\nkind = "optimizers"\nhidden = [0]\n', "studies[0].hidden[0]: got 0; allowed: the neurons of each"),
        ('[[studies]]\nkind = "optimizers"\nactivation = "tan"\n', 'unknown activation "tan": did you mean "tanh"?'),
        ('[[studies]]\nkind = "optimizers"\nrows = 3\n', "studies[0].rows: got 3; allowed: how many rows at most"),
        ('[[studies]]\nkind = "optimizers"\ntarget = "gab"\n', 'studies[0].target: unknown target "gab": did you mean "gap"?'),
        ('[[studies]]\nkind = "optimizers"\nsplit = "randon"\n', 'unknown split "randon": did you mean "random"?'),
        (TWO, 'there is a study "optimizers" already; give this one a name of its own, such as name = "optimizers-2"'),
        ('[[studies]]\nkind = "universal_approximation"\nrows = 99\n', "takes no rows of the campaign: leave rows out"),
        ('[[studies]]\nkind = "universal_approximation"\nwidths = [4, 4]\n', "4 stands more than once; name each once"),
        ('[[studies]]\nkind = "kan_against_mlp"\ncontestants = ["KAN 1", "KAN 6"]\n', 'unknown contestant "KAN 6": did you'),
        ('[[studies]]\nkind = "kan_against_mlp"\ncontestants = ["KAN 1", "KAN 5"]\n', "name at least one MLP and one KAN"),
        ('[[studies]]\nkind = "separability"\nsets = [["composition.magpi"]]\n', 'studies[0].sets[0][0]: unknown block'),
        ('[[studies]]\nkind = "separability"\nsets = [["composition.valence"]]\n', "studies[0].sets[0][0]: unknown block"),
        ('[[studies]]\nkind = "separability"\nrung = 3\n', "studies[0].rung: got 3; allowed: 1 or 2"),
    ],
)  # fmt: skip
def test_refused(right: str, refusal: Refusal, section: str, said: str) -> None:
    lines = refusal(right + section)
    assert len(lines) == 1, lines
    assert said in lines[0]


def test_a_split_the_campaign_does_not_make(right: str, refusal: Refusal) -> None:
    text = right.replace("folds = 3", 'folds = 3\nsplits = ["random"]')
    (line,) = refusal(text + '[[studies]]\nkind = "optimizers"\nsplit = "composition"\n')
    assert 'studies[0].split: unknown split "composition"; allowed: random' in line


CLASSES = ('unit = "eV"\ntask = "regression"', 'task = "classification"')


@pytest.mark.parametrize(
    ("section", "said"),
    [
        (
            'kind = "optimizers"\n',
            "studies[0].kind: optimizers is done on a target that is learned by regression",
        ),
        (
            'kind = "optimizers"\ntarget = "gap"\n',
            "studies[0].target: optimizers is done on a target that is learned",
        ),
        ('kind = "separability"\nthreshold = 1.5\n', '"gap" is learned as classes: leave threshold out'),
    ],
)
def test_refused_of_classes(right: str, refusal: Refusal, section: str, said: str) -> None:
    text = right.replace(*CLASSES).replace('"ridge"', '"logistic"')
    (line,) = refusal(f"{text}[[studies]]\n{section}")
    assert said in line


def loaded(tmp_path: Path, text: str) -> Campaign:
    (tmp_path / "table.csv").write_text("composition,gap\nNaCl,8.5\n")
    file = tmp_path / "campaign.toml"
    file.write_text(text)
    return load_campaign(file)


def test_resolved(right: str, tmp_path: Path) -> None:
    sections = ("optimizers", "kan_against_mlp", "separability", "universal_approximation")
    plain = loaded(tmp_path, right)
    campaign = loaded(tmp_path, right + "".join(f'[[studies]]\nkind = "{kind}"\n' for kind in sections))
    assert [study.name for study in campaign.studies] == list(sections)
    assert [study.target for study in campaign.studies] == ["gap", "gap", "gap", ""]
    assert [study.split for study in campaign.studies] == ["composition"] * 3 + [""]
    again = loaded(tmp_path, campaign.resolved_toml())
    assert again == campaign
    # Without studies a campaign is what it was: nothing of them is written, and its name does not change.
    assert plain.studies == ()
    assert "studies" not in plain.resolved_toml()
    changed = loaded(tmp_path, right + '[[studies]]\nkind = "optimizers"\nepochs = 7\n')
    assert len({plain.digest, campaign.digest, changed.digest}) == 3
