"""The champion written out, as the page shows it: the formula, what its symbols mean, and how close it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from matsluice.tasks.report.names import model_title
from matsluice.tasks.report.number_text import counted
from matsluice.tasks.train.formula_text import closeness, left_side

if TYPE_CHECKING:
    from matsluice.models.written_out.form import EdgeFit
    from matsluice.tasks.report.report_data import ReportData
    from matsluice.tasks.train.write_out import Written

# Longer ones, and longer lists of symbols, are folded away.
SHORT_TEXT = 600
FEW_SYMBOLS = 12


@dataclass(frozen=True, slots=True)
class SymbolRow:
    """A symbol: its feature, unit, range in training, and what an undefined value counts as ("" for nothing)."""

    name: str
    column: str
    unit: str
    definition: str
    range: str
    filled: str


@dataclass(frozen=True, slots=True)
class FormulaSection:
    """The section; `reason` says why there is no formula, and then nothing else is there."""

    sentences: tuple[str, ...]
    reason: str = ""
    formulas: tuple[tuple[str, str], ...] = ()
    rules: str = ""
    symbols: tuple[SymbolRow, ...] = ()
    clipped: bool = False
    edges: tuple[EdgeFit, ...] = ()
    is_long: bool = False


def formula_section(data: ReportData) -> FormulaSection | None:
    """Return the section; None where the champion is of a kind that has no formula."""
    written = data.formula
    if written is None:
        return None
    name = model_title(written.model)
    if written.reason:
        return FormulaSection((), reason=f"{name} is not written out: {written.reason}.")
    is_long = sum(len(one.text) for one in written.outputs) > SHORT_TEXT or len(written.symbols) > FEW_SYMBOLS
    return FormulaSection(
        sentences=(_lead(written, name, is_long=is_long), *closeness(written)),
        formulas=tuple((left_side(written, one.label), one.text) for one in written.outputs),
        rules=written.rules,
        symbols=tuple(
            SymbolRow(
                one.name,
                one.column,
                one.unit,
                one.definition,
                f"{one.low:.5g} to {one.high:.5g}".replace("-", "−"),
                "" if one.filled is None else f"{one.filled:.5g}".replace("-", "−"),
            )
            for one in written.symbols
        ),
        clipped=any(one.clipped for one in written.symbols),
        edges=written.edges,
        is_long=is_long,
    )


def _lead(written: Written, name: str, *, is_long: bool) -> str:
    if not written.symbols:
        return f"{name} has no term: it says the same of every material."
    which = "rules" if written.rules else "formula"
    verb = "take" if written.rules else "takes"
    return (
        f"{name}'s {which} {verb} {counted(len(written.symbols), 'feature')}"
        f"{', which makes a long text' if is_long and not written.rules else ''}."
    )
