"""Whether the rows can be divided as the campaign's splits ask, seen in the pass before anything is written."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from matsluice.infra.mistakes import InvalidInput
from matsluice.tasks.split.divide import check_share
from matsluice.tasks.split.groups import elements_of
from matsluice.tasks.split.official import matching, read_folds
from matsluice.tasks.split.split_options import OfficialOptions, TimeOptions
from matsluice.tasks.split.time_order import dated, time_of

if TYPE_CHECKING:
    from matsluice.flows.campaign_file import Campaign
    from matsluice.flows.campaign_file.learning_sections import Validation
    from matsluice.tasks.ingest.examine import ExaminedRows

SHOWN = 5


@dataclass(slots=True)
class GroupsSeen:
    """What the rows may be divided by: an upper bound, since a hold-out and refused rows are not taken off.

    Attributes
    ----------
    groups
        Split → its groups, of those whose groups are seen in formulas or columns; compositions are not kept, for they
        may be as many as the rows.
    folds
        Split → its folds.
    """

    groups: dict[str, set[str | float]] = field(default_factory=dict)
    folds: dict[str, int] = field(default_factory=dict)

    def add(self, rows: ExaminedRows, column: str) -> None:
        """Look at some more rows."""
        usable = [row for row in range(len(rows.keys)) if row not in rows.refusals]
        if "chemical-system" in self.groups:
            formulas = {rows.formulas[row] for row in usable}
            self.groups["chemical-system"] |= {"-".join(sorted(elements_of(formula))) for formula in formulas}
        if "time" in self.groups:
            moments = {time_of(rows.batch.labels[column][row]) for row in usable}
            self.groups["time"] |= {moment for moment in moments if moment is not None}

    def check(self, validation: Validation, materials: int) -> None:
        """Raise InvalidInput where there are fewer groups than folds, or a hold-out of no material."""
        check_share(validation.holdout, materials)
        for split, found in self.groups.items():
            needed = self.folds[split] + (split == "time")
            if len(found) < needed:
                what = ("different time" if split == "time" else "group") + "s" * (len(found) != 1)
                named = ", ".join(str(one) for one in sorted(found, key=str)[:SHOWN])
                raise InvalidInput(
                    f"validation.splits: the split {split} finds {len(found)} {what} ({named}) in the data, fewer than "
                    f"the {needed} that validation.folds = {self.folds[split]} needs: lower validation.folds, or leave "
                    "the split out"
                )


def divisible_rows(
    campaign: Campaign, batches: Iterator[ExaminedRows]
) -> tuple[Iterator[ExaminedRows], GroupsSeen]:
    """Return the batches, which are looked at as they pass by, and what will have been seen of them.

    Raises
    ------
    InvalidInput
        A file of folds cannot be used. As the batches pass by: a row without a time, or ids that do not match.
    """
    validation = campaign.validation
    seen = GroupsSeen(folds={split: validation.fold_count(split) for split in validation.splits})
    seen.groups = {split: set() for split in validation.splits if split in {"chemical-system", "time"}}
    column = ""
    for split, options in validation.options.items():
        if isinstance(options, TimeOptions):
            column = options.column
            batches = dated(batches, column)
        elif isinstance(options, OfficialOptions):
            official = read_folds(options.files()[0])
            seen.folds[split] = len(official.names)
            batches = matching(batches, official)
    return _looked_at(batches, seen, column), seen


def _looked_at(batches: Iterator[ExaminedRows], seen: GroupsSeen, column: str) -> Iterator[ExaminedRows]:
    for rows in batches:
        if seen.groups:
            seen.add(rows, column)
        yield rows
