"""`matsluice cluster`: certificates for one, and what one consists of."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")]

cluster_app = typer.Typer(no_args_is_help=True, help="Look after the cluster that computes.")


def add_to(app: typer.Typer) -> None:
    """Add cluster show and certs."""
    app.add_typer(cluster_app, name="cluster")


@cluster_app.command("show")
def show(
    campaign_file: Annotated[Path, typer.Argument(metavar="F", help="Campaign file whose cluster is meant.")],
    as_json: AsJson = False,
) -> None:
    """Say what scheduler and workers a campaign would find now.

    Threads, memory and resources of each worker, and where its versions are not those of this process. Exit code 4
    where a run would not start with them.
    """
    from matsluice.flows.campaign_file import load_campaign
    from matsluice.flows.command_line.cluster_text import cluster_lines, cluster_record, what_is_wrong
    from matsluice.infra.clusters.overview import look_at
    from matsluice.infra.mistakes import Failed

    campaign = load_campaign(campaign_file, files_must_exist=False)
    seen = look_at(campaign.cluster)
    if as_json:
        print(json.dumps(cluster_record(campaign.cluster.kind, seen)))
    else:
        for line in cluster_lines(campaign.cluster.kind, seen):
            print(line)
    if seen and (wrong := what_is_wrong(seen)):
        raise Failed(wrong)


@cluster_app.command("certs")
def certs(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder to make.")],
    host: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="Name or address of the scheduler's host; may be given again."),
    ] = None,
    days: Annotated[int, typer.Option(min=1, max=3650, help="How long they are valid.")] = 365,
    as_json: AsJson = False,
) -> None:
    """Make certificates for a scheduler, its workers and its clients.

    A new authority signs one for each of them. With them every connection is encrypted, and whoever has no key of this
    folder is refused. Existing files are never written over.
    """
    from matsluice.flows.command_line.cluster_text import certificate_lines
    from matsluice.infra.clusters.between_hosts import write_dask_file
    from matsluice.infra.clusters.certificates import make_certificates
    from matsluice.infra.clusters.encryption import check_certificates

    hosts = host or []
    made = make_certificates(folder, hosts, days)
    dask_file = write_dask_file(made).absolute()
    expire = check_certificates(folder, ["scheduler", "worker", "client"])
    if as_json:
        record = {
            "folder": str(folder.absolute()),
            "dask_config": str(dask_file),
            "expire": expire.isoformat(),
        }
        print(json.dumps(record))
        return
    for line in certificate_lines(folder, dask_file, hosts, expire):
        print(line)
