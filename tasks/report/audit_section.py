"""What the audit before training looked for and found, in plain words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from matsluice.tasks.report.json_record import read_record

if TYPE_CHECKING:
    from pathlib import Path

FILE = "audit.json"
MOST_NAMED = 8


@dataclass(frozen=True, slots=True)
class LookedFor:
    """One check, in words, and how often it found something."""

    check: str
    words: str
    found: int = 0
    source: str = ""


@dataclass(frozen=True, slots=True)
class AuditFinding:
    """One finding, as audit.json has it."""

    check: str
    weight: str
    sentence: str
    allowed: bool = False
    target: str = ""
    split: str = ""
    block: str = ""
    columns: tuple[str, ...] = ()
    count: int = 0
    of: int = 0
    rows: tuple[str, ...] = ()
    numbers: Mapping[str, float] | None = None

    @property
    def tag(self) -> str:
        """The word beside the sentence."""
        return (
            "allowed"
            if self.allowed
            else {"stops": "stopped the run", "warns": "warning"}.get(self.weight, "note")
        )


@dataclass(frozen=True, slots=True)
class SplitFacts:
    """One split of one target's rows: what its score answers, and its folds."""

    target: str
    split: str
    answers: str
    tested: tuple[int, ...] = ()
    names: tuple[str, ...] = ()
    groups: int | None = None
    never_tested: int = 0

    @property
    def folds(self) -> str:
        """What the folds test, with their rows.

        >>> SplitFacts("gap", "element", "", (56, 40), ("with Se", "with S")).folds
        'with Se (56), with S (40)'
        >>> SplitFacts("gap", "random", "", (64, 63, 64), ("", "", "")).folds
        '3 of 63 to 64 rows'
        """
        if len(self.names) <= MOST_NAMED and all(self.names):
            return ", ".join(f"{name} ({rows})" for name, rows in zip(self.names, self.tested, strict=True))
        low, high = min(self.tested, default=0), max(self.tested, default=0)
        return f"{len(self.tested)} of {low if low == high else f'{low} to {high}'} rows"


@dataclass(frozen=True, slots=True)
class AuditRecord:
    """audit.json."""

    stopped: bool = False
    looked_for: tuple[LookedFor, ...] = ()
    recomputed_blocks: tuple[str, ...] = ()
    findings: tuple[AuditFinding, ...] = ()
    rows_file: str = ""
    splits: tuple[SplitFacts, ...] = ()

    @property
    def lead(self) -> str:
        """The answer in a sentence.

        >>> AuditRecord(looked_for=(LookedFor("label-noise", "Rows"),)).lead
        'Nothing was found that makes the scores better than they are.'
        """
        grave = [one for one in self.findings if one.weight == "stops"]
        warned = [one for one in self.findings if one.weight == "warns"]
        if self.stopped:
            return "Something was found that makes scores false, so no model was trained."
        if grave:
            names = ", ".join(dict.fromkeys(one.check for one in grave))
            return f"Scores below are to be read with this: the campaign goes on with {names}."
        if warned:
            count = f"{len(warned)} finding{'s' if len(warned) > 1 else ''}"
            return f"{count} may make scores better than they are; none makes them false."
        return "Nothing was found that makes the scores better than they are."


def read_audit(run_directory: Path) -> AuditRecord | None:
    """Return what the audit of a run found; None where the run has not come so far.

    Raises
    ------
    matsluice.infra.mistakes.InvalidInput
        The file is there and is no audit.
    """
    path = run_directory / FILE
    return read_record(AuditRecord, path) if path.exists() else None
