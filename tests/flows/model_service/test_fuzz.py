"""Requests that schemathesis makes up from the service's own OpenAPI document, right ones and wrong ones."""

from __future__ import annotations

from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.generation import GenerationMode

from matsluice.flows.model_service.gate import Gate

RIGHT, WRONG = GenerationMode.POSITIVE, GenerationMode.NEGATIVE
# A path that takes nothing cannot be asked wrongly.
OPERATIONS = (
    ("/predict", "POST", RIGHT),
    ("/predict", "POST", WRONG),
    ("/model", "GET", RIGHT),
    ("/health", "GET", RIGHT),
    ("/metrics", "GET", RIGHT),
)
BOUNDED = settings(
    max_examples=80,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture(scope="session")
def document(application: Gate) -> Any:
    """The document as schemathesis reads it from the application."""

    async def ready(scope: Any, receive: Any, send: Any) -> None:
        # It would end the application's life after each test.
        assert scope["type"] == "http"
        await application(scope, receive, send)

    return schemathesis.openapi.from_asgi("/openapi.json", ready)


def test_every_address_is_asked(document: Any) -> None:
    found = [(one.ok().path, one.ok().method.upper()) for one in document.get_all_operations()]
    assert set(found) == {(path, method) for path, method, _ in OPERATIONS}


@pytest.mark.parametrize(("path", "method", "mode"), OPERATIONS)
def test_every_answer_is_one_that_the_document_knows(
    document: Any, path: str, method: str, mode: GenerationMode
) -> None:
    operation = document[path][method]

    @BOUNDED
    @given(operation.as_strategy(generation_mode=mode))
    def ask(case: Any) -> None:
        case.call_and_validate()

    ask()
