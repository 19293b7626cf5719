"""`matsluice screen`: what a campaign's screen would have found among materials that are labelled already."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

CampaignFile = Annotated[Path, typer.Argument(metavar="F", help="Campaign file.")]
InPlace = Annotated[
    Path | None, typer.Option("--workspace", metavar="DIR", help="Folder in place of the file's.")
]
ModelName = Annotated[
    str, typer.Option(metavar="NAME", help="One of the campaign's models; its champion if left out.")
]
Seeds = Annotated[int, typer.Option(min=1, max=1000, help="How many times it is done anew.")]
TopShare = Annotated[
    float,
    typer.Option(
        min=0.0001, max=1.0, help="Share of the materials that are hits where the objective is a direction."
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")]

screen_app = typer.Typer(no_args_is_help=True, help="See what a screen is worth before relying on it.")


def add_to(app: typer.Typer) -> None:
    """Add screen backtest and replay."""
    app.add_typer(screen_app, name="screen")


@screen_app.command("backtest")
def backtest(
    campaign_file: CampaignFile,
    k: Annotated[
        str, typer.Option("--k", metavar="K,K…", help="How many candidates are taken.")
    ] = "10,50,100",
    seeds: Seeds = 5,
    model: ModelName = "",
    top_share: TopShare = 0.1,
    workspace: InPlace = None,
    as_json: AsJson = False,
) -> None:
    """Hide known hits, screen, and say how many are found: against chance, and against sorting by one feature.

    The labelled materials are divided by the split that decides. Each fold is hidden in turn, the model learns from the
    others, and the hidden materials are ranked as a screen ranks candidates. After an interruption the same command
    goes on.
    """
    from matsluice.flows.backtest import BacktestAsked
    from matsluice.flows.backtest import backtest as done
    from matsluice.flows.campaign_file import load_campaign
    from matsluice.flows.command_line.backtest_text import backtest_lines
    from matsluice.flows.command_line.told import telling
    from matsluice.infra.interruption import listening_to_signals

    campaign = load_campaign(campaign_file, workspace=workspace)
    asked = BacktestAsked(counts_of("--k", k), seeds, model, top_share)
    with listening_to_signals(), telling("backtest") as told:
        record = done(campaign, asked, told)
    if as_json:
        print(json.dumps(record, ensure_ascii=False))
        return
    for line in backtest_lines(record):
        print(line)


@screen_app.command("replay")
def replay(
    campaign_file: CampaignFile,
    rounds: Annotated[int, typer.Option(min=1, max=10_000, help="How often is picked.")] = 20,
    batch: Annotated[int, typer.Option(min=1, max=100_000, help="How many are picked at a time.")] = 10,
    start: Annotated[
        int, typer.Option(min=5, max=1_000_000, help="How many labels are known at first.")
    ] = 20,
    seeds: Seeds = 5,
    rules: Annotated[
        str,
        typer.Option(
            metavar="R,R…",
            help="exploit, expected_improvement, upper_bound, explore, random; all but explore if left out.",
        ),
    ] = "",
    model: ModelName = "",
    top_share: TopShare = 0.1,
    workspace: InPlace = None,
    as_json: AsJson = False,
) -> None:
    """Replay active learning over the labelled data: pick, reveal, learn anew, and count the hits found.

    Every rule begins with the same labels, drawn at random by a seed, and no fit sees a label that is not revealed
    yet. After an interruption the same command goes on.
    """
    from matsluice.flows.campaign_file import load_campaign
    from matsluice.flows.command_line.replay_text import replay_lines
    from matsluice.flows.command_line.told import telling
    from matsluice.flows.replay import ReplayAsked
    from matsluice.flows.replay import replay as done
    from matsluice.infra.interruption import listening_to_signals

    campaign = load_campaign(campaign_file, workspace=workspace)
    named = tuple(word.strip() for word in rules.split(",") if word.strip())
    asked = ReplayAsked(rounds, batch, start, seeds, named, model, top_share)
    with listening_to_signals(), telling("replay") as told:
        record = done(campaign, asked, told)
    if as_json:
        print(json.dumps(record, ensure_ascii=False))
        return
    for line in replay_lines(record):
        print(line)


def counts_of(option: str, text: str) -> tuple[int, ...]:
    """Return the whole numbers of an option, ascending, each once.

    Raises
    ------
    InvalidInput
        One is no whole number of at least 1, or there is none.

    Examples
    --------
    >>> counts_of("--k", "50, 10,50")
    (10, 50)
    """
    from matsluice.infra.mistakes import InvalidInput

    words = [word.strip() for word in text.split(",") if word.strip()]
    if not words or not all(word.isascii() and word.isdigit() and int(word) for word in words):
        raise InvalidInput(
            f'{option} is "{text}": write whole numbers from 1 with commas between, such as 10,50'
        )
    return tuple(sorted({int(word) for word in words}))
