"""What a study has found, as it stands in a run's folder: words, a table, and what its figures are drawn from."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from matsluice.infra.workspace.atomic_files import read_json, write_json

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from matsluice.tasks.evaluate.figures.style import Theme
    from matsluice.tasks.studies.study_spec import StudySpec

FILE = "study.json"


@dataclass(frozen=True, slots=True)
class Findings:
    """Outcome of a study.

    Attributes
    ----------
    verdict
        What it says, in sentences; the first is the answer.
    table
        A line for each thing that was compared, the keys those of the study's columns; None where undefined.
    series
        What figures need beyond the table: histories, projections. Of these `curves`, name → (step, value) pairs, are
        recorded as steps.
    data
        What it was done on: target, unit, split, rows, rows_of (those there are), columns, folds; empty where a study
        takes no rows.
    refusal
        Why the study could not be done; then the rest is empty.
    seconds
        It took.
    """

    verdict: tuple[str, ...] = ()
    table: tuple[Mapping[str, Any], ...] = ()
    series: Mapping[str, Any] = field(default_factory=dict)
    data: Mapping[str, Any] = field(default_factory=dict)
    refusal: str = ""
    seconds: float = 0.0

    def write(self, folder: Path) -> Path:
        """Write study.json, whole or not at all: where it stands, the study is done."""
        write_json(folder / FILE, plain(asdict(self)))
        return folder / FILE


@dataclass(frozen=True, slots=True)
class Drawing:
    """A figure of a study.

    Attributes
    ----------
    name
        Of its file, without the ending.
    draw
        Returns it in a theme.
    caption
        How to read it.
    alternative
        What it says, for a reader who does not see it.
    """

    name: str
    draw: Callable[[Theme], Figure]
    caption: str
    alternative: str


def read_findings(folder: Path) -> Findings | None:
    """Return what stands in a study's folder, or None where it is not done."""
    path = folder / FILE
    if not path.exists():
        return None
    said = read_json(path)
    return Findings(**{**said, "verdict": tuple(said["verdict"]), "table": tuple(said["table"])})


def plain(value: Any) -> Any:
    """Return a value as JSON has it: numbers of numpy as Python's, arrays as lists, what is not finite as null.

    Examples
    --------
    >>> import numpy as np
    >>> plain({"loss": np.array([1.5, np.inf]), "epochs": np.int64(3)})
    {'loss': [1.5, None], 'epochs': 3}
    """
    if isinstance(value, Mapping):
        return {str(key): plain(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [plain(part) for part in value]
    if hasattr(value, "tolist"):
        return plain(value.tolist())
    return None if isinstance(value, float) and not math.isfinite(value) else value


def curves_of(findings: Findings, spec: StudySpec) -> dict[str, list[tuple[int, float]]]:
    """Return name → (step, value) pairs of each number in the table, and of the curves among the series.

    The step is the size that names a line, 0 where there is none.

    Examples
    --------
    >>> from matsluice.tasks.studies.studies import STUDIES
    >>> line = {"activation": "tanh", "width": 4, "largest_error": 0.5}
    >>> curves_of(Findings(table=(line,)), STUDIES["universal_approximation"])
    {'tanh/largest_error': [(4, 0.5)]}
    """
    words = [column.key for column in spec.columns if column.form == "word"]
    size = next((column.key for column in spec.columns if column.form == "size"), None)
    curves: dict[str, list[tuple[int, float]]] = {}
    for line in findings.table:
        named = " ".join(str(line[word]) for word in words)
        step = int(line[size]) if size else 0
        for key, value in line.items():
            if key not in {*words, size} and isinstance(value, int | float):
                curves.setdefault(f"{named}/{key}", []).append((step, float(value)))
    for name, curve in findings.series.get("curves", {}).items():
        curves[name] = [(int(step), float(value)) for step, value in curve if value is not None]
    return curves


def settings_text(settings: Mapping[str, Any]) -> dict[str, str]:
    """Return a study's keys as MLflow's parameters."""
    return {
        key: value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        for key, value in settings.items()
    }
