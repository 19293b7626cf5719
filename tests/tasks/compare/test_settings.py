"""Keys that differ are found wherever they stand, and told by what they are about."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from matsluice.tasks.compare.settings import ABOUT, setting_differences

VALUES = st.one_of(
    st.integers(), st.text(max_size=5), st.booleans(), st.lists(st.integers(), min_size=1, max_size=3)
)
SECTIONS = st.dictionaries(st.sampled_from(["a", "b", "c"]), VALUES, max_size=3)
CAMPAIGNS = st.dictionaries(st.sampled_from(sorted(ABOUT)), SECTIONS, max_size=4)


@given(CAMPAIGNS)
def test_a_file_does_not_differ_from_itself(campaign: dict[str, object]) -> None:
    assert setting_differences(campaign, campaign) == ()


@given(CAMPAIGNS, CAMPAIGNS)
@example({"campaign": {"a": 0}}, {"campaign": {"a": [0]}})
@example({"campaign": {"a": 1}}, {"campaign": {"a": "1"}})
def test_both_directions_find_the_same_keys(first: dict[str, object], second: dict[str, object]) -> None:
    there, back = setting_differences(first, second), setting_differences(second, first)
    assert {one.key for one in there} == {one.key for one in back}
    assert all(one.before != one.now for one in there)


def test_models_are_told_apart_by_name_and_not_by_place() -> None:
    svm, ridge = {"kind": "svm", "name": "svm"}, {"kind": "ridge", "name": "ridge", "params": {"alpha": 1.0}}
    assert setting_differences({"models": [svm, ridge]}, {"models": [ridge, svm]}) == ()
    (gone,) = setting_differences({"models": [svm, ridge]}, {"models": [svm]})
    assert (gone.about, gone.key, gone.now) == ("models", "models.ridge", None)


def test_what_moves_no_number_is_elsewhere() -> None:
    found = setting_differences(
        {"campaign": {"seed": 7, "workspace": "a"}, "cluster": {"workers": 2}},
        {"campaign": {"seed": 8, "workspace": "b"}, "cluster": {"workers": 4}},
    )
    assert [(one.about, one.key) for one in found] == [
        ("validation", "campaign.seed"),
        ("elsewhere", "campaign.workspace"),
        ("elsewhere", "cluster.workers"),
    ]
