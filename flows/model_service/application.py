"""The addresses of a model's service, as a FastAPI application."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from fastapi import FastAPI, Request, Response
from fastapi.responses import HTMLResponse

from matsluice.flows.model_service.form import (
    answer_form,
    health_form,
    model_form,
    refusals,
    request_form,
    said,
)
from matsluice.flows.model_service.gate import Gate
from matsluice.flows.model_service.numbers import MEDIA_TYPE
from matsluice.flows.model_service.page import page_html
from matsluice.flows.model_service.service import ModelService, until_ready
from matsluice.infra.web.bounded_body import CallerGone
from matsluice.infra.web.refusal import RequestRefused, refusal_json

if TYPE_CHECKING:
    from collections.abc import Callable

JSON = "application/json"
GONE = 499  # nobody reads it; what proxies write into their logs


def application_of(service: ModelService, token: str | None, say: Callable[[str], object]) -> Gate:
    """Return the application.

    Parameters
    ----------
    service
        What answers.
    token
        What callers have to name, for all but health and documentation.
    say
        Is told a line for each request that ended in an unforeseen error.
    """

    @asynccontextmanager
    async def life(_: FastAPI) -> AsyncIterator[None]:
        task = await until_ready(service)
        try:
            yield
        finally:
            task.cancel()
            service.close()

    app = FastAPI(
        title=f"matsluice: {service.described.model}",
        version=service.described.version or "0",
        description=service.described.contract["card"],
        docs_url=None,
        redoc_url=None,
        lifespan=life,
        redirect_slashes=False,
    )
    _add_predict(app, service, token)
    _add_records(app, service, token)
    _add_page(app)
    _add_refusals(app)
    return Gate(app, service.numbers, token, say)


def _add_predict(app: FastAPI, service: ModelService, token: str | None) -> None:
    described = service.described
    statuses = (400, *_with(token), 408, 413, 415, 422, 503)

    @app.post(
        "/predict",
        summary="Predict materials",
        description="A row for each material, in order. One that cannot be predicted is a row with its reason.",
        responses={
            200: said("The predictions.", answer_form(described)),
            **refusals(*statuses),
        },
        openapi_extra={
            "requestBody": request_form(service.answers.of_crystals, service.limits.batch),
            **_secured(token),
        },
        response_class=Response,
    )
    async def predict(request: Request) -> Response:
        return Response(await service.predict(request.headers, request.receive), media_type=JSON)


def _add_records(app: FastAPI, service: ModelService, token: str | None) -> None:
    """Add what is said of the model and of the service."""
    contract = json.dumps(service.described.contract, allow_nan=False)

    @app.get(
        "/model",
        summary="The model: its contract and its card",
        responses={
            200: said("What it predicts, from what, and its limits.", model_form(service.described)),
            **refusals(*_with(token)),
        },
        openapi_extra=_secured(token),
        response_class=Response,
    )
    async def model() -> Response:
        return Response(contract, media_type=JSON)

    @app.get(
        "/health",
        summary="Whether requests are answered",
        responses={
            200: said("They are.", health_form()),
            503: said("Not yet, or no more.", health_form()),
        },
        response_class=Response,
    )
    async def health() -> Response:
        is_ready = service.state == "ready"
        return Response(
            json.dumps(service.health()),
            200 if is_ready else 503,
            None if is_ready else {"Retry-After": "2"},
            JSON,
        )

    @app.get(
        "/metrics",
        summary="Counts for Prometheus",
        responses={
            200: said("Prometheus's text format.", {"type": "string"}, "text/plain"),
            **refusals(*_with(token)),
        },
        openapi_extra=_secured(token),
        response_class=Response,
    )
    async def metrics() -> Response:
        return Response(service.numbers.text(), headers={"Content-Type": MEDIA_TYPE})


def _add_page(app: FastAPI) -> None:
    html: list[str] = []

    @app.get("/docs", include_in_schema=False)
    async def docs() -> HTMLResponse:
        if not html:
            html.append(page_html(app.openapi()))
        # The page has no script and asks no other address.
        policy = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"
        return HTMLResponse(html[0], headers={"Content-Security-Policy": policy})


def _add_refusals(app: FastAPI) -> None:
    """Say everything that is no answer in one form."""

    async def refused(_: Request, why: Exception) -> Response:
        assert isinstance(why, RequestRefused)
        return _refusal(why.status, why.error, why.detail, dict(why.headers))

    async def gone(_: Request, __: Exception) -> Response:
        return Response(status_code=GONE)

    async def no_such_path(request: Request, _: Exception) -> Response:
        paths = ", ".join([*app.openapi()["paths"], "/docs"])
        return _refusal(
            404, "unknown path", f'there is no "{request.url.path[:80]}": the paths are {paths}', {}
        )

    async def other_method(request: Request, why: Exception) -> Response:
        headers = getattr(why, "headers", None) or {}
        allowed = headers.get("Allow", headers.get("allow", "another method"))
        detail = f'"{request.method[:20]}" is not for {request.url.path}: send {allowed}'
        return _refusal(405, "other method", detail, headers)

    app.add_exception_handler(RequestRefused, refused)
    app.add_exception_handler(CallerGone, gone)
    app.add_exception_handler(404, no_such_path)
    app.add_exception_handler(405, other_method)


def _refusal(status: int, error: str, detail: str, headers: dict[str, str]) -> Response:
    return Response(refusal_json(error, detail), status, headers, JSON)


def _with(token: str | None) -> tuple[int, ...]:
    return () if token is None else (401,)


def _secured(token: str | None) -> dict[str, Any]:
    return {} if token is None else {"security": [{"token": []}]}
