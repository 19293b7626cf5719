"""What every check of the doctor promises, and that each has a test that makes it fail."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from matsluice.infra.doctor import CHECKS, CheckSpec, Finding, Subject, chosen_checks, examine
from matsluice.infra.doctor.examine import check_of
from matsluice.infra.mistakes import InvalidInput

TESTS = Path(__file__).parents[1] / "infra" / "doctor"


def made_to_fail() -> Iterator[str]:
    """Give the check of every call of `not_ok` in a test, which sees that the check is not ok."""
    for path in sorted(TESTS.glob("test_*.py")):
        for function in ast.parse(path.read_text(encoding="utf-8")).body:
            if not isinstance(function, ast.FunctionDef) or not function.name.startswith("test_"):
                continue
            for node in ast.walk(function):
                if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "not_ok":
                    assert isinstance(node.args[0], ast.Constant), f"{path}:{node.lineno}"
                    yield str(node.args[0].value)


def test_every_check_has_a_test_that_makes_it_fail() -> None:
    assert set(made_to_fail()) == set(CHECKS)


@pytest.mark.parametrize("spec", CHECKS.values(), ids=lambda spec: spec.name)
def test_specification(spec: CheckSpec) -> None:
    assert re.fullmatch(r"[a-z]+\.[a-z]{2,10}", spec.name)
    assert CHECKS[spec.name] is spec
    assert spec.looks_at
    assert not spec.looks_at.endswith(".")
    parameters = inspect.signature(check_of(spec)).parameters
    assert [name.lstrip("_") for name in parameters] == ["subject"]
    names = list(CHECKS)
    # What it builds on is looked at before.
    assert all(names.index(before) < names.index(spec.name) for before in spec.after)
    assert spec.limit_s > 0


def test_a_family_stands_together() -> None:
    families = [name.partition(".")[0] for name in CHECKS]
    assert [one for one, before in zip(families, [None, *families], strict=False) if one != before] == list(
        dict.fromkeys(families)
    )


def test_a_check_that_hangs_or_breaks_is_a_failure_and_the_others_go_on(tmp_path: Path) -> None:
    hangs = CheckSpec("one.hangs", "", f"{__name__}:_hangs", limit_s=0.2)
    breaks = CheckSpec("one.breaks", "", f"{__name__}:_breaks")
    builds = CheckSpec("one.builds", "", f"{__name__}:_fine", after=("one.breaks",))
    built = CheckSpec("one.built", "", f"{__name__}:_fine", after=("one.builds",))
    fine = CheckSpec("one.fine", "", f"{__name__}:_fine")
    found = [one.finding for one in examine(Subject(tmp_path), [hangs, breaks, builds, built, fine])]
    assert [one.status for one in found] == ["failure", "failure", "skipped", "skipped", "ok"]
    assert found[0].said == "no answer within 0.2 s"
    assert found[1].said == "the check itself broke (ValueError: no number)"
    assert found[1].do
    assert found[2].said == found[3].said == "needs one.breaks"


def _hangs(_subject: Subject) -> Finding:
    import time

    time.sleep(2)
    return Finding("ok", "")


def _breaks(_subject: Subject) -> Finding:
    raise ValueError("no number")


def _fine(_subject: Subject) -> Finding:
    return Finding("ok", "")


def test_checks_are_chosen_by_name_and_family() -> None:
    assert [spec.name for spec in chosen_checks(["store.write"])] == ["store.write"]
    assert {spec.name.partition(".")[0] for spec in chosen_checks(["mlflow", "machine"])} == {
        "mlflow",
        "machine",
    }
    assert chosen_checks() == tuple(CHECKS.values())
    with pytest.raises(
        InvalidInput, match=r'unknown check "workspace\.lock": did you mean "workspace\.locks"'
    ):
        chosen_checks(["workspace.lock"])
