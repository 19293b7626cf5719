"""All checks over one target's rows, and the files that say what was found."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from matsluice.infra.mistakes import Failed
from matsluice.infra.workspace.atomic_files import write_json, written_whole
from matsluice.tasks.audit.checks import CHECKS
from matsluice.tasks.audit.finding import NAMED, Finding
from matsluice.tasks.split.splits import SPLITS

if TYPE_CHECKING:
    from matsluice.tasks.audit.audited import Audited

FILE: Final = "audit.json"
ROWS_FILE: Final = "audit.parquet"
WEIGHTS: Final = ("stops", "warns", "notes")


def audit(audited: Audited, allow: Collection[str] = ()) -> list[Finding]:
    """Return what every check finds of one target, the gravest first.

    Parameters
    ----------
    audited
        Its rows, folds and features.
    allow
        Findings that a person has looked at, and goes on with.
    """
    found = [
        replace(finding, allowed=finding.weight == "stops" and spec.name in allow)
        for spec in CHECKS.values()
        for finding in spec.find(audited)
    ]
    return sorted(found, key=lambda finding: WEIGHTS.index(finding.weight))


def write_audit(
    findings: Sequence[Finding],
    recomputed: Iterable[str],
    divided: Mapping[str, Mapping[str, Any]],
    folder: Path,
) -> dict[str, Any]:
    """Write audit.json, and audit.parquet with every row where a finding has more rows than are named.

    Parameters
    ----------
    findings
        Of all targets.
    recomputed
        Blocks of which some materials were computed once more.
    divided
        Target → split → what became of the rows: the record of a `Divided`.
    folder
        The run's.

    Returns
    -------
    What stands in audit.json.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    long = [finding for finding in findings if len(finding.ids) > NAMED]
    record = {
        "stopped": any(finding.stops for finding in findings),
        "looked_for": [
            {
                "check": spec.name,
                "words": spec.looks_for,
                "found": sum(finding.check == spec.name for finding in findings),
                "source": spec.source,
            }
            for spec in CHECKS.values()
        ],
        "recomputed_blocks": list(recomputed),
        "findings": [finding.record() for finding in findings],
        "rows_file": ROWS_FILE if long else "",
        "splits": [
            {
                "target": target,
                "split": split,
                "answers": SPLITS[split].summary,
                **{name: made[name] for name in ("tested", "names", "groups", "never_tested")},
            }
            for target, splits in divided.items()
            for split, made in splits.items()
        ],
    }
    if long:
        lines = [
            (finding.check, finding.target, finding.split, one)
            for finding in findings
            for one in finding.ids.tolist()
        ]
        columns = [list(column) for column in zip(*lines, strict=True)]
        with written_whole(folder / ROWS_FILE) as temporary:
            pq.write_table(pa.table(columns, names=["check", "target", "split", "id"]), temporary)
    write_json(folder / FILE, record)
    return record


def check_stops(findings: Iterable[Finding], campaign: str) -> None:
    """Raise Failed where scores would be false.

    Raises
    ------
    Failed
        With every finding that stops the run, and how to go on.
    """
    stopping = [finding for finding in findings if finding.stops]
    if not stopping:
        return
    names = dict.fromkeys(finding.check for finding in stopping)
    sentences = "; ".join(f"{finding.check}: {finding.sentence}" for finding in stopping)
    allow = ", ".join(f'"{name}"' for name in names)
    raise Failed(
        f"the audit before training found what would make the scores of {campaign} false, and nothing was trained. "
        f"{sentences}. Mend it, or go on knowingly with allow = [{allow}] in [validation]; {FILE} in the run's "
        "folder names the rows"
    )
