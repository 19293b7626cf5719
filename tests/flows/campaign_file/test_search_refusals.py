"""What is wrong with `search` of a model, answered with the key, what was given, and what is allowed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from matsluice.flows.campaign_file import load_campaign

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Refusal = Callable[[str], list[str]]

STACK = '[[models]]\nkind = "svm"\nsearch = { trials = 5 }\n[[models]]\nkind = "stacking"\n'


@pytest.mark.parametrize(
    ("model", "sentence"),
    [
        (
            '"ridge"\nsearch = {}',
            "17: models[0].search: has no budget; write trials = 20, minutes = 10, or both",
        ),
        (
            '"ridge"\nsearch = { trials = 0 }',
            "17: models[0].search.trials: got 0; allowed: how many settings are tried for each fold",
        ),
        ('"ridge"\nsearch = { trials = 1 }', "models[0].search.trials: got 1; allowed: how many settings"),
        (
            '"ridge"\nsearch = { trials = 2.5 }',
            "models[0].search.trials: got 2.5; allowed: how many settings",
        ),
        (
            '"ridge"\nsearch = { minutes = 0 }',
            "models[0].search.minutes: got 0; allowed: after how many minutes",
        ),
        ('"ridge"\nsearch = { minutes = -1.0 }', "models[0].search.minutes: got -1.0; allowed:"),
        ('"ridge"\nsearch = { trails = 5 }', 'search.trails: unknown key "trails": did you mean "trials"?'),
        ('"ridge"\nsearch = 20', "models[0].search: got 20; allowed: a table such as { trials = 20"),
        (
            '"ridge"\nsearch = { trials = 5, inner_folds = 1 }',
            "search.inner_folds: got 1; allowed: a whole number from 2",
        ),
        (
            '"ridge"\nsearch = { trials = 5, pruner = "meidan" }',
            'unknown word "meidan": did you mean "median"?',
        ),
        (
            '"ridge"\nsearch = { trials = 5, trial_timeout = "0s" }',
            'search.trial_timeout: got "0s"; allowed: a duration',
        ),
        (
            '"ridge"\nsearch = { trials = 5, space = { alhpa = [1, 2] } }',
            '17: models[0].search.space.alhpa: unknown searched parameter "alhpa": did you mean "alpha"?',
        ),
        (
            '"svm"\nsearch = { trials = 5, space = { kernel = ["rbf", "poly"] } }',
            'search.space.kernel: unknown searched parameter "kernel"; allowed: C, gamma, epsilon',
        ),
        (
            '"ridge"\nsearch = { trials = 5, space = { alpha = [0, 10] } }',
            "got a lowest value of 0; allowed: above 0",
        ),
        (
            '"ridge"\nsearch = { trials = 5, space = { alpha = [10, 1] } }',
            "got 10 to 1; allowed: [lowest, highest] with",
        ),
        (
            '"ridge"\nsearch = { trials = 5, space = { alpha = 3 } }',
            "space.alpha: allowed: [lowest, highest], two numbers",
        ),
        (
            '"ridge"\nsearch = { trials = 5, space = { alpha = [1, inf] } }',
            "space.alpha: allowed: [lowest, highest]",
        ),
        (
            '"knn"\nsearch = { trials = 5, space = { n_neighbors = [1.5, 9] } }',
            "allowed: [lowest, highest], two whole",
        ),
        (
            '"knn"\nsearch = { trials = 5, space = { n_neighbors = [0, 9] } }',
            "got a lowest value of 0; allowed: from 1 on",
        ),
        (
            '"knn"\nsearch = { trials = 5, space = { weights = ["uniform"] } }',
            "allowed: a list of two or more values",
        ),
        (
            '"knn"\nsearch = { trials = 5, space = { weights = ["uniform", "x"] } }',
            'got "x"; allowed: uniform, distance',
        ),
        (
            '"xgboost"\nsearch = { trials = 5, space = { subsample = [0.5, 2] } }',
            "got 0.5 to 2; allowed: a share, from 0 to 1",
        ),
        (
            '"ridge"\nparams = { alpha = 2 }\nsearch = { trials = 5, space = { alpha = [1, 3] } }',
            "space.alpha: alpha is set in params, so it is not searched: leave it out here or there",
        ),
        (
            '"ridge"\nparams = { alpha = 2 }\nsearch = { trials = 5 }',
            "models[0].search: all that a search would try is set in params (alpha): leave one out there",
        ),
        (
            '"dummy"\nsearch = { trials = 5 }',
            "dummy has nothing to search; leave search out. Kinds that have: ridge, ",
        ),
        ('"stacking"\nsearch = { trials = 5 }', "stacking has nothing to search of its own"),
    ],
)
def test_each_mistake_is_named(right: str, refusal: Refusal, model: str, sentence: str) -> None:
    lines = refusal(right.replace('"ridge"', model))
    assert any(sentence in line for line in lines), lines
    assert len(lines) == 1


def test_a_range_of_another_task_is_named(right: str, refusal: Refusal) -> None:
    classes = right.replace('"regression"', '"classification"')
    lines = refusal(
        classes.replace('"ridge"', '"svm"\nsearch = { trials = 5, space = { epsilon = [0.1, 1] } }')
    )
    assert 'svm has no parameter "epsilon" for classification; a search tries C, gamma' in lines[0]


def test_a_stack_takes_no_member_with_a_search(right: str, refusal: Refusal) -> None:
    members = 'params = { members = ["svm", "ridge"] }\n'
    lines = refusal(right + STACK + members)
    assert len(lines) == 1
    assert (
        '"svm" has a search, and stacking takes its members with the settings that stand in the file'
        in lines[0]
    )
    # A member that is a kind by itself is the default of that kind, also beside a search under another name.
    lines = refusal(
        right + STACK.replace('"svm"\n', '"svm"\nname = "tuned"\n') + members.replace("ridge", "tuned")
    )
    assert '"tuned" has a search' in lines[0]


def test_a_search_is_written_out_with_all_ranges_and_read_again(right: str, tmp_path: Path) -> None:
    (tmp_path / "table.csv").write_text("composition,gap\nNaCl,8.5\n")
    file = tmp_path / "campaign.toml"
    search = "search = { trials = 20, minutes = 5, space = { C = [1, 50] } }"
    file.write_text(right.replace('"ridge"', f'"svm"\nparams = {{ epsilon = 0.2 }}\n{search}'))
    campaign = load_campaign(file)
    (model,) = campaign.models
    assert model.search is not None
    assert dict(model.search.space) == {"C": (1, 50), "gamma": (1e-5, 1.0)}
    assert model.params["epsilon"] == 0.2
    assert not {"C", "gamma"} & set(model.params)
    # Without a search it would be the default's.
    assert model.parameters_for("regression")["C"] == 10.0
    again = tmp_path / "again.toml"
    again.write_text(campaign.resolved_toml())
    assert load_campaign(again) == campaign
    assert load_campaign(again).digest == campaign.digest


def test_what_a_search_asks_changes_a_campaigns_name_and_none_leaves_it(right: str, tmp_path: Path) -> None:
    (tmp_path / "table.csv").write_text("composition,gap\nNaCl,8.5\n")
    file = tmp_path / "campaign.toml"

    def digest(model: str) -> str:
        file.write_text(right.replace('"ridge"', model))
        return load_campaign(file).digest

    searches = ("{ trials = 5 }", "{ trials = 6 }", "{ minutes = 5 }", "{ trials = 5, pruner = 'none' }")
    assert len({digest('"ridge"'), *(digest(f'"ridge"\nsearch = {one}') for one in searches)}) == 5
    file.write_text(right)
    assert "[models.search" not in load_campaign(file).resolved_toml()
