"""Blocks with parameters, as one word: ``graph.topology(bonding=crystal_nn)``."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from matsluice.infra.mistakes import InvalidInput, unknown_word

Value = str | float | int
_WORD: Final = re.compile(r"\s*(?P<name>[^()\s]+)\s*(?:\(\s*(?P<given>[^()]*?)\s*\))?\s*")


@dataclass(frozen=True, slots=True)
class BlockParameter:
    """One thing about a block that a person may choose.

    Attributes
    ----------
    name
        The word before "=".
    default
        Its value where nothing is said; its type is the parameter's.
    meaning
        One phrase, with the unit.
    allowed
        The words allowed; () where any text without brackets, commas and "=" is.
    least, largest
        The range of a number.
    """

    name: str
    default: Value
    meaning: str
    allowed: tuple[str, ...] = ()
    least: float = 0.0
    largest: float = float("inf")

    def read(self, text: str, block: str) -> Value:
        """Return the value that a text stands for.

        Raises
        ------
        InvalidInput
            It is no such number or word.
        """
        what = f"{block}: {self.name}"
        if isinstance(self.default, str):
            if self.allowed and text not in self.allowed:
                raise InvalidInput(f"{block}: {unknown_word(self.name, text, self.allowed)}")
            return text
        kind = type(self.default)
        try:
            number = kind(text)
        except ValueError:
            number = kind(0)
            words = "a whole number" if kind is int else "a number"
            raise InvalidInput(f'{what} is "{text}", and must be {words} ({self.meaning})') from None
        if not self.least <= number <= self.largest:
            raise InvalidInput(
                f"{what} is {text}, and must be from {self.least:g} to {self.largest:g} ({self.meaning})"
            )
        return number


NO_PARAMETERS: Mapping[str, Value] = MappingProxyType({})


def split_word(word: str) -> tuple[str, dict[str, str]]:
    """Return a block's name and the texts of the parameters given to it.

    Raises
    ------
    InvalidInput
        The word is not of the form ``name(parameter=value, ...)``.

    Examples
    --------
    >>> split_word("graph.topology( bonding=voronoi )")
    ('graph.topology', {'bonding': 'voronoi'})
    """
    found = _WORD.fullmatch(word)
    pairs = [pair.partition("=") for pair in (found["given"] or "").split(",")] if found else []
    if found and pairs == [("", "", "")]:
        return found["name"], {}
    given = {name.strip(): value.strip() for name, sign, value in pairs if sign and name.strip()}
    if found is None or len(given) < len(pairs):
        raise InvalidInput(f'block "{word}" is not written as name or name(parameter=value, parameter=value)')
    return found["name"], given


def read_parameters(
    block: str, parameters: Sequence[BlockParameter], given: Mapping[str, str]
) -> Mapping[str, Value]:
    """Return the values of the parameters that differ from their defaults, by name.

    Raises
    ------
    InvalidInput
        For an unknown parameter or a value that is not allowed.
    """
    known = {parameter.name: parameter for parameter in parameters}
    values: dict[str, Value] = {}
    for name, text in sorted(given.items()):
        if not known:
            raise InvalidInput(f'{block} has no parameters, got "{name}"')
        if name not in known:
            raise InvalidInput(f"{block}: {unknown_word('parameter', name, known)}")
        value = known[name].read(text, block)
        if value != known[name].default:
            values[name] = value
    return MappingProxyType(values) if values else NO_PARAMETERS


def split_list(text: str) -> list[str]:
    """Return the words of a list with commas between; commas within brackets belong to the word.

    Examples
    --------
    >>> split_list("composition.magpie, structure.radial(cutoff=8,elements=Al-O)")
    ['composition.magpie', 'structure.radial(cutoff=8,elements=Al-O)']
    """
    return [word.strip() for word in re.split(r",(?![^()]*\))", text) if word.strip()]
