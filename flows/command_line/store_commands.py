"""`matsluice store`: what the feature store holds, whether it is right, and its files in good order."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from matsluice.flows.store import ChosenStore

File = Annotated[Path | None, typer.Argument(metavar="[F]", help="Campaign file whose store is meant.")]
InWorkspace = Annotated[
    Path | None, typer.Option("--workspace", metavar="DIR", help="Workspace with the store and snapshots.")
]
Store = Annotated[
    str | None, typer.Option("--store", metavar="URI", help='A folder, or "s3://bucket/prefix".')
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")]

store_app = typer.Typer(no_args_is_help=True, help="Look after the feature store.")


def add_to(app: typer.Typer) -> None:
    """Add store show, compact, prune and verify."""
    app.add_typer(store_app, name="store")


def chosen_store(campaign_file: Path | None, workspace: Path | None, store: str | None) -> ChosenStore:
    """Return the store a command was given: by its address, by a campaign, or that of a workspace."""
    from matsluice.flows.command_line.chosen import DEFAULT_WORKSPACE, chosen_workspace
    from matsluice.flows.store import ChosenStore

    if campaign_file is not None:
        from matsluice.flows.campaign_file import load_campaign

        campaign = load_campaign(campaign_file, workspace=workspace, files_must_exist=False)
        return ChosenStore(store or campaign.store, Path(campaign.workspace))
    if store is not None:
        beside = workspace or (DEFAULT_WORKSPACE if DEFAULT_WORKSPACE.is_dir() else None)
        return ChosenStore(store.rstrip("/"), beside)
    folder = chosen_workspace(None, workspace)
    return ChosenStore(str(folder / "features"), folder)


@store_app.command("show")
def show(
    campaign_file: File = None, workspace: InWorkspace = None, store: Store = None, as_json: AsJson = False
) -> None:
    """Print what the store holds.

    A line for each block, version and parameters: materials computed and refused, by reason; part files; bytes.
    """
    from matsluice.flows.command_line.store_text import show_lines
    from matsluice.flows.store import show as show_store

    chosen = chosen_store(campaign_file, workspace, store)
    _print(as_json, {"store": chosen.root, "blocks": (found := show_store(chosen))}, show_lines(found))


@store_app.command("compact")
def compact(
    campaign_file: File = None, workspace: InWorkspace = None, store: Store = None, as_json: AsJson = False
) -> None:
    """Merge small part files into large ones.

    A run at the same time is not disturbed, and a crash loses nothing: merged files stay until they are pruned.
    """
    from matsluice.flows.command_line.store_text import compact_lines
    from matsluice.flows.store import compact_store

    chosen = chosen_store(campaign_file, workspace, store)
    _print(as_json, {"store": chosen.root, "blocks": (done := compact_store(chosen))}, compact_lines(done))


@store_app.command("prune")
def prune(
    campaign_file: File = None,
    workspace: InWorkspace = None,
    store: Store = None,
    older_than: Annotated[
        str, typer.Option(metavar="TIME", help="How long a merged file is kept for readers: 7d, 12h, 0s.")
    ] = "7d",
    versions: Annotated[
        bool, typer.Option("--versions", help="Also take out older versions of installed blocks.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Delete files that nothing refers to.

    Merged files older than --older-than, what killed writers left, and with --versions what older versions of
    installed blocks computed. Blocks that a run is computing are left alone.
    """
    from matsluice.flows.campaign_file.quantities import parse_duration_seconds
    from matsluice.flows.command_line.store_text import prune_lines
    from matsluice.flows.store import prune_store
    from matsluice.infra.mistakes import InvalidInput

    chosen = chosen_store(campaign_file, workspace, store)
    try:
        seconds = float(parse_duration_seconds(older_than))
    except ValueError as error:
        raise InvalidInput(f"--older-than: {error}") from error
    pruned = prune_store(chosen, seconds, versions=versions)
    _print(as_json, {"store": chosen.root, **pruned}, prune_lines(pruned, older_than))


@store_app.command("verify")
def verify(
    campaign_file: File = None,
    workspace: InWorkspace = None,
    store: Store = None,
    sample: Annotated[int, typer.Option(min=0, help="Rows computed again, a block and version.")] = 100,
    as_json: AsJson = False,
) -> None:
    """Check every file, and compute a sample again.

    Every file's checksum is compared, and a sample of rows of each block is computed again from the snapshots of
    the workspace and compared to the bit. Exit code 4 where anything differs.
    """
    from matsluice.flows.command_line.store_text import verify_failure, verify_lines
    from matsluice.flows.store import verify_store
    from matsluice.infra.mistakes import Failed

    chosen = chosen_store(campaign_file, workspace, store)
    found = verify_store(chosen, sample, lambda line: print(line, file=sys.stderr, flush=True))
    _print(as_json, {"store": chosen.root, "blocks": found}, verify_lines(found))
    if failure := verify_failure(found):
        raise Failed(failure)


def _print(as_json: bool, record: dict[str, Any], lines: Any) -> None:
    if as_json:
        print(json.dumps(record))
        return
    for line in lines:
        print(line)
