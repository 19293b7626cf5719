"""What a run's own cluster says of itself: how far it may grow, and why it cannot go on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matsluice.infra.mistakes import Hindered

if TYPE_CHECKING:
    from distributed import Client


def calls_at_most(client: Client) -> int:
    """Return how many calls the cluster runs at once when it is complete; 0 where it is somebody else's."""
    return int(getattr(client.cluster, "calls_at_most", 0))


def resources_to_come(client: Client) -> frozenset[str]:
    """Return the resources that workers of the run's own cluster name, or will name once they are there."""
    return frozenset(getattr(client.cluster, "resources", ()))


def raise_for_trouble(client: Client) -> None:
    """Raise Hindered where the run's own cluster will have no worker without somebody's help."""
    trouble = str(getattr(client.cluster, "trouble", ""))
    if trouble:
        raise Hindered(trouble)
