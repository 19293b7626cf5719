"""Features of candidates: from the worker itself where they cost microseconds, from its child where they might not."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pyarrow.parquet as pq
import pytest

from matsluice.infra.mistakes import Failed
from matsluice.tasks.features.block_spec import BlockSpec
from matsluice.tasks.features.known_blocks import find_block
from matsluice.tasks.features.made_by import MadeBy
from matsluice.tasks.screen import candidate_features
from matsluice.tasks.screen.candidate_features import compositions_of, features_of_rows, load_screened_by

if TYPE_CHECKING:
    from tests.tasks.screen.conftest import CallOf

WORDS = ("composition.fractions", "composition.magpie", "composition.oxidation")


def no_child() -> None:
    pytest.fail("a child was asked for")


def test_both_processes_compute_the_same(first_call: CallOf, monkeypatch: pytest.MonkeyPatch) -> None:
    call = first_call(["Fe2O3", "Xx", "GaAs", "Cu2ZnSnS4", "PuO2"], 0.0, 9.0)
    call = replace(call, made_by={word: MadeBy.here(find_block(word)) for word in WORDS})
    model = load_screened_by(call.model)
    rows = np.array([0, 2, 3, 4])
    made_of = compositions_of(pq.read_table(call.candidates), rows)
    assert made_of is not None
    prompt = replace(model, blocks=dict.fromkeys(WORDS[:2], 1))
    in_child = features_of_rows(call, prompt, rows, None)
    monkeypatch.setattr(candidate_features, "child_of_this_thread", no_child)
    here = features_of_rows(call, prompt, rows, made_of)
    assert here[0].tolist() == in_child[0].tolist() == rows.tolist()
    np.testing.assert_array_equal(here[1], in_child[1])
    assert here[2] == in_child[2] == {}
    # What searches for charges that balance may take its time.
    with pytest.raises(pytest.fail.Exception, match="a child was asked for"):
        features_of_rows(call, replace(prompt, blocks={WORDS[2]: 1}), rows, made_of)


def test_other_code_than_the_runs_is_not_used(first_call: CallOf) -> None:
    call = first_call(["GaAs"], 0.0, 9.0)
    here = call.made_by[WORDS[0]]
    call = replace(call, made_by={WORDS[0]: replace(here, version="7")})
    rows = np.array([0])
    made_of = compositions_of(pq.read_table(call.candidates), rows)
    with pytest.raises(Failed, match=r"composition.fractions is version 7 in the run and version 1 on"):
        features_of_rows(call, load_screened_by(call.model), rows, made_of)


def test_a_plugin_is_not_believed_to_be_prompt() -> None:
    spec = BlockSpec("mine.own", 1, "composition", "mine:make", "anything", prompt=True)
    assert not spec.needs_child
    assert replace(spec, code="0f").needs_child
    assert replace(spec, needs="structure").needs_child
