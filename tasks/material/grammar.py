"""The exact reader of one formula: every spelling that is understood, and a clear refusal of the rest.

    formula = part { separator part }      a hydrate or mixture: CuSO4·5H2O, 0.5Li2O*0.5P2O5
    part    = [ amount ] unit { unit }     the amount in front multiplies the part
    unit    = ( symbol | "(" unit { unit } ")" ) [ amount ]      also [ ] and { }
    amount  = digits [ "." digits ] | "." digits

A point is a decimal point wherever a digit follows it. Blanks may stand around it and before a unit.
"""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Final

from matsluice.tasks.material.elements import ATOMIC_NUMBERS
from matsluice.tasks.material.refusal import FormulaRefused, quoted, refuse_character, refuse_missing

_AMOUNT: Final = re.compile(r"[0-9]+(?:\.[0-9]+)?|\.[0-9]+")
_SYMBOL: Final = re.compile(r"[A-Z][a-z]*")
_BLANK: Final = re.compile(r"\s*")
# Middle dot, bullet, dot operator, bullet operator, asterisk; and a point that no digit follows.
_SEPARATOR: Final = re.compile(r"[·•⋅∙*]|\.(?=[A-Z(\[{])")
_CLOSING: Final = {"(": ")", "[": "]", "{": "}"}
_OPENING: Final = {closing: opening for opening, closing in _CLOSING.items()}
# An amount such as "4.5" or ".5" with water behind it, in "CuSO4.5H2O": a decimal, or five waters?
_HYDRATE_AMOUNT: Final = re.compile(r"(?!0+\.)[0-9]*\.[0-9]+")
_WATER: Final = re.compile(r"(?:[(\[{]\s*)?H2O(?![0-9a-z.])")

Amounts = dict[int, Fraction]


def read_formula(text: str) -> Amounts:
    """Return the exact positive amount of each atomic number in a formula.

    Raises
    ------
    FormulaRefused
        With a short reason, the 1-based position where there is one, and a sentence.

    Examples
    --------
    >>> read_formula("Hg0.7Cd0.3Te")
    {80: Fraction(7, 10), 48: Fraction(3, 10), 52: Fraction(1, 1)}
    >>> read_formula("Fe2O3)")
    Traceback (most recent call last):
    matsluice.tasks.material.refusal.FormulaRefused: "Fe2O3)": ")" at position 6 closes no bracket
    """
    refuse_missing(text)
    return _Reader(text).formula()


class _Reader:
    """Where the reading of one formula has come to."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.end = len(text.rstrip())
        self.at = 0

    def formula(self) -> Amounts:
        total: Amounts = {}
        self._blanks()
        while True:
            coefficient = self._amount()
            _add(total, self._part(), coefficient)
            if self.at == self.end:
                break
            self.at += 1  # the separator
            self._blanks()
        present = {z: amount for z, amount in total.items() if amount > 0}
        if not present:
            raise FormulaRefused("zero amount", None, f"{quoted(self.text)}: every amount is zero")
        return present

    def _part(self) -> Amounts:
        """Read units up to a separator or the end."""
        start = self.at
        frames: list[Amounts] = [{}]  # one for each open bracket, and the outermost
        opened: list[int] = []
        while self.at < self.end:
            self._blanks()
            character = self.text[self.at]
            if character in _CLOSING:
                opened.append(self.at)
                frames.append({})
                self.at += 1
            elif character in _OPENING:
                inner = self._close(opened, frames)
                _add(frames[-1], inner, self._amount_of_unit())
            elif "A" <= character <= "Z":
                z = self._element()
                _add(frames[-1], {z: Fraction(1)}, self._amount_of_unit())
            elif _SEPARATOR.match(self.text, self.at) and not opened and frames[0]:
                break
            else:
                raise refuse_character(self.text, self.at)
        if opened:
            raise self._refused("unbalanced bracket", opened[-1], "is never closed")
        if not frames[0]:
            raise FormulaRefused(
                "no element",
                start + 1,
                f"{quoted(self.text)}: no element at position {start + 1}, where one belongs",
            )
        return frames[0]

    def _close(self, opened: list[int], frames: list[Amounts]) -> Amounts:
        character = self.text[self.at]
        if not opened:
            raise self._refused("unbalanced bracket", self.at, "closes no bracket")
        opening = opened.pop()
        if self.text[opening] != _OPENING[character]:
            wrong = f"closes the {quoted(self.text[opening])} at position {opening + 1}"
            raise self._refused("unbalanced bracket", self.at, wrong)
        if not frames[-1]:
            raise self._refused("empty bracket", opening, "is closed with nothing in it")
        self.at += 1
        return frames.pop()

    def _element(self) -> int:
        match = _SYMBOL.match(self.text, self.at)
        assert match is not None
        symbol = match.group()
        if symbol == "E" and self.at > 0 and self.text[self.at - 1].isdigit():
            raise refuse_character(self.text, self.at)
        if symbol in ("D", "T"):
            raise self._refused(
                "isotope", self.at, "is an isotope: write H, a composition has no isotopes", symbol
            )
        if symbol not in ATOMIC_NUMBERS:
            raise self._refused("unknown element", self.at, "is not an element", symbol)
        self.at = match.end()
        return ATOMIC_NUMBERS[symbol]

    def _amount(self) -> Fraction:
        match = _AMOUNT.match(self.text, self.at, self.end)
        if match is None:
            return Fraction(1)
        self.at = match.end()
        return Fraction(match.group())

    def _amount_of_unit(self) -> Fraction:
        """Read the amount behind a unit, where "4.5H2O" may also mean 4 and five waters."""
        start = self.at
        amount = self._amount()
        written = self.text[start : self.at]
        if _HYDRATE_AMOUNT.fullmatch(written) and _WATER.match(self.text, self.at):
            whole, _, places = written.partition(".")
            head, tail = self.text[:start], self.text[self.at : self.end]
            hydrate = quoted(f"{head}{whole}*{places}{tail}")
            decimal = quoted(f"{head}{written}{tail.replace('H2O', 'H2O1', 1)}")
            raise FormulaRefused(
                "ambiguous hydrate",
                start + len(whole) + 1,
                f"{quoted(self.text)}: the point at position {start + len(whole) + 1} may be a decimal point "
                f"or begin a hydrate; write {hydrate} for the hydrate, {decimal} for the decimal",
            )
        return amount

    def _blanks(self) -> None:
        match = _BLANK.match(self.text, self.at, self.end)
        assert match is not None
        self.at = match.end()

    def _refused(self, reason: str, at: int, what: str, shown: str | None = None) -> FormulaRefused:
        character = quoted(self.text[at] if shown is None else shown)
        return FormulaRefused(reason, at + 1, f"{quoted(self.text)}: {character} at position {at + 1} {what}")


def _add(total: Amounts, part: Amounts, times: Fraction) -> None:
    for z, amount in part.items():
        total[z] = total.get(z, Fraction(0)) + amount * times
