"""A registered model put at an address, until a signal comes."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from matsluice.infra.mistakes import Failed
from matsluice.infra.numeric_threads import use_one_thread
from matsluice.infra.redaction import redacted

if TYPE_CHECKING:
    from matsluice.tasks.model_service.limits import ServiceLimits


def serve_model(
    name: str,
    *,
    host: str,
    port: int,
    token: str | None,
    limits: ServiceLimits,
    say: Callable[[str], object],
    workspace: Path | None = None,
    tracking_uri: str | None = None,
    trust: bool = False,
) -> None:
    """Serve a model until SIGINT or SIGTERM; the requests under way are answered first.

    Parameters
    ----------
    name, workspace, tracking_uri, trust
        As `load_model` takes them.
    host, port
        Where to listen; port 0 is any that is free.
    token
        What callers have to name; None where anybody who reaches the address may ask.
    limits
        How much of everything is taken.
    say
        Is told every line of the log.

    Raises
    ------
    InvalidInput
        The address cannot be listened on, or there is no such model.
    Failed
        The model cannot be used here.
    """
    from matsluice.infra.web.listening import address_of, bound_socket, serve_on, server_of

    def log(line: str) -> None:
        say(redacted(f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ} {line}"))

    # A thread that computes lets the loop that reads requests have its turn after a millisecond, not five.
    sys.setswitchinterval(0.001)
    # The address is taken before the model is loaded, so that a port in use is told at once.
    with bound_socket(host, port) as listener:
        use_one_thread()
        from matsluice.flows.model_service.application import application_of
        from matsluice.flows.model_service.service import ModelService
        from matsluice.tasks.model_service.answers import ModelAnswers
        from matsluice.tasks.model_service.described import described, entry_of
        from matsluice.tasks.predict.load import load_model

        entry = entry_of(name, workspace, tracking_uri)
        model = load_model(entry.name, workspace=workspace, tracking_uri=tracking_uri, trust=trust)

        def give_up() -> None:
            server.should_exit = True

        service = ModelService(
            ModelAnswers(model, limits), described(name, entry, model, limits), give_up, log
        )
        server = server_of(application_of(service, token, log), limits.connections, service.stop)
        version = f" version {entry.version}" if entry.version else ""
        log(f"{name}{version} at {address_of(listener)}, documentation at {address_of(listener)}/docs")
        serve_on(server, listener)
    if service.failure is not None:
        raise Failed(str(service.failure)) from service.failure
    log("stopped")
