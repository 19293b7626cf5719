"""What becomes of a check that does not return."""

from __future__ import annotations

from importlib import import_module

import pytest

from matsluice.infra.doctor import CHECKS, Subject, examine
from matsluice.infra.mistakes import Hindered, InvalidInput


@pytest.mark.parametrize("kind", [Hindered, InvalidInput])
def test_what_a_run_would_say_is_a_finding(
    kind: type[Exception], subject: Subject, monkeypatch: pytest.MonkeyPatch
) -> None:
    def check(_subject: Subject) -> None:
        raise kind("Slurm does not answer (sinfo: fatal): run the same command once it does")

    # The module and the function in it share a name.
    module = import_module("matsluice.infra.doctor.examine")
    monkeypatch.setattr(module, "check_of", lambda _spec: check)
    (result,) = examine(subject, [CHECKS["workspace.writable"]])
    assert result.finding.status == "failure"
    assert result.finding.said == "Slurm does not answer (sinfo: fatal)"
    assert result.finding.do == "run the same command once it does"
