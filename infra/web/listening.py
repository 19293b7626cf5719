"""A web application served at an address by this process, until a signal ends it in good order."""

from __future__ import annotations

import asyncio
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from matsluice.infra.mistakes import InvalidInput
from matsluice.infra.servers.ports import free_port

if TYPE_CHECKING:
    from uvicorn import Server

KEEP_ALIVE_S: Final = 15.0  # a connection without requests is closed
GRACE_S: Final = 30.0  # requests under way may take so long after a signal
BACKLOG: Final = 256


@contextmanager
def bound_socket(host: str, port: int) -> Iterator[socket.socket]:
    """Give a socket that has its address and does not listen yet, so that callers are refused and not kept waiting.

    Parameters
    ----------
    host
        A name or an address of this machine.
    port
        0 for any that is free.

    Raises
    ------
    InvalidInput
        There is no such address here, or the port is taken.
    """
    if not 0 <= port <= 65535:
        raise InvalidInput(f"port {port} is no port number: give one from 1 to 65535, or 0 for a free one")
    try:
        family, _, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except (OSError, UnicodeError) as error:
        reason = getattr(error, "strerror", None) or "it is no name of a machine"
        raise InvalidInput(
            f"the host {host} is not known ({reason}): give 127.0.0.1 for this machine only, or 0.0.0.0 for all"
        ) from None
    # Connections to a socket that does not name TCP are kept by asyncio with Nagle's algorithm: an answer's body then
    # waits for the caller to acknowledge the headers, which callers put off for 40 ms.
    with socket.socket(family, socket.SOCK_STREAM, protocol) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(address)
        except OSError as error:
            raise InvalidInput(
                f"{host}:{port} cannot be listened on ({error.strerror}): give another port, such as {free_port()}"
            ) from None
        yield listener


def address_of(listener: socket.socket) -> str:
    """Return what a browser opens to reach a socket.

    Examples
    --------
    >>> with bound_socket("127.0.0.1", 0) as listener:
    ...     address_of(listener).rpartition(":")[0]
    'http://127.0.0.1'
    """
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def server_of(application: Any, connections: int, on_stop: Callable[[], None]) -> Server:
    """Return a server of an ASGI application; ``serve_on`` runs it.

    Parameters
    ----------
    application
        The application.
    connections
        How many may be open.
    on_stop
        Called when a signal asks for the end, before the requests under way are waited for.
    """
    from uvicorn import Config, Server

    from matsluice.infra.web.connection import protocol_for

    class Stoppable(Server):
        """A server that ends with its work and not by the signal that it was sent."""

        @contextmanager
        def capture_signals(self) -> Iterator[None]:
            """Take the first signal as the wish to end, the second as the wish to end at once."""

            def on_signal(_number: int, _frame: object) -> None:
                self.force_exit = self.should_exit
                self.should_exit = True
                on_stop()

            numbers = (signal.SIGINT, signal.SIGTERM)
            before = {number: signal.signal(number, on_signal) for number in numbers}
            try:
                yield
            finally:
                for number, handler in before.items():
                    signal.signal(number, handler)

    return Stoppable(
        Config(
            application,
            http=protocol_for(connections),
            ws="none",
            lifespan="on",
            log_config=None,
            access_log=False,
            server_header=False,
            # Addresses that callers claim in headers are not believed.
            proxy_headers=False,
            timeout_keep_alive=int(KEEP_ALIVE_S),
            timeout_graceful_shutdown=int(GRACE_S),
            backlog=BACKLOG,
        )
    )


def serve_on(server: Server, listener: socket.socket) -> None:
    """Serve until a signal or `should_exit` ends it; only in the main thread."""
    asyncio.run(server.serve(sockets=[listener]))
