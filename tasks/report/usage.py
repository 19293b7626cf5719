"""The lines that put the champion to use, ready to copy."""

from __future__ import annotations

import json
import shlex
from typing import TYPE_CHECKING

from matsluice.tasks.report.run_facts import Command

if TYPE_CHECKING:
    from matsluice.tasks.report.report_data import ReportData


def usage(data: ReportData) -> tuple[Command, ...]:
    """Return the run's own commands, or the two ways to predict where a champion was registered."""
    if data.facts.commands:
        return data.facts.commands
    name = data.facts.registered_name
    if not name or data.summary.champion.registered_version is None:
        return ()
    champion = data.summary.champion
    kept_back = champion.promotion.outcome == "challenger"
    address = f"models:/{name}/{champion.registered_version}" if kept_back else f"models:/{name}@champion"
    uri = data.summary.mlflow.tracking_uri
    export = f"export MLFLOW_TRACKING_URI={shlex.quote(uri)}\n" if uri else ""
    shell = f"{export}matsluice predict {shlex.quote(address)} new_materials.csv --out predictions.csv"
    # JSON text is also a Python literal, for any character.
    column = json.dumps(data.facts.formula_column, ensure_ascii=False)
    python = "\n".join(
        [
            "import mlflow",
            "import pandas",
            "",
            *([f"mlflow.set_tracking_uri({json.dumps(uri, ensure_ascii=False)})"] if uri else []),
            f"model = mlflow.pyfunc.load_model({json.dumps(address, ensure_ascii=False)})",
            f'model.predict(pandas.DataFrame({{{column}: ["Cu2ZnSnSe4", "GaAs"]}}))',
        ]
    )
    return (
        Command("From the shell: a table with a formula column in, values and intervals out", shell),
        Command("From Python", python, "python"),
    )


def promotion_sentence(data: ReportData) -> str:
    """Return whether the run's model is what its name predicts with, and why; "" where the run does not say."""
    said = data.summary.champion.promotion.sentence
    return f"In the registry {said}." if said else ""
