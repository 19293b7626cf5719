"""Every way to divide rows that a campaign file can name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matsluice.tasks.split.divided_rows import Asked, DividedRows
    from matsluice.tasks.split.folds import Folds
    from matsluice.tasks.split.split_options import SplitOptions

_HERE = "matsluice.tasks.split"
_TOGETHER = f"{_HERE}.divide:keep_together"


@dataclass(frozen=True, slots=True)
class SplitSpec:
    """One way to divide rows into folds.

    Attributes
    ----------
    name
        The word in the campaign file.
    groups
        "module:function" of ``groups(rows) -> (n,) labels``: rows of one group stay on one side, in the folds and in
        any folds that a model makes inside its training rows; "" where every row is its own group.
    summary
        What a score under this split answers.
    source
        Where the idea comes from.
    divider
        "module:function" of ``divide(rows, asked) -> Folds``.
    options
        "module:class" of the keys below [validation.<name>]; "" where there are none.
    needs
        What must be known of the materials: "composition" or "structure".
    task
        What must be learned: "regression", or "" for either.
    partition
        Whether every row outside the hold-out is tested in one fold and learned from in all others.
    decides
        Whether a champion may be chosen by it where a campaign names several: it tests on what a screen is for,
        materials that were not seen, over all rows.
    """

    name: str
    groups: str
    summary: str
    source: str
    divider: str = _TOGETHER
    options: str = ""
    needs: str = "composition"
    task: str = ""
    partition: bool = True
    decides: bool = True

    def divide(self, rows: DividedRows, asked: Asked) -> Folds:
        """Return the folds of the rows."""
        made: Folds = _attribute(self.divider)(rows, asked)
        return made

    def options_class(self) -> type[SplitOptions]:
        """Return the model of the split's own keys."""
        options: type[SplitOptions] = _attribute(self.options)
        return options


def _attribute(path: str) -> Any:
    module, name = path.split(":")
    return getattr(import_module(module), name)


SPLITS: Mapping[str, SplitSpec] = MappingProxyType(
    {
        spec.name: spec
        for spec in (
            SplitSpec(
                name="random",
                groups="",
                summary="rows at random: how well is a material predicted that may have been seen already",
                source="Stone 1974, doi:10.1111/j.2517-6161.1974.tb00994.x",
                decides=False,
            ),
            SplitSpec(
                name="composition",
                groups=f"{_HERE}.groups:by_composition",
                summary="all rows of a composition in one fold: how well is a new composition predicted",
                source="Meredig et al. 2018, doi:10.1039/C8ME00012C",
            ),
            SplitSpec(
                name="chemical-system",
                groups=f"{_HERE}.groups:by_chemical_system",
                summary="all rows of the same set of elements in one fold: how well is a new combination of elements "
                "predicted",
                source="Witman & Schindler 2025 (MatFold), doi:10.1039/D4DD00250D",
            ),
            SplitSpec(
                name="element",
                groups=f"{_HERE}.groups:by_chemical_system",
                summary="a fold leaves one element out: it tests all rows that contain it, and learns from the rest",
                source="Witman & Schindler 2025 (MatFold), doi:10.1039/D4DD00250D",
                divider=f"{_HERE}.leave_out:leave_elements_out",
                options=f"{_HERE}.split_options:ElementOptions",
                partition=False,
                decides=False,
            ),
            SplitSpec(
                name="periodic-table-group",
                groups=f"{_HERE}.groups:by_chemical_system",
                summary="a fold leaves one column of the periodic table out: it tests all rows that contain any of "
                "its elements, and learns from the rest",
                source="Witman & Schindler 2025 (MatFold), doi:10.1039/D4DD00250D",
                divider=f"{_HERE}.leave_out:leave_columns_out",
                options=f"{_HERE}.split_options:PeriodicGroupOptions",
                partition=False,
                decides=False,
            ),
            SplitSpec(
                name="structure-prototype",
                groups=f"{_HERE}.crystal_groups:by_structure_prototype",
                summary="all rows of a structure prototype in one fold: how well is a structure predicted whose type "
                "was not seen",
                source="Witman & Schindler 2025 (MatFold), doi:10.1039/D4DD00250D",
                needs="structure",
            ),
            SplitSpec(
                name="space-group",
                groups=f"{_HERE}.crystal_groups:by_space_group",
                summary="all rows of a space group in one fold, mirror images as one: how well is a symmetry "
                "predicted that was not seen",
                source="Witman & Schindler 2025 (MatFold), doi:10.1039/D4DD00250D",
                needs="structure",
            ),
            SplitSpec(
                name="cluster",
                groups=f"{_HERE}.groups:by_material",
                summary="a fold leaves one cluster of like materials out, found by k-means in the features: how well "
                "is a kind of material predicted that was not seen",
                source="Meredig et al. 2018 (leave one cluster out), doi:10.1039/C8ME00012C",
                divider=f"{_HERE}.cluster:leave_clusters_out",
            ),
            SplitSpec(
                name="target-extreme",
                groups=f"{_HERE}.groups:by_material",
                summary="the lowest and the highest values are tested and never learned from: how far do predictions "
                "reach beyond the values that were seen",
                source="Xiong et al. 2020 (forward cross-validation), doi:10.1016/j.commatsci.2019.109203",
                divider=f"{_HERE}.extremes:leave_extremes_out",
                options=f"{_HERE}.split_options:ExtremeOptions",
                task="regression",
                partition=False,
                decides=False,
            ),
            SplitSpec(
                name="time",
                groups=f"{_HERE}.groups:by_material",
                summary="a fold tests a span of time and learns from what was known before it: how well would what "
                "came next have been predicted",
                source="Hyndman & Athanasopoulos 2021, Forecasting, section 5.10; Sheridan 2013, doi:10.1021/ci400084k",
                divider=f"{_HERE}.time_order:learn_from_the_past",
                options=f"{_HERE}.split_options:TimeOptions",
                partition=False,
            ),
            SplitSpec(
                name="official",
                groups=f"{_HERE}.groups:by_material",
                summary="the folds that a benchmark's file gives: a score that can be put beside published ones",
                source="Dunn et al. 2020 (Matbench), doi:10.1038/s41524-020-00406-3",
                divider=f"{_HERE}.official:divide_as_given",
                options=f"{_HERE}.split_options:OfficialOptions",
            ),
        )
    }
)
