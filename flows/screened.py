"""A screening whose model, candidates and settings are those of an earlier run is taken over, not done again."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from matsluice.flows.contests import final_call, row_limits
from matsluice.flows.further_targets import further_call, further_targets
from matsluice.flows.reused import kept_fits, key_of
from matsluice.flows.run_directory import RunDirectory
from matsluice.infra.workspace.atomic_files import read_json, write_json, written_whole
from matsluice.tasks.features.known_blocks import find_block
from matsluice.tasks.features.made_by import MadeBy
from matsluice.tasks.ingest.fingerprint import files_fingerprint, stamps_fingerprint
from matsluice.tasks.screen.ranking import write_hits

COUNTS, HITS, REJECTED = "counts", "hits", "rejected"


def screen_key(run: RunDirectory, known: Path) -> str | None:
    """Return the key of a run's screening, None where it cannot be known to be the same as another.

    Parameters
    ----------
    run
        The run, its champion fitted.
    known
        File with the keys of the materials that count as known.
    """
    campaign = run.campaign
    assert campaign.screen is not None
    candidates = campaign.screen.candidates
    files = candidates.options.files()
    # What is made on the spot is always alike; what comes over a network may change under the same words.
    if run.state()["retry"] or not (files or candidates.options.is_made):
        return None
    said = {
        "champion": key_of(final_call(run, "champion.joblib", "all")),
        "further": {target: key_of(further_call(run, target)) for target in further_targets(campaign)},
        "screen": campaign.screen.model_dump(mode="json"),
        "files": [files_fingerprint(files), stamps_fingerprint(candidates.options.named_files())],
        "limits": asdict(row_limits(campaign)),
        "made_by": {word: asdict(MadeBy.here(find_block(word))) for word in campaign.features.blocks},
        "source": _source_of_screening(),
    }
    digest = hashlib.blake2b(json.dumps(said, sort_keys=True, default=str).encode(), digest_size=16)
    digest.update(known.read_bytes())
    return digest.hexdigest()


def recall_screen(run: RunDirectory, key: str | None) -> dict[str, Any] | None:
    """Put the hits and refusals that are kept under a key into the run, and return its counts, None where none are."""
    if key is None:
        return None
    kept, folder = kept_fits(run), run.work / "screened"
    if not all(kept.recall(f"{key}-{name}", folder / name) for name in (COUNTS, HITS, REJECTED)):
        return None
    write_hits(pq.read_table(folder / HITS), run.path)
    rejected = run.path / "rejected.parquet"
    both = [_not_of_screening(pq.read_table(rejected)), pq.read_table(folder / REJECTED)]
    with written_whole(rejected) as temporary:
        pq.write_table(pa.concat_tables(both), temporary)
    run.tell(fits={f"{key}-{name}": True for name in (COUNTS, HITS, REJECTED)})
    counts: dict[str, Any] = read_json(folder / COUNTS)
    return counts


def keep_screen(run: RunDirectory, key: str | None, counts: dict[str, Any]) -> None:
    """Keep what a screening has left for later runs."""
    if key is None:
        return
    kept, folder = kept_fits(run), run.work / "screened"
    write_json(folder / COUNTS, counts)
    rejected = pq.read_table(run.path / "rejected.parquet")
    with written_whole(folder / REJECTED) as temporary:
        pq.write_table(
            rejected.filter(pc.call_function("equal", [rejected.column("stage"), pa.scalar("screen")])),
            temporary,
        )
    with written_whole(folder / HITS) as temporary:
        temporary.write_bytes((run.path / "hits.parquet").read_bytes())
    for name in (COUNTS, HITS, REJECTED):
        kept.keep(f"{key}-{name}", folder / name)
    run.tell(fits={f"{key}-{name}": True for name in (COUNTS, HITS, REJECTED)})


def _not_of_screening(table: pa.Table) -> pa.Table:
    return table.filter(pc.call_function("not_equal", [table.column("stage"), pa.scalar("screen")]))


def _source_of_screening() -> str:
    from matsluice.tasks import screen

    digest = hashlib.blake2b(digest_size=8)
    for path in sorted(Path(next(iter(screen.__path__))).glob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()
