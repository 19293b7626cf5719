"""Tables in, tables out: features, and predictions of a registered model."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

FormulaColumn = Annotated[
    str | None, typer.Option("--formula", help="Column with the formula; formula or composition if left out.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")]


def add_to(app: typer.Typer) -> None:
    """Add featurize and predict."""
    app.command("featurize")(featurize)
    app.command("predict")(predict)


def featurize(
    table: Annotated[Path, typer.Argument(metavar="INPUT", help="CSV file (also .gz).")],
    blocks: Annotated[str, typer.Option(help="Blocks, with commas between.")],
    out: Annotated[Path, typer.Option(help="Parquet file to write.")],
    formula: FormulaColumn = None,
    as_json: AsJson = False,
) -> None:
    """Write the features of a table's materials, and beside them what was rejected and why."""
    from matsluice.tasks.features.table_file import featurize_file

    counts = featurize_file(table, blocks.split(","), out, formula)
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
    table: Annotated[Path, typer.Argument(metavar="INPUT", help="CSV file (also .gz).")],
    out: Annotated[Path, typer.Option(help="File to write, .csv or .parquet.")],
    workspace: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Workspace with the registry.")
    ] = None,
    formula: FormulaColumn = None,
    as_json: AsJson = False,
) -> None:
    """Predict a table with a registered model: value, interval, domain flag, and why a row has none."""
    from matsluice.tasks.predict.load import load_model
    from matsluice.tasks.predict.table_file import predict_file

    counts = predict_file(load_model(model, workspace=workspace), table, out, formula)
    if as_json:
        print(json.dumps(counts))
        return
    print(f"{counts['predicted']} of {counts['rows']} rows predicted, {counts['in_domain']} in domain: {out}")
    if counts["rejected"]:
        print(f"{counts['rejected']} rows without a prediction; the column reason says why")
