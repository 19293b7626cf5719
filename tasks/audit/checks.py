"""Everything that is looked for before a model is fitted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matsluice.tasks.audit.audited import Audited
    from matsluice.tasks.audit.finding import Finding

_HERE = "matsluice.tasks.audit"


@dataclass(frozen=True, slots=True)
class CheckSpec:
    """One thing that is looked for.

    Attributes
    ----------
    name
        Of the finding, as [validation] allow names it.
    looks_for
        In plain words, for the report: "Rows whose …".
    finder
        "module:function" of ``find(audited) -> findings``.
    stops
        Whether a finding may stop the run, so that [validation] allow may name it.
    source
        Why it matters; "" where the words say so.
    """

    name: str
    looks_for: str
    finder: str
    stops: bool = False
    source: str = ""

    def find(self, audited: Audited) -> Iterator[Finding]:
        """Give what there is."""
        module, function = self.finder.split(":")
        found: Iterator[Finding] = getattr(import_module(module), function)(audited)
        return found


CHECKS: Mapping[str, CheckSpec] = MappingProxyType(
    {
        spec.name: spec
        for spec in (
            CheckSpec(
                "duplicate-across-folds",
                "Rows that a fold tests and whose material it also learns from",
                f"{_HERE}.across_folds:duplicate_across_folds",
                stops=True,
                source="Kapoor & Narayanan 2023, doi:10.1016/j.patter.2023.100804",
            ),
            CheckSpec(
                "holdout-in-training",
                "Rows of the hold-out whose material or composition is also learned from",
                f"{_HERE}.division:holdout_in_training",
                stops=True,
                source="Kapoor & Narayanan 2023, doi:10.1016/j.patter.2023.100804",
            ),
            CheckSpec(
                "target-copy",
                "Features from which the target follows without learning: equal, scaled, in the same order, or one "
                "value for each class",
                f"{_HERE}.target_copy:target_copy",
                stops=True,
                source="Kaufman et al. 2012, doi:10.1145/2382577.2382579",
            ),
            CheckSpec(
                "features-outside-fold",
                "Plug-in and matminer blocks whose values depend on the other rows: some are computed once more, alone",
                f"{_HERE}.recomputed:outside_fold",
                stops=True,
                source="Kapoor & Narayanan 2023, doi:10.1016/j.patter.2023.100804",
            ),
            CheckSpec(
                "same-features-across-folds",
                "Rows that a fold tests with exactly the features of another material it learns from",
                f"{_HERE}.across_folds:same_features_across_folds",
            ),
            CheckSpec(
                "same-composition-across-folds",
                "Rows that a fold tests with the composition, exactly or up to rounding, of another material it learns "
                "from",
                f"{_HERE}.across_folds:same_composition_across_folds",
                source="Meredig et al. 2018, doi:10.1039/C8ME00012C",
            ),
            CheckSpec(
                "one-class-fold",
                "Folds that test a single class",
                f"{_HERE}.division:one_class_folds",
            ),
            CheckSpec(
                "label-noise",
                "Rows with the same features and different labels, which set a floor for the error",
                f"{_HERE}.label_noise:label_noise",
            ),
        )
    }
)
