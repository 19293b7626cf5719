"""What `matsluice doctor` examines: a campaign's workspace, servers, store and cluster, or those of a folder."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from matsluice.infra.clusters import CLUSTERS
from matsluice.infra.doctor import Result, Subject, chosen_checks, examine
from matsluice.infra.mistakes import InvalidInput
from matsluice.infra.tracking.access import named_uri, without_secret

if TYPE_CHECKING:
    from matsluice.flows.campaign_file import Campaign

DEFAULT_WORKSPACE = Path("workspace")
# Beside the packages in a checkout; an installed wheel has none.
TESTED = Path(__file__).resolve().parents[1] / "constraints.txt"


def subject_of(
    campaign: Campaign | None, workspace: Path | None, constraints: Path | None, *, write: bool
) -> Subject:
    """Return what is examined.

    Parameters
    ----------
    campaign
        Whose servers, store and cluster are meant; None for those the environment names.
    workspace
        Folder where there is no campaign; "workspace" in this one where left out.
    constraints
        File of versions to compare with; that of the checkout where left out.
    write
        Whether something may be recorded in MLflow.

    Raises
    ------
    InvalidInput
        There is no such file of versions.
    """
    if constraints is not None and not constraints.is_file():
        raise InvalidInput(f"--constraints {constraints}: there is no such file")
    pins = constraints or (TESTED if TESTED.is_file() else None)
    folder = Path(campaign.workspace) if campaign else (workspace or DEFAULT_WORKSPACE).absolute()
    return Subject(
        workspace=folder,
        cluster=campaign.cluster if campaign else None,
        tracking_uri=named_uri(campaign.tracking.uri if campaign else ""),
        store=campaign.store if campaign else "",
        needs=needs_of(campaign),
        constraints=pins,
        write=write,
    )


def needs_of(campaign: Campaign | None) -> dict[str, str]:
    """Return the optional dependency groups in use, each with what needs it."""
    needs: dict[str, str] = {}
    if named_uri(campaign.tracking.uri if campaign else "").startswith("postgresql"):
        needs["servers"] = "an MLflow database on PostgreSQL"
    if campaign is None:
        return needs
    from matsluice.tasks.features.known_blocks import find_block
    from matsluice.tasks.ingest.sources import SOURCES

    used = [campaign.data.source, *([campaign.screen.candidates.source] if campaign.screen else [])]
    for name in used:
        if extra := SOURCES[name].extra:
            needs[extra] = f'source "{name}"'
    for spec in map(find_block, campaign.features.blocks):
        if spec.extra:
            needs[spec.extra] = f"block {spec.name}"
    if extra := CLUSTERS[campaign.cluster.kind].extra:
        needs[extra] = f'cluster "{campaign.cluster.kind}"'
    return needs


def results(subject: Subject, only: Sequence[str] = ()) -> Iterator[Result]:
    """Give what each check finds; raises InvalidInput for a check there is none of."""
    return examine(subject, chosen_checks(only))


def record_of(subject: Subject, found: Sequence[Result]) -> dict[str, Any]:
    """Return everything as the one object of --json."""
    counts = {
        status: sum(one.finding.status == status for one in found)
        for status in ("ok", "warning", "failure", "unused", "skipped")
    }
    return {
        "workspace": str(subject.workspace),
        "mlflow": without_secret(subject.tracking_uri) or None,
        "prefect": os.environ.get("PREFECT_API_URL") or None,
        "cluster": subject.cluster.kind if subject.cluster else None,
        "counts": counts,
        "checks": [
            {
                "name": one.spec.name,
                "looks_at": one.spec.looks_at,
                "status": one.finding.status,
                "said": one.finding.said,
                "do": one.finding.do,
                "seconds": one.seconds,
            }
            for one in found
        ],
    }
