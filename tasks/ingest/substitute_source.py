"""A prototype decorated with elements, one structure after the other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import chain, islice
from typing import TYPE_CHECKING

from matsluice.infra.mistakes import InvalidInput
from matsluice.tasks.ingest.cell_volume import room_needed
from matsluice.tasks.ingest.decorations import decorations
from matsluice.tasks.ingest.oxidation_states import NEVER_BALANCED
from matsluice.tasks.ingest.prototype import Prototype, read_prototype
from matsluice.tasks.ingest.structure_files import StructureRow, batches_of
from matsluice.tasks.material.cells import CellRefused
from matsluice.tasks.material.elements import ATOMIC_NUMBERS, SYMBOLS
from matsluice.tasks.material.readers.cell_lists import CellLists
from matsluice.tasks.material.usual_charges import elements_with_states, neutral_states

if TYPE_CHECKING:
    from matsluice.tasks.ingest.source_batch import SourceBatch
    from matsluice.tasks.ingest.substitute_options import SubstituteOptions

# (symbol, number of atoms) of each element, by atomic number.
Contents = tuple[tuple[str, int], ...]


def read(options: SubstituteOptions, targets: Sequence[str] = ()) -> Iterator[SourceBatch]:  # noqa: ARG001 - a source's shape
    """Give every decoration the options allow, in an order that depends on prototype and options alone.

    Raises
    ------
    InvalidInput
        The prototype cannot be read or has no such site; its volume cannot be scaled by this rule; nothing is
        charge-balanced.
    """
    files = options.files()
    if not files:
        raise InvalidInput(f"no file matches {options.prototype}")
    prototype = read_prototype(files[0], options.sites)
    rows = _rows(prototype, options, files[0].name)
    first = next(rows, None)
    if first is None:
        raise InvalidInput(
            f"{files[0]}: no decoration with these elements is charge-balanced; name other elements, add states "
            "with oxidation_states, or write charge_balanced = false"
        )
    yield from batches_of(islice(chain([first], rows), options.limit), (), options.prototype)


def _rows(prototype: Prototype, options: SubstituteOptions, file: str) -> Iterator[StructureRow]:
    # A composition comes as often as there are ways to arrange it; the least recent are forgotten.
    balanced = lru_cache(maxsize=65_536)(lambda contents: _charges(contents, options))
    before = _room_of_prototype(prototype, options, file)
    counts = [len(group.sites) for group in prototype.groups]
    for chosen in decorations(prototype):
        contents = _contents(chosen, counts)
        states = balanced(contents)
        if states is None:
            continue
        cell: CellLists | CellRefused
        try:
            cell = _decorated(prototype, chosen, _room(options, contents, states) / before)
        except CellRefused as why:
            cell = why
        yield StructureRow(_name(prototype, chosen), f"made from {file}", cell, ())


def _room_of_prototype(prototype: Prototype, options: SubstituteOptions, file: str) -> float:
    symbols = [SYMBOLS[number] for number in prototype.cell.atomic_numbers]
    contents = _contents(symbols, [1] * len(symbols))
    states = _charges(contents, options)
    if states is None and options.volume == "ionic-radii":
        raise InvalidInput(
            f"{file} is not charge-balanced by common oxidation states, so that its volume cannot be scaled by ionic "
            'radii: add states with oxidation_states, or write volume = "atomic-radii", "element-volumes" or "keep"'
        )
    try:
        return _room(options, contents, states or ())
    except CellRefused as why:
        raise InvalidInput(f"{file}: {why.detail}") from None


def _contents(symbols: Sequence[str], counts: Sequence[int]) -> Contents:
    total: Counter[str] = Counter()
    for symbol, count in zip(symbols, counts, strict=True):
        total[symbol] += count
    return tuple(sorted(total.items(), key=lambda item: ATOMIC_NUMBERS[item[0]]))


def _charges(contents: Contents, options: SubstituteOptions) -> tuple[int, ...] | None:
    """Return each element's oxidation state, () where no charges are asked for, None where none balance."""
    if not options.charge_balanced:
        return ()
    if NEVER_BALANCED.intersection(symbol for symbol, _ in contents):
        return None
    count = dict(contents)
    elements = elements_with_states(list(count), options.oxidation_states)
    states = neutral_states(elements, [count[element.symbol] for element in elements])
    if states is None:
        return None
    of = {element.symbol: state for element, state in zip(elements, states, strict=True)}
    return tuple(of[symbol] for symbol, _ in contents)


def _room(options: SubstituteOptions, contents: Contents, states: Sequence[int]) -> float:
    symbols, counts = zip(*contents, strict=True)
    return room_needed(options.volume, symbols, counts, states)


def _decorated(prototype: Prototype, chosen: Sequence[str], larger: float) -> CellLists:
    """Return the cell with the chosen elements, `larger` times its volume."""
    cell = prototype.cell
    numbers = list(cell.atomic_numbers)
    for group, symbol in zip(prototype.groups, chosen, strict=True):
        for site in group.sites:
            numbers[site] = ATOMIC_NUMBERS[symbol]
    edge = larger ** (1 / 3)
    return CellLists([edge * x for x in cell.lattice], numbers, cell.positions, cell.occupancies)


def _name(prototype: Prototype, chosen: Sequence[str]) -> str:
    put = (
        f"{group.key}={symbol}"
        for group, symbol in zip(prototype.groups, chosen, strict=True)
        if group.is_named
    )
    return f"{prototype.name}:{','.join(put)}"
