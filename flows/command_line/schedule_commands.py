"""Every night at two: a campaign's timetable, and the program that keeps to it."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from matsluice.infra.mistakes import InvalidInput

InPlace = Annotated[
    Path | None, typer.Option("--workspace", metavar="DIR", help="Folder in place of the file's.")
]
Name = Annotated[str, typer.Option(help="The schedule's name; the campaign's if left out.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")]


def add_to(app: typer.Typer) -> None:
    """Add schedule and serve."""
    app.command("schedule")(schedule)
    app.command("serve")(serve)


def schedule(
    campaign_file: Annotated[Path | None, typer.Argument(metavar="[F]", help="Campaign file.")] = None,
    cron: Annotated[
        str, typer.Option(help='When: minute, hour, day, month, weekday, as in "0 2 * * *".')
    ] = "",
    timezone: Annotated[
        str, typer.Option(help="Whose clock, as in Europe/Rome; this machine's if left out.")
    ] = "",
    workspace: InPlace = None,
    name: Name = "",
    pool: Annotated[
        str, typer.Option(help="Prefect work pool whose workers run it, in place of `matsluice serve`.")
    ] = "",
    remove: Annotated[bool, typer.Option("--remove", help="Take the schedule away.")] = False,
    pause: Annotated[bool, typer.Option("--pause", help="Make no runs until it is resumed.")] = False,
    resume: Annotated[bool, typer.Option("--resume", help="Make runs again.")] = False,
    list_all: Annotated[bool, typer.Option("--list", help="Show every schedule of the workspace.")] = False,
    as_json: AsJson = False,
) -> None:
    """Have Prefect run a campaign at set times; the same command twice is one schedule."""
    from matsluice.flows.command_line.schedule_text import schedule_lines

    wishes = {
        "--cron": bool(cron),
        "--remove": remove,
        "--pause": pause,
        "--resume": resume,
        "--list": list_all,
    }
    chosen = [word for word, wished in wishes.items() if wished]
    if len(chosen) != 1:
        got = " and ".join(chosen) or "none"
        raise InvalidInput(f"schedule takes one of {', '.join(wishes)}, and got {got}")
    told = _done(chosen[0], campaign_file, cron, timezone, workspace, name, pool)
    if as_json:
        print(json.dumps({"schedules": told} if list_all else told[0]))
        return
    for line in schedule_lines(told, listed=list_all):
        print(line)


def _done(
    wish: str,
    campaign_file: Path | None,
    cron: str,
    timezone: str,
    workspace: Path | None,
    name: str,
    pool: str,
) -> list[dict[str, object]]:
    from matsluice.flows import schedule as schedules
    from matsluice.flows.campaign_file import load_campaign
    from matsluice.flows.command_line.chosen import chosen_workspace

    if wish == "--list":
        return schedules.list_schedules(chosen_workspace(campaign_file, workspace))
    if campaign_file is None and (wish == "--cron" or not name):
        raise InvalidInput(
            f"schedule {wish} needs the campaign file{'' if wish == '--cron' else ' or --name'}"
        )
    if wish == "--cron":
        assert campaign_file is not None
        asked = schedules.Timetable.checked(cron, timezone, name, pool)
        campaign = load_campaign(campaign_file, workspace=workspace)
        return [schedules.schedule_campaign(campaign_file, campaign, asked.named(name or campaign.name))]
    if not name:
        assert campaign_file is not None
        name = load_campaign(campaign_file, workspace=workspace, files_must_exist=False).name
    from matsluice.infra.schedules import deployments

    change = getattr(deployments, wish.removeprefix("--"))
    left = schedules.change_schedule(chosen_workspace(campaign_file, workspace), name, change)
    return [
        {"outcome": wish.removeprefix("--") + "d", **(left or {"name": name})}
    ]  # paused, resumed, removed


def serve(
    campaign_file: Annotated[
        Path | None, typer.Argument(metavar="[F]", help="Campaign file whose workspace is served.")
    ] = None,
    workspace: Annotated[Path | None, typer.Option(metavar="DIR", help="Workspace to serve.")] = None,
) -> None:
    """Run what is scheduled when its time comes, until Ctrl-C."""
    from matsluice.flows.command_line.chosen import chosen_workspace
    from matsluice.flows.serve import serve as serve_workspace

    def say(sentence: str) -> None:
        print(sentence, file=sys.stderr, flush=True)

    serve_workspace(chosen_workspace(campaign_file, workspace), say)
