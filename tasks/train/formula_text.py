"""The champion's formula as a text file: all that somebody needs who has the features and nothing of this program."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matsluice.tasks.train.write_out import Meaning, Written

FILE_NAME = "formula.txt"


def formula_text(written: Written) -> str:
    """Return the formula, what its symbols mean, and how closely it gives what the model predicts."""
    return "\n".join(_lines(written)) + "\n"


def _lines(written: Written) -> Iterator[str]:
    if written.reason:
        yield f"The champion ({written.model}) is not written out: {written.reason}."
        return
    for output in written.outputs:
        yield left_side(written, output.label)
        yield f"  = {output.text}"
        yield ""
    if written.rules:
        yield "The same as rules:"
        yield ""
        yield from written.rules.splitlines()
        yield ""
    yield from closeness(written)
    yield ""
    if written.symbols:
        yield "where"
        width = max(len(one.name) for one in written.symbols)
        for one in written.symbols:
            yield f"  {one.name:<{width}}  {meaning(one)}"
    if written.edges:
        yield ""
        yield "Edges of the network (layer, from, to): function, R² over its training range"
        for edge in written.edges:
            yield f"  {edge.layer}, {edge.source}, {edge.goal}: {edge.function}, {edge.r2:.6g}"


def left_side(written: Written, label: str) -> str:
    """Return what an expression gives: the target in its unit, or the log-odds or probability of a class.

    Examples
    --------
    >>> from matsluice.tasks.train.write_out import Written
    >>> left_side(Written(model="ridge", target="band_gap", unit="eV"), "")
    'band_gap (eV)'
    >>> left_side(Written(model="logistic", target="is_metal"), "log-odds of true")
    'log-odds of is_metal = true'
    """
    if label:
        what, _, name = label.partition(" of ")
        return f"{what} of {written.target} = {name}"
    return written.target + (f" ({written.unit})" if written.unit else "")


def meaning(one: Meaning) -> str:
    """Return which feature a symbol is, in what unit and range, and what becomes of it before the formula sees it.

    Examples
    --------
    >>> from matsluice.tasks.train.write_out import Meaning
    >>> meaning(Meaning(name="m", column="a.m", unit="u", low=1.0, high=238.0, filled=58.9, clipped=True))
    'a.m in u, 1 to 238 in training and held within that; undefined counts as 58.9'
    """
    unit = f" in {one.unit}" if one.unit else ""
    held = " and held within that" if one.clipped else ""
    filled = "" if one.filled is None else f"; undefined counts as {one.filled:.10g}"
    return f"{one.column}{unit}, {one.low:.10g} to {one.high:.10g} in training{held}{filled}"


def closeness(written: Written) -> Iterator[str]:
    """Give the sentences on how the text and the model it is of agree on the rows learned from."""
    unit = "" if written.outputs[0].label or not written.unit else f" {written.unit}"
    off = f"{written.off_by:.2g}{unit}"
    if written.is_the_model:
        yield (
            f"It is the model itself: the printed numbers give what it predicts to within {off} on every row it "
            "learned from."
        )
    else:
        yield (
            f"It stands for a network and is not the network: it gives R² = {written.r2:.4f} of what that predicts, "
            f"and is off by {off} at most, on the rows learned from."
        )
    if written.rules:
        yield "Features are in the units told" + (f", values in {unit.strip()}." if unit else ".")
    elif not written.outputs[0].label:
        yield "Features are in the units told" + (
            f", and each constant has the unit that makes its term one in {unit.strip()}." if unit else "."
        )
    elif written.outputs[0].label.startswith("log-odds"):
        yield "The probability is 1/(1 + exp(−log-odds))."
    elif written.outputs[0].label.startswith("score"):
        yield "The probability of a class is exp(score) over the sum of exp(score) of all classes."
