"""What a study is made from, as a key: the same rows, keys of the file, seed and code give the same findings."""

from __future__ import annotations

import hashlib
import json
from dataclasses import fields
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from matsluice.infra.workspace.arrays import read_array
from matsluice.tasks.train.fit_key import PLACES, code_digest

if TYPE_CHECKING:
    from matsluice.tasks.studies.run_study import StudyCall


def study_key(call: StudyCall, rows: str) -> str:
    """Return the key of what a call finds.

    Parameters
    ----------
    call
        The call; all its fields count but those that name places.
    rows
        The `rows_digest` of its rows, "" where it takes none.
    """
    said = {field.name: getattr(call, field.name) for field in fields(call) if field.name not in PLACES}
    text = json.dumps(said, sort_keys=True)
    digest = hashlib.blake2b(
        f"study {text} {rows} {code_digest()} {_studies_digest()}".encode(), digest_size=16
    )
    if call.folds:
        digest.update(read_array(call.folds).tobytes())
    return digest.hexdigest()


@lru_cache(maxsize=1)
def _studies_digest() -> str:
    """Return a digest of the studies' source; that of fits is in `code_digest`."""
    here = Path(__file__).parent
    digest = hashlib.blake2b(digest_size=8)
    for path in sorted(here.rglob("*.py")):
        digest.update(path.relative_to(here).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()
