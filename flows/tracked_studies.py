"""What a study tells MLflow: a run below the campaign's, with its table, its curves and its figures."""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING

from matsluice.flows.study_calls import study_folder, study_named
from matsluice.flows.tracked import dataset_record
from matsluice.infra.tracking.records import ModelRunRecord
from matsluice.tasks.studies.findings import Findings, curves_of, read_findings, settings_text
from matsluice.tasks.studies.run_study import files_of
from matsluice.tasks.studies.studies import STUDIES

if TYPE_CHECKING:
    from matsluice.flows.run_directory import RunDirectory
    from matsluice.infra.tracking.writer import Tracker


def log_study(run: RunDirectory, name: str, writer: Tracker) -> str:
    """Record a study that is done, or was refused, and return the id of its run.

    Numbers of the table are metrics (``adam/test_mae``); where lines are named by a size, that is the step.
    """
    asked = study_named(run, name)
    spec, folder = STUDIES[asked.kind], study_folder(run, name)
    findings = read_findings(folder) or Findings()
    tags = {"refusal": findings.refusal} if findings.refusal else {"verdict": " ".join(findings.verdict)}
    record = ModelRunRecord(
        name=f"study · {name}",
        params={
            "kind": asked.kind,
            **settings_text(asked.options.model_dump(mode="json")),
            **settings_text({f"data_{key}": value for key, value in findings.data.items()}),
        },
        fold_metrics={},
        curves=curves_of(findings, spec),
        tags={
            "kind": "study",
            "study": name,
            "seed": str(run.campaign.seed),
            "snapshot": run.state()["snapshot"]["id"],
            "matsluice.version": version("matsluice"),
            **tags,
        },
        dataset=dataset_record(run, asked.target) if spec.tasks else None,
        artifacts=files_of(asked.kind, folder),
    )
    return writer.log_model_run(run.state()["mlflow"]["run_id"], record)
