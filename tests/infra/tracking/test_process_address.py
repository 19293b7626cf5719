"""MLflow's address is lent to the process and given back, whoever had named one."""

from __future__ import annotations

import os
from collections.abc import Iterator

import mlflow
import pytest

from matsluice.infra.tracking.access import VARIABLE
from matsluice.infra.tracking.process_address import addressed


@pytest.fixture(autouse=True)
def nobody_named_one() -> Iterator[None]:
    before = (mlflow.is_tracking_uri_set(), os.environ.get(VARIABLE))  # type: ignore[no-untyped-call]
    assert before == (False, None)
    yield
    mlflow.set_tracking_uri(None)  # type: ignore[arg-type]


def lend() -> None:
    """Lend the address to a block that fails."""
    with pytest.raises(KeyError), addressed("sqlite:///lent.db"):
        raise KeyError
    with addressed("sqlite:///lent.db"):
        assert mlflow.get_tracking_uri() == "sqlite:///lent.db"


def test_named_by_nobody() -> None:
    lend()
    assert not mlflow.is_tracking_uri_set()  # type: ignore[no-untyped-call]
    assert VARIABLE not in os.environ


def test_named_by_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "sqlite:///first.db")
    lend()
    assert mlflow.get_tracking_uri() == "sqlite:///first.db"
    monkeypatch.setenv(VARIABLE, "sqlite:///second.db")
    assert mlflow.get_tracking_uri() == "sqlite:///second.db"  # the environment still decides


def test_named_in_the_process() -> None:
    mlflow.set_tracking_uri("sqlite:///mine.db")
    lend()
    assert mlflow.get_tracking_uri() == os.environ[VARIABLE] == "sqlite:///mine.db"
