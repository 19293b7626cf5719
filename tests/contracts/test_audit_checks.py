"""Every check of the audit finds what is planted for it, says so by row, and finds nothing where nothing is."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from matsluice.flows.campaign_file.vocabulary import known_finding
from matsluice.tasks.audit.audit import audit
from matsluice.tasks.audit.audited import Audited
from matsluice.tasks.audit.checks import CHECKS, CheckSpec
from matsluice.tasks.audit.finding import NAMED
from matsluice.tasks.audit.recomputed import Recomputed
from matsluice.tasks.split.folds import HOLDOUT, Folds
from matsluice.tasks.train.training_rows import TrainingRows

N = 120
METALS = ("Ti", "V", "Cr", "Mn", "Fe", "Co", "Ni", "Cu", "Zn", "Mo")
FORMULAS = np.array(
    [f"{metal}{n}{anion}" for metal in METALS for anion in ("O", "S", "N") for n in (2, 3, 4, 5)]
)
FOLD = np.where(np.arange(N) % 6 == 0, HOLDOUT, np.arange(N) % 3)
COLUMNS = ("composition.magpie.a", "composition.magpie.b", "composition.magpie.c")


def clean(split: str = "composition") -> Audited:
    chance = np.random.default_rng(11)
    rows = TrainingRows(
        np.array([f"id-{n}" for n in range(N)]), FORMULAS, np.arange(N), chance.normal(size=N)
    )
    folds = {split: Folds.of_partition(FOLD)}
    return Audited(rows, folds, chance.normal(size=(N, 3)), COLUMNS, "gap", "eV")


def rows_with(audited: Audited, **arrays: np.ndarray) -> Audited:
    return replace(audited, rows=replace(audited.rows, **arrays), held={})


def moved(values: np.ndarray, to: int, of: int) -> np.ndarray:
    """Return the values with one of them in another's place."""
    values = values.copy()
    values[to] = values[of]
    return values


# Rows 1 and 2 are in the folds 1 and 2; row 0 is kept for the final test.
def planted(name: str) -> Audited:
    """Return rows with what a check looks for, and nothing that stops for another reason."""
    audited = clean()
    match name:
        case "duplicate-across-folds":
            return rows_with(audited, material=moved(audited.rows.material, 2, 1))
        case "holdout-in-training":
            return rows_with(audited, material=moved(audited.rows.material, 0, 1))
        case "target-copy":
            matrix = audited.matrix.copy()
            matrix[:, 1] = 3.0 - 0.25 * audited.rows.y
            return replace(audited, matrix=matrix)
        case "features-outside-fold":
            return replace(
                audited, recomputed=(Recomputed("composition.magpie", 16, ((1, 2, 0.5, 0.0, False),)),)
            )
        case "same-features-across-folds":
            return replace(audited, matrix=moved(audited.matrix, 2, 1))
        case "same-composition-across-folds":
            formulas = audited.rows.formulas.astype("U20")
            formulas[1:3] = "Fe333O667", "FeO2"
            return rows_with(audited, formulas=formulas)
        case "one-class-fold":
            classes = (np.arange(N) % 3 == 0).astype(np.int64)
            classes[[10, 16]] = 1, 1
            return rows_with(audited, y=classes, classes=np.array(["gap", "metal"]))
        case "label-noise":
            return replace(audited, matrix=moved(audited.matrix, 4, 1))
    raise AssertionError(f"nothing is planted for {name}: write it here")


@pytest.mark.parametrize("spec", CHECKS.values(), ids=lambda spec: spec.name)
def test_what_is_planted_is_found_and_named(spec: CheckSpec) -> None:
    found = [finding for finding in audit(planted(spec.name)) if finding.check == spec.name]
    assert found, spec.name
    for finding in found:
        assert finding.weight in {"stops", "warns", "notes"}
        assert spec.stops or finding.weight != "stops"
        assert finding.target == "gap"
        assert 0 < len(finding.ids) <= finding.of
        record = finding.record()
        assert len(record["rows"]) <= NAMED
        assert record["count"] == len(finding.ids)
        assert not finding.sentence.endswith(".")
        # What a stop says is what it allows by name, and nothing else.
        allowed = [one for one in audit(planted(spec.name), allow=[spec.name]) if one.check == spec.name]
        assert [one.stops for one in allowed] == [False] * len(found)


@pytest.mark.parametrize("spec", CHECKS.values(), ids=lambda spec: spec.name)
def test_nothing_is_found_where_nothing_is(spec: CheckSpec) -> None:
    assert not list(spec.find(clean()))


@pytest.mark.parametrize("spec", CHECKS.values(), ids=lambda spec: spec.name)
def test_specification(spec: CheckSpec) -> None:
    assert CHECKS[spec.name] is spec
    assert spec.looks_for
    if spec.stops:
        assert known_finding(spec.name) == spec.name
        assert "doi:10." in spec.source
    else:
        with pytest.raises(ValueError, match="stops no run"):
            known_finding(spec.name)


def test_what_a_random_split_does_by_its_nature_stops_nothing() -> None:
    audited = clean("random")
    found = audit(rows_with(audited, material=moved(audited.rows.material, 2, 1)))
    (duplicate,) = [one for one in found if one.check == "duplicate-across-folds"]
    assert duplicate.weight == "notes"
    assert duplicate.ids.tolist() == ["id-1", "id-2"]
    assert not any(one.stops for one in found)


def test_a_near_composition_is_one_up_to_rounding_and_no_further() -> None:
    (finding,) = [
        one for one in audit(planted("same-composition-across-folds")) if "composition" in one.check
    ]
    assert finding.ids.tolist() == ["id-1", "id-2"]
    assert finding.numbers == {"exact": 0.0, "near": 2.0}
    formulas = clean().rows.formulas.astype("U20")
    formulas[1:3] = "Fe33O67", "FeO2"  # two decimals: 0.0033 apart
    assert not [one for one in audit(rows_with(clean(), formulas=formulas)) if "composition" in one.check]


def test_the_floor_of_label_noise_is_what_the_best_function_errs() -> None:
    audited = planted("label-noise")
    (finding,) = [one for one in audit(audited) if one.check == "label-noise"]
    y = audited.rows.y
    learned = N - int((FOLD == HOLDOUT).sum())
    assert finding.numbers["mae_floor"] == pytest.approx(abs(y[4] - y[1]) / learned)
    assert sorted(finding.ids.tolist()) == ["id-1", "id-4"]


def test_labels_of_the_holdout_are_not_looked_at() -> None:
    audited = planted("target-copy")
    y = audited.rows.y.copy()
    y[FOLD == HOLDOUT] = 1e6
    found = [one for one in audit(rows_with(audited, y=y)) if one.check == "target-copy"]
    assert len(found) == 1
    assert len(found[0].ids) == int((FOLD != HOLDOUT).sum())
