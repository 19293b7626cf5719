"""Ports on the loopback interface."""

from __future__ import annotations

import errno
import socket

from matsluice.infra.mistakes import InvalidInput

LOOPBACK = "127.0.0.1"  # the servers have no passwords, so no other machine may reach them


def free_port() -> int:
    """Return a port nobody listens on now; the next moment it may be taken, so use it at once.

    >>> 1024 <= free_port() <= 65535
    True
    """
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


def claim_port(port: int | None, what: str) -> int:
    """Return `port` where it can be listened on, or a free one where none is asked for.

    Parameters
    ----------
    port
        1 to 65535, or None for any.
    what
        The server it is for, as the sentence names it: "MLflow".

    Raises
    ------
    InvalidInput
        The port is taken, reserved for the system, or no port number.

    >>> claim_port(70000, "MLflow")
    Traceback (most recent call last):
        ...
    matsluice.infra.mistakes.InvalidInput: port 70000 for MLflow is no port number: give one from 1 to 65535
    """
    if port is None:
        return free_port()
    if not 1 <= port <= 65535:
        raise InvalidInput(f"port {port} for {what} is no port number: give one from 1 to 65535")
    with socket.socket() as probe:
        # As the servers do: a port whose last connections are still being wound up can be used again.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
            probe.listen(1)
        except OSError as error:
            reason = {
                errno.EADDRINUSE: "is in use by another program",
                errno.EACCES: "is reserved for the system (ports under 1024 need root)",
            }.get(error.errno or 0, f"cannot be used ({error.strerror})")
            raise InvalidInput(
                f"port {port} for {what} {reason}: give another one, such as {free_port()}, "
                "or leave it out and a free one is taken"
            ) from error
    return port
