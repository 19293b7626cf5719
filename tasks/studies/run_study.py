"""One study: what a Dask worker does of a campaign's [[studies]]."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from matsluice.infra.mistakes import InvalidInput
from matsluice.infra.workspace.arrays import mapped_array
from matsluice.infra.workspace.disk_faults import disk_fault
from matsluice.tasks.evaluate.figures.style import LIGHT, png_bytes
from matsluice.tasks.split.folds import load_folds
from matsluice.tasks.studies.findings import FILE, Findings, plain, read_findings
from matsluice.tasks.studies.studies import STUDIES
from matsluice.tasks.studies.study_data import StudyData, sampled
from matsluice.tasks.train import training_rows

if TYPE_CHECKING:
    from matsluice.tasks.studies.study_options import StudyOptions


@dataclass(frozen=True, slots=True)
class StudyCall:
    """What to study and where to leave what comes of it: names, numbers and paths only.

    Attributes
    ----------
    kind
        A name in `STUDIES`.
    options
        Its own keys, as the campaign file has them.
    seed
        Of everything random but the draw of rows.
    output
        study.json to write; figures stand beside it.
    matrix, rows, folds
        Files of features, training rows and their folds; "" for a study that takes none.
    most_rows, rows_seed
        So many rows at most are drawn, with this seed: the same for all studies of a target.
    target, unit, split
        Words of the campaign file.
    columns
        Name of each feature.
    blocks
        Block → its first column and the one behind its last.
    groups
        Always "": a study divides no rows once more.
    """

    kind: str
    options: Mapping[str, Any]
    seed: int
    output: str
    matrix: str = ""
    rows: str = ""
    folds: str = ""
    most_rows: int = 0
    rows_seed: int = 0
    target: str = ""
    unit: str = ""
    split: str = ""
    columns: tuple[str, ...] = ()
    blocks: Mapping[str, tuple[int, int]] | None = None
    groups: str = ""

    @property
    def label(self) -> str:
        """What the run's log calls the call."""
        return "/".join(Path(self.output).parts[-3:-1])


def run_study(call: StudyCall) -> str:
    """Do the study, draw its figures, and return the path of what was written.

    A study that cannot be done leaves its reason. Findings that are there already are left as they are, and a figure
    that is missing beside them is drawn.

    Raises
    ------
    Hindered
        The disk gave way.
    """
    folder = Path(call.output).parent
    findings = read_findings(folder)
    if findings is None:
        findings = studied(call, folder)
        if not findings.refusal:
            # What JSON cannot hold is gone before anything is drawn: a figure drawn later is the same.
            findings = _as_read(findings)
            draw_figures(call.kind, findings, folder)
        findings.write(folder)
    elif not findings.refusal:
        draw_figures(call.kind, findings, folder)
    return call.output


def studied(call: StudyCall, place: Path) -> Findings:
    """Return what the study finds, or why it finds nothing."""
    spec = STUDIES[call.kind]
    options: StudyOptions = spec.options_class().model_validate(dict(call.options))
    begun = time.perf_counter()
    facts: dict[str, Any] = {}
    try:
        data = data_of(call) if spec.tasks else None
        facts = data.facts() if data is not None else {}
        findings = spec.run(data, options, call.seed)
    except Exception as error:  # the run's results stand without it, and its reason is in the report
        fault = disk_fault(error, place)
        if fault is not None:
            raise fault from error
        kind = "" if isinstance(error, ValueError | InvalidInput) else f"{type(error).__name__}: "
        return Findings(data=facts, refusal=f"{kind}{error}", seconds=round(time.perf_counter() - begun, 3))
    return replace(findings, data=facts, seconds=round(time.perf_counter() - begun, 3))


def data_of(call: StudyCall) -> StudyData:
    """Return the rows of a study: some of the training rows, never one of the hold-out."""
    rows = training_rows.load(Path(call.rows))
    fold = load_folds(call.folds).partition()
    places = sampled(fold, call.most_rows, call.rows_seed)
    X = mapped_array(call.matrix)[rows.material[places]]
    return StudyData(
        X=np.asarray(X, dtype=np.float64),
        y=np.asarray(rows.y[places]),
        fold=fold[places],
        classes=tuple(rows.classes.tolist()),
        target=call.target,
        unit=call.unit,
        split=call.split,
        columns=call.columns,
        blocks=call.blocks or {},
        rows_of=int((fold >= 0).sum()),
    )


def draw_figures(kind: str, findings: Findings, folder: Path) -> list[Path]:
    """Draw the study's figures that are not there yet, and return the paths of all."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for drawing in STUDIES[kind].drawings(findings):
        path = folder / f"{drawing.name}.png"
        if not path.exists():
            temporary = path.with_suffix(".part")
            temporary.write_bytes(png_bytes(drawing.draw(LIGHT)))
            temporary.replace(path)
        paths.append(path)
    return paths


def files_of(kind: str, folder: Path) -> tuple[Path, ...]:
    """Return what a study that is done has left: its findings and its figures."""
    findings = read_findings(folder)
    if findings is None or findings.refusal:
        return (folder / FILE,)
    return (folder / FILE, *(folder / f"{one.name}.png" for one in STUDIES[kind].drawings(findings)))


def _as_read(findings: Findings) -> Findings:
    return replace(
        findings,
        table=tuple(plain(line) for line in findings.table),
        series=plain(findings.series),
        data=plain(findings.data),
    )
