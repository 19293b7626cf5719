"""Tables in, tables out: features, and predictions of a registered model."""

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
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")]


def add_to(app: typer.Typer) -> None:
    """Add featurize and predict."""
    app.command("featurize")(featurize)
    app.command("predict")(predict)


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
    model: Annotated[
        str, typer.Argument(metavar="MODEL", help="Name in the registry; its champion if no alias.")
    ],
    table: Input,
    out: Annotated[Path, typer.Option(help="File to write, .csv or .parquet.")],
    workspace: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Workspace with the registry.")
    ] = None,
    formula: FormulaColumn = None,
    structure: StructureColumn = None,
    electronic: ElectronicColumn = None,
    as_json: AsJson = False,
) -> None:
    """Predict materials with a registered model: value, interval, domain flag, and why a row has none."""
    from matsluice.tasks.ingest.handed_over import GivenColumns
    from matsluice.tasks.predict.load import load_model
    from matsluice.tasks.predict.table_file import predict_file

    _check_output(out, table)
    counts = predict_file(
        load_model(model, workspace=workspace), table, out, GivenColumns(formula, structure, electronic)
    )
    if as_json:
        print(json.dumps(counts))
        return
    print(f"{counts['predicted']} of {counts['rows']} rows predicted, {counts['in_domain']} in domain: {out}")
    if counts["rejected"]:
        print(f"{counts['rejected']} rows without a prediction; the column reason says why")


def _check_output(out: Path, table: Path) -> None:
    """Raise InvalidInput where a file cannot be written, or would take the place of what is read."""
    if out.is_dir():
        raise InvalidInput(f"{out} is a folder: name a file in it to write to")
    if out.exists() and table.exists() and out.samefile(table):
        raise InvalidInput(f"{out} is what is read: name another file to write to")
    folder = out.absolute().parent
    if folder.is_dir() and not os.access(folder, os.W_OK):
        raise InvalidInput(f"{out} cannot be written: no permission in {folder}")
