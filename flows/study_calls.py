"""From the campaign file to the calls that its studies consist of."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from matsluice.infra.seeds import derive_seed
from matsluice.tasks.features.block_columns import block_columns
from matsluice.tasks.features.known_blocks import find_block
from matsluice.tasks.report.report_data import STUDIES_FOLDER
from matsluice.tasks.studies.findings import FILE
from matsluice.tasks.studies.run_study import StudyCall
from matsluice.tasks.studies.studies import STUDIES

if TYPE_CHECKING:
    from matsluice.flows.campaign_file.studies_section import Study
    from matsluice.flows.run_directory import RunDirectory


def study_named(run: RunDirectory, name: str) -> Study:
    """Return the study of a name, as the campaign file has it."""
    return next(study for study in run.campaign.studies if study.name == name)


def study_folder(run: RunDirectory, name: str) -> Path:
    """Return where a study leaves what it finds; it stays when the run is complete."""
    return run.path / STUDIES_FOLDER / name


def study_call(run: RunDirectory, study: Study) -> StudyCall:
    """Return the call that does a study on the training rows of its target."""
    campaign = run.campaign
    options: dict[str, Any] = study.options.model_dump()
    if "sets" in options:  # in the form the campaign's blocks have
        options["sets"] = tuple(tuple(find_block(word).word for word in one) for one in options["sets"])
    output = str(study_folder(run, study.name) / FILE)
    seed = derive_seed(campaign.seed, "study", study.name)
    if not STUDIES[study.kind].tasks:
        return StudyCall(study.kind, options, seed, output)
    index = next(i for i, target in enumerate(campaign.targets) if target.column == study.target)
    target = campaign.targets[index]
    folder = run.work / f"target-{index}"
    return StudyCall(
        kind=study.kind,
        options=options,
        seed=seed,
        output=output,
        matrix=str(run.work / "matrix.npy"),
        rows=str(folder / "rows"),
        folds=str(folder / f"folds-{study.split}.npy"),
        most_rows=study.rows,
        rows_seed=derive_seed(campaign.seed, "rows of studies", study.target),
        target=study.target,
        unit="" if target.unit == "1" else target.unit,
        split=study.split,
        columns=tuple(run.state()["features"]["column_names"]),
        blocks=block_columns(campaign.features.blocks),
    )
