"""The champion written out: the formula or the rules that give its predictions, with what every symbol means."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from matsluice.infra.workspace.arrays import mapped_array
from matsluice.infra.workspace.atomic_files import write_json
from matsluice.models.saved.pickled import read_pickle
from matsluice.models.written_out.form import EdgeFit, NoFormError, Output
from matsluice.tasks.features.known_blocks import find_block
from matsluice.tasks.train import training_rows
from matsluice.tasks.train.fit_final import FinalCall

if TYPE_CHECKING:
    from matsluice.models.written_out.form import WrittenModel
    from matsluice.tasks.predict.material_model import MaterialModel

# What a run keeps of what its champion leans on, and under which key that file has the formula.
EXPLANATIONS = "explanations.json"
KEY = "formula"
NO_UNIT = "dimensionless"


@dataclass(frozen=True, slots=True)
class WriteOutCall(FinalCall):
    """A champion that has been fitted for good, and how exactly it is to be written out.

    Attributes
    ----------
    tolerance
        Largest distance of the text from the model, in the target's unit.
    read_network
        Whether a network is pruned and read as a formula.
    fit
        Key of the fit that is written out.
    final_output
        File of `fit_final`.
    output
        JSON file to write, see `Written`.
    """

    tolerance: float = 0.0
    read_network: bool = False
    fit: str = ""
    final_output: str = ""

    @classmethod
    def of(cls, final: FinalCall, fit: str, tolerance: float, *, read_network: bool) -> WriteOutCall:
        """Return the call for what a `FinalCall` has left."""
        given: dict[str, Any] = {each.name: getattr(final, each.name) for each in fields(final)}
        given["output"] = str(Path(final.output).with_suffix(".formula.json"))
        return cls(
            **given, tolerance=tolerance, read_network=read_network, fit=fit, final_output=final.output
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Meaning:
    """A symbol: which feature it is, in what unit ("" for none), its training range, and what becomes of it before.

    `filled` is what an undefined value counts as, None where nothing stands in for it; `clipped` says whether the model
    holds the feature within its range.
    """

    name: str
    column: str
    unit: str = ""
    definition: str = ""
    low: float = 0.0
    high: float = 0.0
    filled: float | None = None
    clipped: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What explanations.json says under "formula".

    Attributes
    ----------
    model, target, unit
        The champion, and what it predicts.
    reason
        Why it is not written out, where it could be; "".
    kind, outputs, rules, is_the_model, off_by, r2, edges
        See `WrittenModel`.
    symbols
        What they mean.
    """

    model: str
    target: str
    unit: str = ""
    reason: str = ""
    kind: str = ""
    outputs: tuple[Output, ...] = ()
    rules: str = ""
    symbols: tuple[Meaning, ...] = ()
    is_the_model: bool = True
    off_by: float = 0.0
    r2: float = 1.0
    edges: tuple[EdgeFit, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether the champion is of a kind that no text gives, such as a forest."""
        return not self.outputs and not self.reason


def write_out(call: WriteOutCall) -> str:
    """Write the champion out, or why it is not, and return the file written (JSON)."""
    from matsluice.models.written_out.writing import written_out

    output = Path(call.output)
    if output.exists():
        return call.output
    model: MaterialModel = read_pickle(Path(call.final_output))
    model.check_versions()
    rows = training_rows.load(Path(call.rows))
    X = mapped_array(call.matrix)[rows.material]
    record = Written(model=call.kind, target=call.target, unit=call.unit)
    try:
        form = written_out(
            model.pipeline,
            X,
            np.asarray(rows.y),
            model.columns,
            classes=model.classes,
            tolerance=call.tolerance,
            read_network=call.read_network,
        )
    except NoFormError as refusal:
        write_json(output, {**asdict(record), "reason": str(refusal)})
        return call.output
    write_json(output, asdict(record) if form is None else asdict(record) | _told(form, model))
    return call.output


def _told(form: WrittenModel, model: MaterialModel) -> dict[str, Any]:
    columns = [column for word in model.blocks for column in find_block(word).make().columns()]
    given = asdict(form)
    symbols = []
    for one in given.pop("symbols"):
        column = columns[one.pop("place")]
        unit = "" if column.unit == NO_UNIT else column.unit
        symbols.append(
            {
                "name": one.pop("name"),
                "column": column.name,
                "unit": unit,
                "definition": column.definition,
                **one,
            }
        )
    return given | {"symbols": symbols}


@dataclass(frozen=True, slots=True)
class Explanations:
    """What explanations.json holds of the formula, among other things."""

    formula: Written | None = None


def written_of(record: Mapping[str, Any]) -> Written:
    """Return what a file of `write_out` holds."""
    from pydantic import TypeAdapter

    return TypeAdapter(Written).validate_python(record)
