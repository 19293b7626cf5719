"""What every study promises: keys with defaults, findings that fill its table, figures that are drawn from them."""

from __future__ import annotations

import json
import re
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from matsluice.tasks.evaluate.figures.style import DARK, LIGHT, png_bytes
from matsluice.tasks.studies.findings import Findings, curves_of, plain, read_findings
from matsluice.tasks.studies.studies import STUDIES
from matsluice.tasks.studies.study_data import StudyData
from matsluice.tasks.studies.study_options import StudyOptions
from matsluice.tasks.studies.study_spec import StudySpec

# Small enough to be quick; every other key is its default.
SMALL: dict[str, dict[str, Any]] = {
    "optimizers": {"optimizers": ("gd", "lbfgs"), "hidden": (3,), "epochs": 8},
    "kan_against_mlp": {"contestants": ("MLP 8", "KAN 1"), "epochs": 8, "steps": 8, "columns": 2},
    "separability": {"features": 2, "columns": 3},
    "universal_approximation": {"widths": (1, 3), "activations": ("tanh",), "starts": 1, "steps": 30},
}
FORMS = {"word", "size", "count", "number", "share"}
# What a clock has measured is another thing in every run.
BY_THE_CLOCK = re.compile(r"seconds|front|curves")

pytestmark = pytest.mark.parametrize("spec", STUDIES.values(), ids=lambda spec: spec.name)


def options(spec: StudySpec) -> StudyOptions:
    return spec.options_class().model_validate(SMALL[spec.name])


def data(spec: StudySpec) -> StudyData | None:
    """Rows of two blocks, with a feature that is undefined here and there and one that never varies."""
    if not spec.tasks:
        return None
    chance = np.random.default_rng(2)
    X = chance.normal(size=(72, 5))
    y = X[:, 0] * X[:, 1] + X[:, 2] + 0.1 * chance.normal(size=72)
    X[::5, 1] = np.nan
    X[:, 4] = 1.25
    blocks = {"one": (0, 3), "two": (3, 5)}
    words = ("band_gap", "eV", "composition")
    return StudyData(X, y, np.arange(72) % 2, (), *words, tuple("abcde"), blocks, rows_of=90)


@cache
def found(name: str) -> Findings:
    return STUDIES[name].run(data(STUDIES[name]), options(STUDIES[name]), 3)


def test_specification(spec: StudySpec) -> None:
    assert re.fullmatch(r"[a-z][a-z_]*", spec.name)
    assert STUDIES[spec.name] is spec
    assert spec.title
    assert spec.question[0].islower()
    assert "doi:10." in spec.source
    assert set(spec.tasks) <= {"regression", "classification"}
    assert {column.form for column in spec.columns} <= FORMS
    assert spec.columns[0].form == "word"


def test_keys_have_defaults_and_say_what_is_allowed(spec: StudySpec) -> None:
    keys = spec.options_class().model_fields
    assert keys
    assert spec.options_class()() == spec.options_class().model_validate({})
    for name, field in keys.items():
        assert re.fullmatch(r"[a-z]+", name), name
        assert field.description, name
        assert not field.is_required(), name


def test_findings_fill_the_table(spec: StudySpec) -> None:
    findings = found(spec.name)
    assert findings.verdict
    assert all(re.fullmatch(r"[A-Z].*\.", sentence, re.DOTALL) for sentence in findings.verdict)
    keys = [key for column in spec.columns for key in (column.key, column.spread) if key]
    assert findings.table
    for line in findings.table:
        assert set(keys) <= set(line)
    curves = curves_of(findings, spec)
    assert curves
    for name, curve in curves.items():
        assert re.fullmatch(r"[^/]+/\w+", name)
        steps = [step for step, _ in curve]
        assert steps == sorted(set(steps)), name


def test_numbers_are_the_same_each_time(spec: StudySpec) -> None:
    again = spec.run(data(spec), options(spec), 3)

    def told(findings: Findings) -> Any:
        return _timeless(plain({"table": findings.table, "series": findings.series}))

    assert told(again) == told(found(spec.name))


def _timeless(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _timeless(part) for key, part in value.items() if not BY_THE_CLOCK.search(key)}
    return [_timeless(part) for part in value] if isinstance(value, list) else value


def test_figures_are_drawn_from_what_stands_in_the_file(spec: StudySpec, tmp_path: Path) -> None:
    found(spec.name).write(tmp_path)
    read = read_findings(tmp_path)
    assert read is not None
    assert json.loads(json.dumps(asdict(read), allow_nan=False)) == plain(asdict(found(spec.name)))
    drawings = spec.drawings(read)
    assert drawings
    assert len({one.name for one in drawings}) == len(drawings)
    for one in drawings:
        assert re.fullmatch(r"[a-z0-9-]+", one.name)
        assert one.caption.endswith(".")
        assert one.alternative.endswith(".")
        assert png_bytes(one.draw(LIGHT)) != png_bytes(one.draw(DARK))
