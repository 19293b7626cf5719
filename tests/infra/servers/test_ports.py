from __future__ import annotations

import re
import socket

import pytest

from matsluice.infra.mistakes import InvalidInput
from matsluice.infra.servers.ports import LOOPBACK, claim_port, free_port


def test_a_port_in_use_is_refused_with_another_one_to_take() -> None:
    with socket.socket() as taken:
        taken.bind((LOOPBACK, 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(
            InvalidInput, match=f"port {port} for MLflow is in use by another program"
        ) as refusal:
            claim_port(port, "MLflow")
    suggested = re.search(r"such as (\d+)", str(refusal.value))
    assert suggested is not None
    assert claim_port(int(suggested[1]), "MLflow") == int(suggested[1])


def test_a_free_port_is_taken_as_it_is() -> None:
    port = free_port()
    assert claim_port(port, "Prefect") == port
    assert claim_port(None, "Prefect") != port


@pytest.mark.parametrize("port", [0, -1, 65536])
def test_what_is_no_port_is_refused(port: int) -> None:
    with pytest.raises(InvalidInput, match="from 1 to 65535"):
        claim_port(port, "Prefect")
