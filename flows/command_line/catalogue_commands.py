"""What there is: blocks with their columns, models, and the licences of what is installed."""

from __future__ import annotations

import json
from typing import Annotated

import typer

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")]


def add_to(app: typer.Typer) -> None:
    """Add blocks, models and licences."""
    app.command("blocks")(blocks)
    app.command("models")(models)
    app.command("licences")(licences)


def blocks(
    block: Annotated[
        str | None, typer.Argument(metavar="[BLOCK]", help="A block, to see its columns.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Print the feature blocks, or one block's columns with unit, definition and source."""
    from matsluice.flows.command_line.catalogue_text import block_lines, block_record, column_lines
    from matsluice.tasks.features.blocks import BLOCKS
    from matsluice.tasks.features.known_blocks import find_block

    chosen = [find_block(block)] if block else list(BLOCKS.values())
    if as_json:
        print(json.dumps({spec.name: block_record(spec) for spec in chosen}))
        return
    for line in column_lines(chosen[0]) if block else block_lines(chosen):
        print(line)


def models(
    model: Annotated[str | None, typer.Argument(metavar="[MODEL]", help="A model, to see its page.")] = None,
    as_json: AsJson = False,
) -> None:
    """Print the models, or one's page: formula, assumptions, cost, when to use it, parameters, source."""
    from matsluice.flows.command_line.model_text import model_lines, model_record, page_lines
    from matsluice.infra.mistakes import InvalidInput, unknown_word
    from matsluice.models.catalogue import MODELS

    if model is not None and model not in MODELS:
        raise InvalidInput(unknown_word("model", model, MODELS))
    chosen = {model: MODELS[model]} if model is not None else MODELS
    if as_json:
        print(json.dumps({name: model_record(spec) for name, spec in chosen.items()}))
        return
    for line in model_lines(chosen.values()) if model is None else page_lines(model):
        print(line)


def licences(as_json: AsJson = False) -> None:
    """Print the licence of every installed distribution that this one needs."""
    from dataclasses import asdict

    from matsluice.flows.command_line.catalogue_text import licence_lines
    from matsluice.infra.licences import licences as found

    if as_json:
        print(json.dumps({one.name: asdict(one) for one in found()}))
        return
    for line in licence_lines(found()):
        print(line)
