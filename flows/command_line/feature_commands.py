"""Tables in, tables out: features, and predictions of a registered model; and what is to be known of one."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Annotated

import typer

from matsluice.infra.mistakes import InvalidInput

Input = Annotated[
    Path,
    typer.Argument(
        metavar="INPUT",
        help="CSV table, extxyz, JSON or CIF file, POSCAR, vasprun.xml (all also .gz), or a folder of them.",
    ),
]
FormulaColumn = Annotated[
    str | None, typer.Option("--formula", help="Column with the formula; formula or composition if left out.")
]
StructureColumn = Annotated[
    str | None, typer.Option("--structure", help="Column with CIF, POSCAR or JSON text, or with paths.")
]
ElectronicColumn = Annotated[
    str | None, typer.Option("--electronic", help="Column with paths of electronic-structure files.")
]
Model = Annotated[
    str,
    typer.Argument(
        metavar="MODEL",
        help="Name in the registry (its champion if no alias), or the folder of a model's files.",
    ),
]
Workspace = Annotated[Path | None, typer.Option(metavar="DIR", help="Workspace with the registry.")]
Trust = Annotated[
    bool, typer.Option("--trust", help="Run code that the model brings: a plug-in's blocks, or a pickle.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")]


def add_to(app: typer.Typer) -> None:
    """Add featurize, predict and card."""
    app.command("featurize")(featurize)
    app.command("predict")(predict)
    app.command("card")(card)


def featurize(
    table: Input,
    blocks: Annotated[
        str,
        typer.Option(help="Blocks, with commas between; `matsluice blocks` lists them."),
    ],
    out: Annotated[Path, typer.Option(help="Parquet file to write.")],
    formula: FormulaColumn = None,
    structure: StructureColumn = None,
    electronic: ElectronicColumn = None,
    as_json: AsJson = False,
) -> None:
    """Write the features of materials, and beside them what was rejected and why."""
    from matsluice.tasks.features.block_parameters import split_list
    from matsluice.tasks.features.table_file import featurize_file
    from matsluice.tasks.ingest.handed_over import GivenColumns

    _check_output(out, table)
    columns = GivenColumns(formula, structure, electronic)
    counts = featurize_file(table, split_list(blocks), out, columns)
    if as_json:
        print(json.dumps(counts))
        return
    print(f"{counts['computed']} of {counts['rows']} rows, {counts['columns']} columns: {out}")
    if counts["rejected"]:
        print(f"{counts['rejected']} rows rejected, with reasons: {counts['rejected_file']}")


def predict(
    model: Model,
    table: Input,
    out: Annotated[Path, typer.Option(help="File to write, .csv or .parquet.")],
    workspace: Workspace = None,
    formula: FormulaColumn = None,
    structure: StructureColumn = None,
    electronic: ElectronicColumn = None,
    trust: Trust = False,
    as_json: AsJson = False,
) -> None:
    """Predict materials with a registered model: value, interval, domain flag, and why a row has none."""
    from matsluice.tasks.ingest.handed_over import GivenColumns
    from matsluice.tasks.predict.load import load_model
    from matsluice.tasks.predict.table_file import predict_file

    _check_output(out, table)
    loaded = load_model(model, workspace=workspace, trust=trust)
    counts = predict_file(loaded, table, out, GivenColumns(formula, structure, electronic))
    if as_json:
        print(json.dumps(counts))
        return
    print(f"{counts['predicted']} of {counts['rows']} rows predicted, {counts['in_domain']} in domain: {out}")
    if counts["rejected"]:
        print(f"{counts['rejected']} rows without a prediction; the column reason says why")


def card(
    model: Model,
    out: Annotated[
        Path | None, typer.Option(help="Folder for card.html and card.md; printed if left out.")
    ] = None,
    workspace: Workspace = None,
    as_json: AsJson = False,
) -> None:
    """Print a model's card, or write it as a page: data, errors, calibration, domain, limits, how to use it."""
    from matsluice.tasks.predict.load import model_folder
    from matsluice.tasks.predict.model_card import card_markdown, write_card
    from matsluice.tasks.predict.model_record import read_record

    if out is not None and out.exists() and not out.is_dir():
        raise InvalidInput(f"{out} is no folder: name one for card.html and card.md")
    with model_folder(model, workspace=workspace) as folder:
        record = read_record(folder)
    if out is not None:
        written = write_card(record, out)
        print(
            json.dumps({"files": [str(path) for path in written]})
            if as_json
            else f"{written[0]}\n{written[1]}"
        )
    else:
        print(json.dumps(record) if as_json else card_markdown(record), end="\n" if as_json else "")


def _check_output(out: Path, table: Path) -> None:
    """Raise InvalidInput where a file cannot be written, or would take the place of what is read."""
    if out.is_dir():
        raise InvalidInput(f"{out} is a folder: name a file in it to write to")
    if out.exists() and table.exists() and out.samefile(table):
        raise InvalidInput(f"{out} is what is read: name another file to write to")
    folder = out.absolute().parent
    if folder.is_dir() and not os.access(folder, os.W_OK):
        raise InvalidInput(f"{out} cannot be written: no permission in {folder}")
