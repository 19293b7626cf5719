"""Services of small models, without a campaign around them: called in this process, and at an address."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from matsluice.flows.model_service.application import application_of
from matsluice.flows.model_service.gate import Gate
from matsluice.flows.model_service.service import ModelService
from matsluice.infra.web.listening import bound_socket, server_of
from matsluice.models.catalogue import make_model
from matsluice.models.residual_distribution import ResidualDistribution
from matsluice.models.uncertainty.conformal_intervals import ConformalIntervals
from matsluice.models.uncertainty.learned_from import LearnedFrom
from matsluice.tasks.features import featurize
from matsluice.tasks.features.known_blocks import add_plugins, use_plugins
from matsluice.tasks.features.plugins import read_plugin
from matsluice.tasks.material import parse_formulas
from matsluice.tasks.model_service.answers import ModelAnswers
from matsluice.tasks.model_service.described import Entry, described
from matsluice.tasks.model_service.limits import ServiceLimits
from matsluice.tasks.predict.material_model import MaterialModel

# Band gaps in eV, rounded; what they are does not matter here.
GAPS = {
    "NaCl": 8.5, "KCl": 8.6, "NaBr": 7.1, "KBr": 7.4, "LiF": 13.6, "ZnO": 3.4, "ZnS": 3.7, "ZnSe": 2.7,
    "GaAs": 1.4, "GaP": 2.3, "GaN": 3.4, "InP": 1.3, "InAs": 0.4, "AlAs": 2.2, "Si": 1.1, "Ge": 0.7,
    "MgO": 7.8, "CuI": 3.1, "AgCl": 3.2, "Fe2O3": 2.2,
}  # fmt: skip
PLUGIN = Path(__file__).parents[2] / "plugins" / "poison.py"
BLOCKS = ("composition.elemental", "composition.fractions")
# Refusals and small bounds come sooner so.
LIMITS = ServiceLimits(body_bytes=100_000, batch=50, row_seconds=12.0, body_seconds=2.0)


@dataclass(slots=True)
class Answer:
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(slots=True)
class Served:
    """A service at an address of this machine."""

    port: int
    service: ModelService
    said: list[str] = field(default_factory=list)

    def __call__(
        self,
        path: str = "/predict",
        body: bytes | str | None = None,
        method: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Send one request; a body is said to be JSON unless the headers say otherwise."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=60)
        given = {"Content-Type": "application/json"} if body is not None else {}
        try:
            connection.request(
                method or ("GET" if body is None else "POST"), path, body, {**given, **(headers or {})}
            )
            answer = connection.getresponse()
            return Answer(answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read())
        finally:
            connection.close()

    def predict(self, *materials: object, **words: Any) -> Any:
        """Return the rows of an answer that must be one."""
        answer = self("/predict", json.dumps({"materials": materials}), **words)
        assert answer.status == 200, answer.body
        return answer.json["predictions"]

    def raw(self, *parts: bytes, pause_s: float = 0.0) -> bytes:
        """Send bytes as they are and return all that comes back until the other side closes."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=60) as line:
            for part in parts:
                try:
                    line.sendall(part)
                except OSError:  # closed by the other side, which is what some tests are about
                    break
                time.sleep(pause_s)
            received = b""
            try:
                while part := line.recv(65536):
                    received += part
            except ConnectionResetError:
                pass
        return received


def model_of(*blocks: str) -> MaterialModel:
    """Return a forest of 10 trees on some blocks of compositions."""
    X = featurize(list(GAPS), list(blocks)).to_numpy()
    return _fitted(X, np.array([*GAPS.values()]), blocks, parse_formulas(list(GAPS)).batch)


def _fitted(X: Any, y: Any, blocks: tuple[str, ...], compositions: Any) -> MaterialModel:
    errors = np.resize(np.array([0.1, -0.3, 0.5, -0.2]), len(y))
    return MaterialModel(
        pipeline=make_model("random_forest", {"n_estimators": 10}, seed=1).fit(X, y),
        blocks=dict.fromkeys(blocks, 1),
        target="gap",
        unit="eV",
        learned_from=LearnedFrom.rows(X, y, compositions),
        intervals=ConformalIntervals(ResidualDistribution.of(errors, np.zeros(len(y)))),
        confidence=0.9,
    )


@pytest.fixture(scope="session")
def model() -> MaterialModel:
    """A model of compositions."""
    return model_of(*BLOCKS)


@pytest.fixture
def poisoned(model: MaterialModel) -> Iterator[MaterialModel]:
    """A model that brings a block of its own, which does as the formula asks."""
    plugin = read_plugin(PLUGIN)
    add_plugins([plugin])
    X, y = np.arange(40.0).reshape(20, 2), np.arange(20.0)
    yield replace(
        model,
        pipeline=make_model("ridge", {}, seed=1).fit(X, y),
        blocks={"poison.elements": 1},
        plugins=(plugin,),
        learned_from=LearnedFrom.rows(X, y, None),
    )
    use_plugins(())


def service_of(model: MaterialModel, limits: ServiceLimits = LIMITS) -> ModelService:
    """Return a service of a model."""
    entry = Entry("gaps/3", "3", {"campaign": "gaps"})
    return ModelService(ModelAnswers(model, limits), described("gaps", entry, model, limits))


@contextmanager
def served(
    model: MaterialModel, limits: ServiceLimits = LIMITS, token: str | None = None
) -> Iterator[Served]:
    """Serve a model in a thread, ready when the block begins."""
    service = service_of(model, limits)
    said: list[str] = []
    with bound_socket("127.0.0.1", 0) as listener:
        port = listener.getsockname()[1]
        server = server_of(application_of(service, token, said.append), limits.connections, service.stop)
        # A signal's handler is the main thread's alone; here the wish to end is set by hand.
        thread = threading.Thread(target=lambda: asyncio.run(server._serve([listener])))
        thread.start()
        try:
            deadline = time.monotonic() + 120
            while service.state == "starting" or not server.started:
                assert time.monotonic() < deadline
                assert service.failure is None, service.failure
                time.sleep(0.01)
            yield Served(port, service, said)
        finally:
            server.should_exit = True
            thread.join(60)


@pytest.fixture(scope="module")
def gaps(model: MaterialModel) -> Iterator[Served]:
    """A service of the model of compositions."""
    with served(model) as one:
        yield one


@pytest.fixture(scope="session")
def application(model: MaterialModel) -> Iterator[Gate]:
    """The application itself, ready."""
    service = service_of(model)
    asyncio.run(service.get_ready())
    assert service.state == "ready"
    yield application_of(service, None, pytest.fail)
    service.close()


@pytest.fixture(scope="session")
def serve() -> Callable[..., Any]:
    """The function `served`, for services of a test's own."""
    return served


@pytest.fixture(scope="session")
def limits() -> Callable[..., ServiceLimits]:
    """A function: the tests' limits with some changed."""
    return lambda **changed: replace(LIMITS, **changed)
