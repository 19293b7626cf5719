"""A service under load, behind a token, and asked for what hangs."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from matsluice.infra.mistakes import InvalidInput
from matsluice.tasks.model_service.answers import ModelAnswers
from matsluice.tasks.predict.material_model import MaterialModel

TOKEN = "4f0d8a51c27b9e36"
Serve = Callable[..., Any]


def test_a_token(model: MaterialModel, serve: Serve) -> None:
    with serve(model, token=TOKEN) as one:
        for path in ("/model", "/metrics", "/nowhere"):
            refused = one(path)
            assert (refused.status, refused.json["error"]) == (401, "no access")
            assert refused.headers["www-authenticate"] == "Bearer"
        # The body is not read before the token is.
        assert one("/predict", "x" * 50_000, headers={"Authorization": "Bearer wrong"}).status == 401
        assert one.predict("NaCl", headers={"Authorization": f"Bearer {TOKEN}"})[0]["reason"] is None
        assert one("/model", headers={"Authorization": f"Bearer {TOKEN}"}).status == 200
        assert one("/health").status == 200
        document = one("/openapi.json").json
        assert document["paths"]["/predict"]["post"]["security"] == [{"token": []}]
        assert "401" in document["paths"]["/predict"]["post"]["responses"]
        assert "Authorization: Bearer" in one("/docs").body.decode()
        assert one.said == []


def test_too_many_at_once(model: MaterialModel, serve: Serve, limits: Callable[..., Any]) -> None:
    with serve(model, limits(threads=1, waiting=0)) as one:
        hold, begun = threading.Event(), threading.Event()
        answer = one.service.answers.answer

        def held(asked: Any) -> Any:
            begun.set()
            assert hold.wait(60)
            return answer(asked)

        one.service.answers.answer = held
        first: list[Any] = []
        asking = threading.Thread(target=lambda: first.append(one.predict("NaCl")))
        asking.start()
        assert begun.wait(60)
        refused = one("/predict", json.dumps({"materials": ["NaCl"]}))
        assert (refused.status, refused.json["error"], refused.headers["retry-after"]) == (
            503,
            "overloaded",
            "1",
        )
        assert one("/health").status == 200
        hold.set()
        asking.join()
        assert first[0][0]["reason"] is None
        assert one.predict("NaCl") == first[0]


def test_too_many_connections(model: MaterialModel, serve: Serve, limits: Callable[..., Any]) -> None:
    import socket

    with serve(model, limits(connections=2)) as one:
        idle = [socket.create_connection(("127.0.0.1", one.port)) for _ in range(2)]
        try:
            answer = one.raw(b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n")
        finally:
            for line in idle:
                line.close()
        assert answer.startswith(b"HTTP/1.1 503 ")
        assert b"2 connections are open" in answer


def test_a_formula_that_hangs(poisoned: MaterialModel, serve: Serve, limits: Callable[..., Any]) -> None:
    with serve(poisoned, limits()) as one:
        rows = one.predict("NaCl", "HeO", "KBr")
        assert [row["reason"] is None for row in rows] == [True, False, True]
        assert rows[1]["reason"] == "timeout: no answer within 12 s, which is what a material may take"
        assert one.said == []


def test_models_of_files_are_not_served(model: MaterialModel, limits: Callable[..., Any]) -> None:
    with pytest.raises(InvalidInput, match="no request brings: predict them with `matsluice predict`"):
        ModelAnswers(replace(model, blocks={"electronic.bands": 1}), limits())


def test_a_model_that_cannot_be_used_here_is_no_service(
    model: MaterialModel, limits: Callable[..., Any]
) -> None:
    import asyncio

    from matsluice.flows.model_service.service import ModelService
    from matsluice.tasks.model_service.described import Entry, described

    ended: list[str] = []
    answers = ModelAnswers(model, limits())
    service = ModelService(
        answers, described("gaps", Entry("gaps"), model, limits()), lambda: ended.append("ended")
    )
    answers.model = replace(model, pipeline=None)
    asyncio.run(service.get_ready())
    assert (service.state, ended) == ("starting", ["ended"])
    assert service.failure is not None
    service.close()
