"""Blocks and licences as records and as lines of at most 80 characters."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matsluice.infra.licences import Licence
    from matsluice.tasks.features.block_parameters import BlockParameter
    from matsluice.tasks.features.block_spec import BlockSpec

WIDTH = 80


def block_record(spec: BlockSpec) -> dict[str, Any]:
    """Return a block as `matsluice blocks --json` prints it."""
    return {
        "version": spec.version,
        "needs": spec.needs,
        "extra": spec.extra,
        "summary": spec.summary,
        "parameters": {
            parameter.name: {
                "value": spec.values[parameter.name],
                "meaning": parameter.meaning,
                "allowed": _choices(parameter),
            }
            for parameter in spec.parameters
        },
        "columns": [asdict(column) for column in spec.make().columns()],
    }


def block_lines(specs: Iterable[BlockSpec]) -> Iterator[str]:
    """Give a line a block."""
    yield f"{'block':<28}{'version':>8}{'columns':>9}  needs"
    for spec in specs:
        yield f"{spec.name:<28}{spec.version:>8}{len(spec.make().columns()):>9}  {spec.needs}"
        brought = f"; pip install 'matsluice[{spec.extra}]'" if spec.extra else ""
        yield from _wrapped(f"{spec.summary}{brought}")
    yield f"{'matminer.<Featurizer>':<28}{'':>8}{'':>9}  composition or structure"
    yield from _wrapped(
        "any of matminer's featurizers by its name, such as matminer.Meredig; nothing is imputed"
    )
    yield "`matsluice blocks BLOCK` prints a block's columns with units and sources."


def column_lines(spec: BlockSpec) -> Iterator[str]:
    """Give the columns of one block."""
    yield f"{spec.name}, version {spec.version}, needs {spec.needs}"
    if spec.extra:
        yield f"  pip install 'matsluice[{spec.extra}]'"
    for parameter in spec.parameters:
        value = "none" if spec.values[parameter.name] == "" else spec.values[parameter.name]
        choice = f"; {choices}" if (choices := _choices(parameter)) else ""
        yield from _wrapped(f"{parameter.name} = {value}: {parameter.meaning}{choice}", "  ")
    source = ""
    for column in spec.make().columns():
        yield f"{column.name} [{column.unit}]"
        yield from _wrapped(column.definition)
        if column.source != source:
            yield from _wrapped(f"source: {column.source}")
            source = column.source


def _choices(parameter: BlockParameter) -> str:
    """Return what may stand for a parameter: words, a range, or "" where any text may."""
    if isinstance(parameter.default, str):
        return ", ".join(parameter.allowed)
    return f"{parameter.least:g} to {parameter.largest:g}"


def _wrapped(text: str, indent: str = "    ") -> list[str]:
    return textwrap.wrap(text, WIDTH, initial_indent=indent, subsequent_indent="    ")


def licence_lines(found: Iterable[Licence]) -> Iterator[str]:
    """Give a line a distribution, and below it what was looked at, or that it is not one of the allowed."""
    for one in found:
        first, *more = textwrap.wrap(one.licence, WIDTH - 46) or [""]
        yield f"{one.name[:29]:<30}{one.version[:15]:<16}{first}"
        yield from (f"{'':<46}{part}" for part in more)
        remark = (
            one.remark if one.allowed else "not among the licences that allow use in any work: look at it"
        )
        yield from (f"{'':<4}{part}" for part in textwrap.wrap(remark, WIDTH - 4))
