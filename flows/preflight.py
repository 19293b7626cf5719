"""Everything that can be found wrong before anything is written."""

from __future__ import annotations

import hashlib
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from matsluice.flows.divisible import GroupsSeen, divisible_rows
from matsluice.flows.learnable import check_interval_bounds, check_objective_class, check_row_bounds
from matsluice.infra.clusters import check_cluster
from matsluice.infra.feature_store.store_files import files_of
from matsluice.infra.interruption import check_stop
from matsluice.infra.mistakes import Failed, InvalidInput
from matsluice.infra.servers.prefect_access import check_prefect_access
from matsluice.infra.tracking.access import check_access, named_uri
from matsluice.infra.workspace.disk_faults import disk_faults_said
from matsluice.infra.workspace.layout import Workspace
from matsluice.infra.workspace.permissions import make_folder
from matsluice.infra.workspace.run_lock import AlreadyRunning, is_running
from matsluice.tasks.ingest.examine import ExaminedRows, examine
from matsluice.tasks.ingest.fingerprint import files_fingerprint, stamps_fingerprint
from matsluice.tasks.ingest.source_batch import SourceBatch, read_source
from matsluice.tasks.ingest.survey import Survey, agreeing, survey

if TYPE_CHECKING:
    from matsluice.flows.campaign_file import Campaign
    from matsluice.flows.campaign_file.learning_sections import Data
    from matsluice.flows.campaign_file.using_sections import Candidates


@dataclass(frozen=True, slots=True)
class Preflight:
    """What a pass over the input has shown.

    Attributes
    ----------
    counts
        Rows, materials, refusals.
    inputs
        Hash of the campaign and of every file it reads.
    groups
        What there is to divide the rows by.
    """

    counts: Survey
    inputs: str
    groups: GroupsSeen


def examined_rows(campaign: Campaign) -> Iterator[ExaminedRows]:
    """Give the campaign's labelled rows, batch by batch."""
    targets = [target.column for target in campaign.targets]
    beside = [column for column in campaign.validation.row_columns if column not in targets]
    for batch in _read(campaign, campaign.data, [*targets, *beside]):
        yield examine(batch, targets, campaign.class_targets)


def candidate_rows(campaign: Campaign) -> Iterator[ExaminedRows]:
    """Give the campaign's candidates, batch by batch; none where nothing is screened.

    Formulas have no keys: only those of the few that are looked at are asked for, and made when they are.
    """
    screen = campaign.screen
    if screen is None:
        return
    for batch in _read(campaign, screen.candidates):
        yield examine(batch, keys_of_formulas=False)


def _read(
    campaign: Campaign, section: Data | Candidates, targets: Sequence[str] = ()
) -> Iterator[SourceBatch]:
    """Give the batches of a source, which keeps what it downloads in the workspace."""
    workspace = Path(campaign.workspace)
    options = section.options.kept_in(Workspace(workspace).downloads)
    made = options is not section.options and make_folder(
        workspace, private=campaign.permissions == "private"
    )
    try:
        for batch in read_source(section.source, options, targets):
            check_stop()
            yield batch
    finally:
        if made:
            with suppress(OSError):  # it is not empty, as soon as something was downloaded
                workspace.rmdir()


def inputs_digest(campaign: Campaign) -> str:
    """Return a hash of the campaign and of every file it reads."""
    options = [campaign.data.options]
    if campaign.screen is not None:
        options.append(campaign.screen.candidates.options)
    files = [*campaign.plugins.modules, *(file for some in options for file in some.files())]
    files += [file for some in campaign.validation.options.values() for file in some.files()]
    named = (file for some in options for file in some.named_files())
    text = f"{campaign.digest} {files_fingerprint(files)} {stamps_fingerprint(named)}"
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def preflight(campaign: Campaign) -> Preflight:
    """Read everything once and write nothing, but for pages that a source has downloaded.

    Raises
    ------
    InvalidInput
        The workspace or the feature store cannot be written, the campaign is running already, no cluster
        answers, a named server does not let us in, the data or the candidates cannot be read, or there is too
        little to learn from.
    Interrupted
        A stop was asked for.
    """
    workspace = Workspace(campaign.workspace)
    workspace.check_writable()
    if is_running(workspace.campaign_folder(campaign.name)):
        raise AlreadyRunning(
            f"campaign {campaign.name} is already running in workspace {workspace.path}: "
            "wait for it, watch it with `matsluice status`, or stop that process"
        )
    check_store(campaign)
    check_cluster(campaign.cluster)
    check_prefect_access()
    check_access(named_uri(campaign.tracking.uri))
    counts, seen = check_rows(campaign)
    check_candidates(campaign)
    return Preflight(counts, inputs_digest(campaign), seen)


def check_rows(campaign: Campaign) -> tuple[Survey, GroupsSeen]:
    """Return what a pass over the labelled rows has shown; raise InvalidInput where they cannot be learned from."""
    rows, seen = divisible_rows(campaign, examined_rows(campaign))
    # Not the workspace's disk: before the input is known to be good, nothing is made there.
    scratch = Path(tempfile.gettempdir())
    with disk_faults_said(scratch):
        counts = survey(agreeing(rows) if campaign.data.duplicates == "error" else rows, scratch)
    check_learnable(campaign, counts)
    seen.check(campaign.validation, counts.materials)
    return counts, seen


def check_store(campaign: Campaign) -> None:
    """Raise InvalidInput where the feature store cannot be reached or written."""
    if campaign.features.store:
        try:
            files_of(campaign.store).check_usable()
        except Failed as failure:
            raise InvalidInput(f"features.store: {failure}") from failure


def check_learnable(campaign: Campaign, counts: Survey) -> None:
    """Raise InvalidInput where there is too little to learn from, too much for a model, or too much was refused."""
    counts.check_learnable([target.column for target in campaign.targets], campaign.validation.folds)
    check_objective_class(campaign, counts)
    check_row_bounds(campaign, counts)
    check_interval_bounds(campaign, counts)
    refused = sum(counts.refused.values())
    if refused > campaign.features.max_rejected * counts.rows:
        why = "; ".join(f"{count} × {reason}" for reason, count in counts.refused.most_common(5))
        raise InvalidInput(
            f"{refused} of {counts.rows} rows cannot be used ({why}), more than features.max_rejected = "
            f"{campaign.features.max_rejected:g} allows: mend the rows, or raise features.max_rejected"
        )


def check_candidates(campaign: Campaign) -> None:
    """Raise InvalidInput where a file of candidates cannot be read to its end, or no candidate is a formula."""
    screen = campaign.screen
    if screen is None:
        return
    options = screen.candidates.options
    refused: Counter[str] = Counter()
    readable = False
    for batch in _read(campaign, screen.candidates):
        if not readable:
            rows = examine(batch)
            refused.update(refusal.reason for refusal in rows.refusals.values())
            readable = len(rows.refusals) < len(rows.keys)
        # What is made on the spot cannot be damaged further on; a file is read to its end, which is cheap.
        if readable and (options.is_made or not options.files()):
            return
    if not readable:
        why = "; ".join(f"{count} × {reason}" for reason, count in refused.most_common(5))
        where = getattr(options, "path", getattr(options, "url", screen.candidates.source))
        raise InvalidInput(
            f"screen.candidates: {where} has no candidate that can be read ({why or 'it gives none'}): "
            "mend its formulas, or name another column or source"
        )
