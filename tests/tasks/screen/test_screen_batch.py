"""One batch of candidates: predicted, excluded, flagged, counted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, replace
from functools import reduce
from operator import add
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matsluice.tasks.material import parse_formulas
from matsluice.tasks.screen import explain_hits as explaining
from matsluice.tasks.screen import screen_batch as module
from matsluice.tasks.screen.explain_hits import ExplainCall, explain_hits, write_parts
from matsluice.tasks.screen.objective import Objective
from matsluice.tasks.screen.screen_batch import ScreenCall, screen_batch
from matsluice.tasks.screen.screen_counts import ScreenCounts

WriteCandidates = Callable[..., list[Path]]
CallOf = Callable[..., ScreenCall]  # conftest.py has it

#              1.1     0.8     1.1     1.6     unreadable  Pb       1.1      1.2
CANDIDATES = ["NaCl", "ZnO", "NaBr", "ZnS", "Xx", "PbS", "ClNa", "MgS"]


@pytest.fixture
def call(first_call: CallOf) -> ScreenCall:
    return replace(first_call(CANDIDATES, 1.1, 1.7), excluded=(82,), bins=(0.0, 1.0, 1.15, 2.0))


def test_what_becomes_of_each(call: ScreenCall) -> None:
    counts = screen_batch(call)
    assert asdict(counts) == {
        "candidates": 8,
        "rejected": 1,
        "excluded": 1,
        "scored": 6,
        "in_domain": 5,
        "in_window": 5,
        "in_window_and_domain": 5,
        "known": 2,
        "histogram": (1, 3, 2),
        "histogram_in_domain": (0, 3, 2),
        "left_out": {"exclude_elements": 1},
    }
    assert counts.rejected + counts.excluded + counts.scored == counts.candidates
    hits = pd.read_parquet(call.output).set_index("formula")
    # Of the five errors, ±0.15, ±0.05 and 0, four leave 1.2 and 1.6 in the window, and three 1.1.
    assert hits["probability"].to_dict() == {"MgS": 0.8, "ZnS": 0.8, "NaBr": 0.6, "NaCl": 0.6}
    assert hits.index.tolist() == ["MgS", "ZnS", "NaBr", "NaCl"]
    assert hits["known"].to_dict() == {"MgS": False, "ZnS": False, "NaBr": False, "NaCl": True}
    assert hits["id"].to_dict()["NaCl"] == "c0"  # the first of the two rows that are sodium chloride
    assert hits["spread"].isna().all()
    assert hits["why"].isna().all()  # not before it is known which hits are left of all batches
    assert hits["row"].to_dict() == {"MgS": 7, "ZnS": 3, "NaBr": 2, "NaCl": 0}
    assert set(hits["domain"]) == {"inside"}
    assert hits["prediction"]["ZnS"] == 1.6


def test_known_materials_can_be_told_from_their_keys_alone(call: ScreenCall) -> None:
    hits = pd.read_parquet(screen_and_give(call))
    known = [key.decode() for key in np.load(call.known_keys)]
    assert (hits["key"].isin(known) == hits["known"]).all()


def screen_and_give(call: ScreenCall) -> Path:
    screen_batch(call)
    return call.output


def test_a_direction_takes_all(call: ScreenCall) -> None:
    hits = pd.read_parquet(screen_and_give(replace(call, objective=Objective(direction=1))))
    assert hits["formula"].tolist() == ["ZnS", "MgS", "NaBr", "NaCl", "ZnO"]
    assert hits["probability"].isna().all()
    # Zinc oxide is outside the domain, so it comes last; it would with any value.
    assert hits["in_domain"].tolist() == [True] * 4 + [False]


@pytest.mark.parametrize("excluded", [(11,), (17, 35), tuple(range(1, 119)), ()])
def test_exclusions_look_at_every_element(call: ScreenCall, excluded: tuple[int, ...]) -> None:
    everything = replace(call, objective=Objective(direction=1), excluded=excluded)
    hits = pd.read_parquet(screen_and_give(everything))
    contained = parse_formulas(hits["formula"].tolist()).batch.atomic_numbers
    assert not set(contained.tolist()) & set(excluded)
    readable = parse_formulas(CANDIDATES).batch
    rows = [set(readable.take([row]).atomic_numbers.tolist()) for row in range(len(readable))]
    counts = screen_batch(everything)
    assert counts.excluded == sum(bool(elements & set(excluded)) for elements in rows)


def test_constraints_are_asked_in_their_order_and_counted(call: ScreenCall) -> None:
    asked = (("in_domain", True), ("any_of", (16, 30)), ("elements_count", (1, 2)))
    counts = screen_batch(replace(call, require=asked, objective=Objective(direction=1)))
    # Of 7 readable, PbS is excluded, and four have no sulfur and no zinc; of the three left ZnO is outside.
    assert counts.left_out == {"exclude_elements": 1, "any_of": 3, "elements_count": 0, "in_domain": 1}
    assert (counts.excluded, counts.scored, counts.in_window, counts.in_window_and_domain) == (4, 3, 3, 2)
    assert counts.rejected + counts.excluded + counts.scored == counts.candidates
    assert pd.read_parquet(call.output)["formula"].tolist() == ["ZnS", "MgS"]


@pytest.mark.parametrize("at_once", [1, 3, 25])
def test_each_hit_is_explained_by_its_own_features(
    call: ScreenCall, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    monkeypatch.setattr(explaining, "HITS_AT_ONCE", at_once)
    hits = pq.read_table(screen_and_give(call))[::-1]
    parts = write_parts(hits, tmp_path)
    assert len(parts) == -(-hits.num_rows // at_once)
    explain = ExplainCall("", str(Path(call.candidates).parent), call.model, call.made_by, place=-1)
    said = pd.concat([pd.read_parquet(explain_hits(replace(explain, hits=str(part)))) for part in parts])
    lightest = {"NaCl": 11, "NaBr": 11, "ZnS": 16, "MgS": 12}
    assert said.set_index("formula")["why"].to_dict() == {f: f"lightest {z}" for f, z in lightest.items()}
    assert said["formula"].tolist() == hits["formula"].to_pylist()
    assert (said["nearest"] == "LiH").all()
    assert (said["nearest_value"] == 4.9).all()
    assert not {"file", "row"} & set(said.columns)


def test_no_hits_are_explained_as_none(call: ScreenCall, tmp_path: Path) -> None:
    (part,) = write_parts(pq.read_table(screen_and_give(call))[:0], tmp_path)
    explain = ExplainCall(str(part), str(Path(call.candidates).parent), call.model, call.made_by, place=-1)
    assert pq.read_table(explain_hits(explain)).num_rows == 0


def test_keys_that_are_not_in_the_file_are_made(call: ScreenCall, tmp_path: Path) -> None:
    whole = pq.read_table(call.candidates)
    lacking = tmp_path / "lacking" / Path(call.candidates).name
    lacking.parent.mkdir()
    nothing = pa.nulls(whole.num_rows, pa.string())
    for name in ("key", "composition_key"):
        whole = whole.set_column(whole.column_names.index(name), name, nothing)
    pq.write_table(whole, lacking)
    for key in ("key", "composition_key"):
        asked = replace(call, key=key)
        counts, hits = screen_batch(asked), pq.read_table(call.output)
        asked.output.unlink()
        there = replace(asked, candidates=str(lacking))
        assert screen_batch(there) == counts
        assert pq.read_table(there.output).equals(hits, check_metadata=True)
        there.output.unlink()
        assert (hits["known"].to_pylist().count(True), counts.known) == (1, 2)


@pytest.mark.parametrize("candidates", [["Xx", "Yy"], ["PbS"]])
def test_nothing_to_predict(
    call: ScreenCall, write_candidates: WriteCandidates, tmp_path: Path, candidates: list[str]
) -> None:
    for path in (tmp_path / "candidates").iterdir():
        path.unlink()
    write_candidates(candidates)
    counts = screen_batch(call)
    assert counts.scored == 0
    assert counts.rejected + counts.excluded == len(candidates)
    assert len(pd.read_parquet(call.output)) == 0


def test_only_the_best_of_a_batch_are_kept_and_all_are_counted(call: ScreenCall) -> None:
    counts = screen_batch(replace(call, top=2))
    assert pd.read_parquet(call.output)["formula"].tolist() == ["MgS", "ZnS"]
    assert counts.in_window == 5


def test_a_file_that_is_there_answers_with_its_counts(
    call: ScreenCall, monkeypatch: pytest.MonkeyPatch
) -> None:
    counts = screen_batch(call)
    before = call.output.read_bytes()

    def unused(path: str) -> None:
        raise AssertionError(f"{path} is read though all is done")

    monkeypatch.setattr(module, "load_screened_by", unused)
    assert screen_batch(call) == counts
    assert call.output.read_bytes() == before


@given(
    st.lists(
        st.builds(
            ScreenCounts,
            st.integers(0, 99),
            st.integers(0, 9),
            left_out=st.dictionaries(st.sampled_from(["avoid", "elements"]), st.integers(0, 9)),
            histogram=st.tuples(st.integers(0, 9), st.integers(0, 9)),
        ),
        max_size=6,
    )
)
def test_counts_add_up_in_any_order(counts: list[ScreenCounts]) -> None:
    forwards = reduce(add, counts, ScreenCounts())
    assert forwards == reduce(add, reversed(counts), ScreenCounts())
    assert forwards.candidates == sum(some.candidates for some in counts)
    assert sum(forwards.histogram) == sum(sum(some.histogram) for some in counts)


@given(values=st.lists(st.floats(-10, 10), max_size=30))
def test_the_histogram_loses_nobody(values: list[float]) -> None:
    bins = (0.0, 1.0, 2.0, 5.0)
    histogram = module._histogram(np.array(values), bins)
    assert len(histogram) == 3
    assert sum(histogram) == len(values)
    assert histogram[1] == sum(1.0 <= value < 2.0 for value in values)
