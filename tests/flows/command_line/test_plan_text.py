"""What `matsluice plan` prints."""

from __future__ import annotations

from typing import Any

from matsluice.flows.command_line.plan_text import plan_lines

PLAN: dict[str, Any] = {
    "campaign": "gaps",
    "rows": 244,
    "rejected": {},
    "unique_materials": 226,
    "classes": {},
    "subsampled": [],
    "blocks": {"composition.valence": {"columns": 8, "computed_already": 0, "to_compute": 226, "chunks": 2}},
    "columns": 8,
    "splits": {"random": {"folds": 3, "groups": None}, "composition": {"folds": 3, "groups": 220}},
    "fits": 6,
    "studies": [],
    "searches": [],
    "core_seconds": {"featurize": 10.0, "train": 20.0},
    "workers": 2,
    "resumes": None,
}


def test_without_studies() -> None:
    lines = list(plan_lines(PLAN))
    assert not [line for line in lines if "stud" in line]
    assert "roughly 15 s on 2 workers" in lines[-1]


def test_studies_are_counted_and_named_in_80_columns() -> None:
    names = ["optimizers", "kan_against_mlp", "separability", "universal_approximation", "wide"]
    cost = {**PLAN["core_seconds"], "study": 70.0}
    lines = list(plan_lines({**PLAN, "studies": names, "core_seconds": cost}))
    at = lines.index("  5 studies: optimizers, kan_against_mlp, separability, universal_approximation,")
    assert lines[at + 1] == "    wide"
    assert max(map(len, lines)) <= 80
    assert "roughly 50 s on 2 workers" in lines[-1]
    assert "  1 study: optimizers" in list(plan_lines({**PLAN, "studies": names[:1], "core_seconds": cost}))


def test_splits_stand_with_their_folds_and_groups() -> None:
    lines = list(plan_lines(PLAN))
    at = lines.index("  split                          folds    groups")
    assert lines[at + 1 : at + 3] == [
        "  random                             3",
        "  composition                        3       220",
    ]


def test_a_search_says_what_it_adds_in_80_columns() -> None:
    one = {
        "model": "svm",
        "target": "gap",
        "trials": 200,
        "fits": 610,
        "minutes": 30.0,
        "space": {"C": "1 to 200"},
    }
    lines = list(plan_lines({**PLAN, "searches": [one]}))
    at = lines.index("  a search for svm, gap: at most 200 trials, 610 further fits, no new trials")
    assert lines[at + 1] == "    after 30 minutes a split; C: 1 to 200"
    assert max(map(len, lines)) <= 80


def test_a_block_with_a_long_name_keeps_its_numbers_under_their_heads() -> None:
    name = "structure.radial(cutoff=6, step=0.25, elements=Al-Ga-In-O)"
    one = {"columns": 384, "computed_already": 0, "to_compute": 2400, "chunks": 48}
    lines = list(plan_lines({**PLAN, "blocks": {name: one}}))
    at = lines.index(f"  {name}")
    assert lines[at - 1] == "  block                        columns     there  to compute  chunks"
    assert lines[at + 1] == "                                   384         0        2400      48"
    assert max(map(len, lines)) <= 80
