"""What an earlier run has trained from the same rows, by the same models, seed and code is taken, not trained again."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TypeAlias

from matsluice.flows.run_directory import RunDirectory
from matsluice.infra.workspace.kept_files import KeptFiles
from matsluice.tasks.train.fit_final import FinalCall
from matsluice.tasks.train.fit_fold import FoldCall
from matsluice.tasks.train.fit_key import code_digest, fit_key, rows_digest
from matsluice.tasks.tune.search import SearchCall

DIGEST_FILE = "rows.digest"
FOLDER = "fits"

KeyedCall: TypeAlias = FoldCall | SearchCall | FinalCall


def kept_fits(run: RunDirectory) -> KeptFiles:
    """Return where a campaign keeps the fits of its last completed run."""
    return KeptFiles(run.path.parent / FOLDER)


def note_rows(run: RunDirectory, rows_folder: Path) -> None:
    """Write the digest of a target's rows beside them, once for all fits, and tell by which code these are made."""
    digest = rows_digest(run.work / "matrix.npy", rows_folder)
    (rows_folder / DIGEST_FILE).write_text(digest, encoding="ascii")
    run.tell(code=code_digest())


def key_of(call: KeyedCall) -> str:
    """Return the key of what a call fits."""
    return fit_key(call, (Path(call.rows) / DIGEST_FILE).read_text(encoding="ascii"))


def recall_fits(run: RunDirectory, calls: Sequence[KeyedCall]) -> int:
    """Put fits that are kept where the calls would leave theirs, and return how many there were."""
    kept = kept_fits(run)
    wanted = [call for call in calls if not Path(call.output).exists()]
    return sum(kept.recall(key_of(call), Path(call.output)) for call in wanted)


def keep_fits(run: RunDirectory, calls: Sequence[KeyedCall]) -> None:
    """Keep what the calls have left for later runs."""
    kept = kept_fits(run)
    keys = [key_of(call) for call in calls]
    for call, key in zip(calls, keys, strict=True):
        kept.keep(key, Path(call.output))
    run.tell(fits=dict.fromkeys(keys, True))


def keep_only_these(run: RunDirectory) -> None:
    """Delete kept fits that this run, which is complete, has not used."""
    kept_fits(run).drop_others(run.state().get("fits", {}))
