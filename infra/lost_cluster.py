"""A scheduler that is gone while a run waits for it: said in words, and the run can be taken up again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from matsluice.infra.mistakes import Interrupted

if TYPE_CHECKING:
    from distributed import Client


def scheduler_address(client: Client) -> str:
    """Return where the client's scheduler is, or was."""
    return str(getattr(client.scheduler, "address", "its address"))


@contextmanager
def lost_cluster_said(client: Client) -> Iterator[None]:
    """Turn what Dask raises in the block when the connection to the scheduler is lost into Interrupted.

    Raises
    ------
    Interrupted
        The scheduler is gone.
    """
    from distributed import CancelledError
    from distributed.client import ClosedClientError
    from distributed.comm.core import CommClosedError

    address = scheduler_address(client)
    try:
        yield
    except (CancelledError, CommClosedError, ClosedClientError) as error:
        raise _interrupted(client, address) from error
    except (OSError, RuntimeError, AttributeError) as error:
        # A client that is reconnecting or closed has no scheduler to ask, and says so in several ways. One that still
        # holds its first connection may learn it from the next it wants to make, which names the address.
        if client.status == "running" and not (isinstance(error, OSError) and address in str(error)):
            raise
        raise _interrupted(client, address) from error


def _interrupted(client: Client, address: str) -> Interrupted:
    if client.cluster is not None:
        return Interrupted("the workers of this run are gone; the same command goes on from here")
    return Interrupted(f"the scheduler at {address} is gone; start it again and run the same command")
